// The beginning of a room: what it is for, and what one can do first.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { roomName, roomSign, roomTitle } from "./room_label.js";
import { date } from "./format.js";
import { avatar } from "./avatar.js";
import { othersIn } from "./room_label.js";

/** @import { App } from "../app.js" */
/** @import { Membership } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {Membership} room
 */
export function intro(app, room) {
  const sign =
    room.kind === "direct"
      ? h("span", { class: "avatars" }, ...othersIn(app, room).slice(0, 4).map((id) => avatar(app.people.get(id), { size: "large" })))
      : h("span", { class: "intro-sign" }, roomSign(app, room));
  const text =
    room.kind === "direct"
      ? t("intro.direct", { names: roomName(app, room) })
      : room.kind === "private"
        ? t("intro.private", { date: date(room.created_at) })
        : room.is_default
          ? t("intro.default")
          : t("intro.public", { date: date(room.created_at) });
  return h(
    "section",
    { class: "intro", "aria-label": t("intro.label") },
    sign,
    h("h2", null, room.kind === "direct" ? roomName(app, room) : t("intro.title", { room: roomTitle(app, room) })),
    h("p", null, text),
    room.last_number === 0 && !room.archived ? h("p", { class: "intro-hint" }, t("intro.hint")) : null,
  );
}

/** Stands for what is on its way; the style sheet shows it only after 300 ms. */
export function skeleton() {
  const bone = (/** @type {string} */ width) => h("span", { class: `bone ${width}` });
  const row = () => h("div", { class: "bones" }, h("span", { class: "bone round" }), h("div", null, bone("short"), bone("long"), bone("middle")));
  return h("div", { class: "skeleton", "aria-hidden": "true" }, row(), row(), row());
}
