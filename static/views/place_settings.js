// For admins: the name of the place, who may sign up, invite links.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { rest } from "../net/rest.js";
import { copyText } from "./clipboard.js";
import { explain } from "./explain.js";
import { choice, field, form } from "./form.js";
import { ago, date } from "./format.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { Invite } from "../wire/types.js" */

/** Days, and 0 for ever. */
const LIFETIMES = [7, 30, 1, 0];

/** @param {App} app */
export function placeCards(app) {
  const place = h(
    "section",
    { class: "card", "aria-label": t("place.title") },
    h("h2", null, t("place.title")),
    form({
      fields: [
        field({ name: "place_name", label: t("place.name"), input: { value: app.session.place.peek(), maxlength: 64, autocomplete: "off" } }),
        signUpChoice(app.session.signUp.peek()),
      ],
      submit: t("save"),
      onSubmit: async ({ place_name = "", sign_up }) => {
        const mode = sign_up === "open" ? "open" : "invite";
        if (place_name !== app.session.place.peek()) await app.do.renamePlace(place_name);
        if (mode !== app.session.signUp.peek()) await app.do.setSignUp(mode);
        toast(t("saved"));
      },
    }),
  );
  return [place, invitesCard(app)];
}

/** @param {string} value */
export const signUpChoice = (value) =>
  choice({
    name: "sign_up",
    label: t("place.sign_up"),
    value,
    options: [
      { value: "invite", label: t("sign_up_mode.invite"), hint: t("sign_up_mode.invite_hint") },
      { value: "open", label: t("sign_up_mode.open"), hint: t("sign_up_mode.open_hint") },
    ],
  });

/**
 * A link to pass on, with its button.
 * @param {string} url
 */
export function linkBox(url) {
  const input = h("input", { class: "input", readonly: true, value: url, "aria-label": t("invites.link"), onfocus: () => input.select() });
  return h("div", { class: "link-box" }, input, h("button", { class: "button primary", type: "button", onclick: () => void copyText(url, t("invites.copied")) }, icon("copy"), t("copy")));
}

/** @param {App} app */
function invitesCard(app) {
  const made = h("div", { class: "made", role: "status" });
  const list = h("ul", { class: "device-list" });
  const load = async () => {
    try {
      fill(list, ...(await rest.invites()).map((invite) => row(app, invite, () => void revoke(invite))));
    } catch (error) {
      toast(explain(error), "problem");
    }
  };
  const revoke = async (/** @type {Invite} */ invite) => {
    try {
      await rest.revokeInvite(invite.id);
      toast(t("invites.revoked"));
    } catch (error) {
      toast(explain(error), "problem");
    }
    await load();
  };
  const lifetime = h("select", { class: "input", id: "invite-lifetime" }, ...LIFETIMES.map((days) => h("option", { value: String(days) }, days === 0 ? t("invites.for_ever") : t("invites.days", { count: days }))));
  const uses = h("select", { class: "input", id: "invite-uses" }, ...[0, 1, 5, 25].map((count) => h("option", { value: String(count) }, count === 0 ? t("invites.unlimited") : t("invites.uses", { count }))));
  const make = async () => {
    try {
      const days = Number(lifetime.value);
      const most = Number(uses.value);
      const invite = await rest.makeInvite({ ...(days > 0 ? { expires_in_s: days * 86_400 } : {}), ...(most > 0 ? { uses: most } : {}) });
      fill(made, h("p", { class: "hint" }, t("invites.once")), linkBox(invite.url));
      await load();
    } catch (error) {
      toast(explain(error), "problem");
    }
  };
  void load();
  return h(
    "section",
    { class: "card", "aria-label": t("invites.title") },
    h("h2", null, t("invites.title")),
    h("p", { class: "hint" }, t("invites.text")),
    h(
      "div",
      { class: "invite-form" },
      h("div", { class: "field" }, h("label", { for: lifetime.id }, t("invites.lifetime")), lifetime),
      h("div", { class: "field" }, h("label", { for: uses.id }, t("invites.how_often")), uses),
      h("button", { class: "button primary", type: "button", onclick: () => void make() }, t("invites.make")),
    ),
    made,
    list,
  );
}

/**
 * @param {App} app
 * @param {Invite} invite
 * @param {() => void} revoke
 */
const row = (app, invite, revoke) =>
  h(
    "li",
    { class: "device" },
    icon("link"),
    h(
      "span",
      { class: "device-text" },
      h("b", null, t("invites.by", { name: app.people.name(invite.created_by), when: ago(invite.created_at) })),
      h(
        "small",
        null,
        [
          t("invites.used", { count: invite.used }),
          invite.uses_left === null ? "" : t("invites.left", { count: invite.uses_left }),
          invite.expires_at === null ? t("invites.never_expires") : t("invites.expires", { when: date(invite.expires_at) }),
        ]
          .filter((text) => text !== "")
          .join(" · "),
      ),
    ),
    h("button", { class: "button", type: "button", "aria-label": t("invites.revoke_named", { name: app.people.name(invite.created_by), when: ago(invite.created_at) }), onclick: revoke }, t("invites.revoke")),
  );
