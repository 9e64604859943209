// What a room is called by one who looks at it: a direct room has no name but that of the others.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { avatar } from "./avatar.js";
import { listOf } from "./format.js";
import { icon } from "./icons.js";

/** @import { App } from "../app.js" */
/** @import { Membership } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {Membership} room a direct one
 * @returns {number[]} the others; oneself where there is nobody else
 */
export function othersIn(app, room) {
  const others = room.people.filter((id) => id !== app.session.myId);
  return others.length > 0 ? others : room.people;
}

/**
 * @param {App} app
 * @param {Membership} room
 * @returns {string} without the `#`
 */
export function roomName(app, room) {
  if (room.kind !== "direct") return room.name ?? "";
  return listOf(othersIn(app, room).map((id) => app.people.name(id)));
}

/**
 * @param {App} app
 * @param {Membership} room
 * @returns {string} with the sign that people write before it
 */
export const roomTitle = (app, room) => (room.kind === "public" ? `#${roomName(app, room)}` : roomName(app, room));

/**
 * @param {App} app
 * @param {Membership} room
 * @param {"small" | undefined} [size]
 */
export function roomSign(app, room, size) {
  if (room.kind === "public") return h("span", { class: "sign" }, icon("hash"));
  if (room.kind === "private") return h("span", { class: "sign" }, icon("lock"));
  const others = othersIn(app, room);
  const [one] = others;
  if (others.length > 1) return h("span", { class: `sign group ${size ?? ""}`, "aria-hidden": "true" }, String(others.length + 1));
  const options = one === undefined ? {} : { online: app.people.online.value.has(one) };
  return avatar(one === undefined ? undefined : app.people.get(one), { ...options, ...(size ? { size } : {}) });
}

/**
 * @param {App} app
 * @param {Membership} room
 * @returns {string} the kind of room, for those who do not see the sign
 */
export function roomKind(app, room) {
  if (room.kind === "direct") {
    const others = othersIn(app, room);
    if (others.length > 1) return t("room.kind.group");
    return others.some((id) => app.people.online.value.has(id)) ? t("presence.online") : t("presence.offline");
  }
  return room.kind === "private" ? t("room.kind.private") : t("room.kind.public");
}
