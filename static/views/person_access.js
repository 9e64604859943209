// For admins: what opens somebody's account (sign-ins, tokens, password, second factor), ending it and helping those who are locked out.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { admin } from "../net/admin.js";
import { Refused } from "../net/refused.js";
import { Listing } from "../state/listing.js";
import { act } from "./act.js";
import { card, keepFresh, listed } from "./card.js";
import { copyBox } from "./copy_box.js";
import { deviceRow, inOrder } from "./devices.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { exact } from "./format.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";
import { endButton, tokenRow } from "./tokens.js";

/** @import { App } from "../app.js" */
/** @import { User } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {User} user
 * @param {{ mayEnd: boolean, mayReset: boolean }} may
 */
export function accessCards(app, user, { mayEnd, mayReset }) {
  // One's own are in one's settings, where they can be ended one by one; a shut account has none.
  if (!mayEnd || !user.active || user.id === app.session.myId) return [];
  const devices = new Listing(async () => inOrder(await admin.devices(user.id)));
  const tokens = new Listing(() => admin.tokens(user.id));
  const load = () => void Promise.all([devices.load(), tokens.load()]);
  keepFresh(devices);
  keepFresh(tokens);
  const help = card(
    t("person.help"),
    h("p", { class: "hint" }, t("person.help_text")),
    h(
      "div",
      { class: "buttons start" },
      mayReset ? h("button", { class: "button", type: "button", onclick: () => void makeReset(user) }, icon("key"), t("person.reset")) : null,
      h("button", { class: "button", type: "button", onclick: () => askRemoveFactor(user, load) }, icon("shield"), t("person.factor")),
    ),
  );
  return [
    help,
    card(
      t("devices.title"),
      listed(devices, (device) => deviceRow(device, null), t("devices.none")),
      h("div", { class: "buttons start" }, h("button", { class: "button", type: "button", onclick: () => askEnd(user, load) }, icon("leave"), t("person.end"))),
    ),
    card(t("tokens.title"), listed(tokens, (token) => tokenRow(app, token, endButton(token, () => admin.endToken(user.id, token.id), tokens)), t("tokens.none"))),
  ];
}

/** @param {User} user @param {() => void} load */
const askEnd = (user, load) =>
  confirmDialog({
    title: t("person.end_title", { name: user.display_name }),
    text: t("person.end_text"),
    yes: t("person.end"),
    danger: true,
    onYes: () => void act(admin.endDevices(user.id), t("person.ended")).then(load),
  });

/** @param {User} user @param {() => void} load */
const askRemoveFactor = (user, load) =>
  confirmDialog({
    title: t("person.factor_title", { name: user.display_name }),
    text: t("person.factor_text"),
    yes: t("person.factor"),
    danger: true,
    onYes: () =>
      void admin.removeFactor(user.id).then(
        () => {
          toast(t("person.factor_gone"));
          load();
        },
        (error) => toast(error instanceof Refused && error.code === "not_found" ? t("person.factor_none") : explain(error), "problem"),
      ),
  });

/** @param {User} user */
async function makeReset(user) {
  try {
    const { url, expires_at: until } = await admin.makeReset(user.id);
    openDialog({
      title: t("person.reset"),
      content: (close) => [
        h("p", { class: "dialog-text" }, t("person.reset_text", { name: user.display_name, when: exact(until) })),
        copyBox({ label: t("person.reset_link"), value: url, copied: t("message.link_copied") }),
        h("div", { class: "buttons" }, h("button", { class: "button", type: "button", onclick: () => close() }, t("done"))),
      ],
    });
  } catch (error) {
    toast(explain(error), "problem");
  }
}
