// API tokens: what programs come with. Each is shown once, when it is made.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { security } from "../net/security.js";
import { Listing } from "../state/listing.js";
import { act } from "./act.js";
import { card, entry, keepFresh, listed } from "./card.js";
import { copyBox } from "./copy_box.js";
import { socketsOpen } from "./devices.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { choice, field, form, select } from "./form.js";
import { ago, date, exact } from "./format.js";
import { icon } from "./icons.js";
import { roomTitle } from "./room_label.js";

/** @import { App } from "../app.js" */
/** @import { Access, ApiToken, NewToken } from "../wire/types.js" */

/** Days, and 0 for ever. */
const LIFETIMES = [30, 7, 90, 365, 0];
const DAY_S = 86_400;

/** @param {App} app */
export function tokensCard(app) {
  const tokens = new Listing(security.tokens);
  const end = (/** @type {ApiToken} */ token) => endButton(token, () => security.endToken(token.id), tokens);
  keepFresh(tokens);
  return card(
    t("tokens.title"),
    h("p", { class: "hint" }, t("tokens.text")),
    listed(tokens, (token) => tokenRow(app, token, end(token)), t("tokens.none")),
    h("div", { class: "buttons start" }, h("button", { class: "button", type: "button", onclick: () => openNewToken(app, tokens) }, icon("plus"), t("tokens.make"))),
  );
}

/**
 * @param {ApiToken} token
 * @param {() => Promise<void>} end
 * @param {Listing<ApiToken>} tokens
 */
export const endButton = (token, end, tokens) =>
  h(
    "button",
    {
      class: "button",
      type: "button",
      "aria-label": t("tokens.revoke_named", { name: token.name }),
      onclick: () =>
        confirmDialog({
          title: t("tokens.revoke_title", { name: token.name }),
          text: t("tokens.revoke_text"),
          yes: t("tokens.revoke"),
          danger: true,
          onYes: () => void act(end(), t("tokens.revoked")).then(() => tokens.load()),
        }),
    },
    t("tokens.revoke"),
  );

/**
 * @param {App} app
 * @param {ApiToken} token
 * @param {import("../core/dom.js").Child} action
 */
export function tokenRow(app, token, action) {
  const room = token.room === null ? undefined : app.rooms.get(token.room);
  const used = token.last_used_at;
  return entry({
    sign: icon("key"),
    title: [token.name, h("span", { class: "badge" }, t(`access.${token.access}`))],
    facts: [
      token.room === null ? null : room ? roomTitle(app, room) : t("room_number", { number: token.room }),
      token.last_agent || null,
      socketsOpen(token.open_sockets),
      used === null ? (token.open_sockets > 0 ? null : t("tokens.never_used")) : h("span", { title: exact(used) }, token.last_used_from === null ? t("tokens.used", { when: ago(used) }) : t("tokens.used_from", { when: ago(used), address: token.last_used_from })),
      h("span", { title: exact(token.created_at) }, t("tokens.made", { when: ago(token.created_at) })),
      token.expires_at === null ? t("tokens.lasts") : h("span", { title: exact(token.expires_at) }, t("tokens.until", { when: date(token.expires_at) })),
    ],
    action,
  });
}

/**
 * @param {App} app
 * @param {Listing<ApiToken>} tokens
 */
function openNewToken(app, tokens) {
  openDialog({
    title: t("tokens.make"),
    content: (close) => {
      const stage = h("div", { class: "stage" });
      const made = (/** @type {string} */ token) => {
        fill(
          stage,
          h("p", { class: "dialog-text" }, t("tokens.once")),
          copyBox({ label: t("tokens.token"), value: token, copied: t("tokens.copied") }),
          h("p", { class: "hint" }, t("tokens.how"), " ", h("code", null, `Authorization: Bearer ${token.slice(0, 9)}…`)),
          h("div", { class: "buttons" }, h("button", { class: "button", type: "button", onclick: () => close() }, t("done"))),
        );
        stage.querySelector("input")?.focus();
      };
      fill(
        stage,
        tokenForm(app, async (form) => {
          const { token } = await security.makeToken(form);
          made(token);
          await tokens.load();
        }),
      );
      return [stage];
    },
  });
}

/**
 * @param {App} app
 * @param {(form: NewToken) => Promise<void>} onSubmit
 */
function tokenForm(app, onSubmit) {
  const rooms = select({ name: "room", label: t("tokens.rooms"), options: [] });
  // The rooms may still be on their way when the dialog opens.
  effect(() => {
    const open = app.rooms.visible.value.filter((room) => !room.archived);
    rooms.offer([{ value: "", label: t("tokens.all_rooms") }, ...open.map((room) => ({ value: String(room.id), label: roomTitle(app, room) }))]);
  });
  const access = (/** @type {Access} */ value) => ({ value, label: t(`access.${value}`), hint: t(`access.${value}_hint`) });
  return form({
    fields: [
      field({ name: "name", label: t("tokens.name"), hint: t("tokens.name_hint"), input: { maxlength: 64, autocomplete: "off" } }),
      choice({ name: "access", label: t("tokens.access"), value: "read", options: [access("read"), access("write"), ...(app.session.runsThePlace ? [access("admin")] : [])] }),
      rooms,
      select({
        name: "expires_in_s",
        label: t("invites.lifetime"),
        options: LIFETIMES.map((days) => ({ value: String(days), label: days === 0 ? t("invites.for_ever") : t("invites.days", { count: days }) })),
      }),
    ],
    submit: t("tokens.submit"),
    onSubmit: ({ name = "", access: reach, room = "", expires_in_s: days = "0" }) =>
      onSubmit({
        name,
        access: reach === "admin" || reach === "write" ? reach : "read",
        ...(room === "" ? {} : { room: Number(room) }),
        ...(days === "0" ? {} : { expires_in_s: Number(days) * DAY_S }),
      }),
  });
}
