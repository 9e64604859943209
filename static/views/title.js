// The window's title and its small sign: how much is unread, where one is.
import { effect } from "../core/signal.js";
import { t } from "../core/i18n.js";
import { roomTitle } from "./room_label.js";
import { sectionTitle } from "./settings.js";

/** @import { App } from "../app.js" */

/**
 * @param {number} unread
 * @param {string | null} room
 * @param {string} place
 */
export const titleOf = (unread, room, place) => `${unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : ""}${room ? `${room} – ` : ""}${place}`;

/** @param {App} app */
export function keepTitle(app) {
  const sign = document.querySelector('link[rel="icon"]');
  effect(() => {
    const route = app.router.route.value;
    const room = route.at === "room" ? app.rooms.get(route.room) : undefined;
    const here = room ? roomTitle(app, room) : route.at === "settings" ? sectionTitle(route.section) : route.at === "people" ? (route.user === null ? t("people_page.title") : app.people.name(route.user)) : null;
    const unread = app.rooms.unread.value;
    document.title = titleOf(unread, here, app.session.place.value);
    const href = new URL(unread > 0 ? "../favicon-unread.svg" : "../favicon.svg", import.meta.url).href;
    if (sign instanceof HTMLLinkElement && sign.href !== href) sign.href = href;
  });
}
