// The rooms at the side.
import { fill, h, setAttribute, setText } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { patchList } from "../core/list.js";
import { roomPath } from "../core/router.js";
import { effect } from "../core/signal.js";
import { unreadIn } from "../state/rooms.js";
import { avatar } from "./avatar.js";
import { openBrowse } from "./browse_rooms.js";
import { openCreateRoom } from "./create_room.js";
import { icon } from "./icons.js";
import { openNewDirect } from "./new_direct.js";
import { roomKind, roomName, roomSign } from "./room_label.js";
import { openSwitcher } from "./switcher.js";

/** @import { App } from "../app.js" */
/** @import { Membership } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {{ onGo: () => void }} how `onGo`: something was chosen, a drawer can close
 */
export function sidebar(app, { onGo }) {
  const place = h("span", { class: "place-name" });
  effect(() => setText(place, app.session.place.value));
  const named = h("ul", { class: "room-list" });
  const direct = h("ul", { class: "room-list" });
  const all = h(
    "div",
    { class: "sidebar-rooms" },
    section(t("sidebar.rooms"), named, [
      app.session.isGuest ? null : iconButton("compass", t("browse.title"), () => openBrowse(app)),
      app.session.isGuest ? null : iconButton("plus", t("create.title"), () => openCreateRoom(app)),
    ]),
    section(t("sidebar.direct"), direct, [app.session.isGuest ? null : iconButton("plus", t("direct.title"), () => openNewDirect(app))]),
  );
  const hint = h("p", { class: "sidebar-hint" }, t("sidebar.direct_hint"));
  direct.after(hint);
  effect(() => {
    const { rooms, conversations } = sorted(app);
    patchList(named, rooms, rowOf(app));
    patchList(direct, conversations, rowOf(app));
    hint.hidden = conversations.length > 0;
  });
  all.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-room]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    app.do.openRoom(Number(link.dataset["room"]));
    onGo();
  });
  return h(
    "nav",
    { class: "sidebar", "aria-label": t("sidebar.rooms_label") },
    h("div", { class: "sidebar-head" }, h("img", { class: "mark", src: new URL("../favicon.svg", import.meta.url).href, alt: "", width: 26, height: 26 }), place),
    h(
      "button",
      { class: "jump", type: "button", onclick: () => openSwitcher(app) },
      icon("search"),
      h("span", null, t("switcher.open")),
      h("kbd", null, /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘K" : "Ctrl K"),
    ),
    all,
    peopleLink(app, onGo),
    meButton(app, onGo),
  );
}

/**
 * @param {App} app
 * @param {() => void} onGo
 */
function peopleLink(app, onGo) {
  const link = h("a", { class: "sidebar-link", href: "/people" }, icon("people"), h("span", null, t("people_page.title")));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    app.router.go("/people");
    onGo();
  });
  effect(() => {
    link.hidden = app.session.isGuest;
    setAttribute(link, "aria-current", app.router.route.value.at === "people" ? "page" : null);
  });
  return link;
}

/** @param {App} app */
function sorted(app) {
  const all = app.rooms.visible.value;
  const byName = (/** @type {Membership} */ one, /** @type {Membership} */ other) =>
    Number(one.archived) - Number(other.archived) || roomName(app, one).localeCompare(roomName(app, other));
  return {
    rooms: all.filter((room) => room.kind !== "direct").sort(byName),
    conversations: all.filter((room) => room.kind === "direct").sort((one, other) => other.last_at - one.last_at),
  };
}

/**
 * @param {App} app
 * @returns {{ key: (room: Membership) => string, create: (room: Membership) => HTMLElement, update: (row: HTMLElement, room: Membership) => void }}
 */
function rowOf(app) {
  const update = (/** @type {HTMLElement} */ row, /** @type {Membership} */ room) => {
    const { route } = app.router;
    const here = route.value.at === "room" && route.value.room === room.id;
    const unread = here && document.hasFocus() ? 0 : unreadIn(room);
    const drawn = [room.kind, roomName(app, room), room.archived, unread, here, roomKind(app, room)].join("\n");
    if (row.dataset["drawn"] === drawn) return;
    row.dataset["drawn"] = drawn;
    const link = h(
      "a",
      {
        class: ["room-link", unread > 0 ? "unread" : "", room.archived ? "archived" : ""].join(" "),
        href: roomPath(room.id),
        data: { room: String(room.id) },
      },
      roomSign(app, room, "small"),
      h("span", { class: "room-link-name" }, roomName(app, room)),
      h("span", { class: "visually-hidden" }, `, ${roomKind(app, room)}`),
      unread > 0
        ? h("span", { class: "count" }, h("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : String(unread)), h("span", { class: "visually-hidden" }, t("unread", { count: unread })))
        : null,
    );
    setAttribute(link, "aria-current", here ? "page" : null);
    const focused = row.contains(document.activeElement);
    fill(row, link);
    if (focused) link.focus();
  };
  return {
    key: (room) => String(room.id),
    create: (room) => {
      const row = h("li");
      update(row, room);
      return row;
    },
    update,
  };
}

/**
 * @param {string} title
 * @param {HTMLElement} list
 * @param {Array<HTMLElement | null>} buttons
 */
const section = (title, list, buttons) =>
  h("section", { class: "sidebar-section", "aria-label": title }, h("div", { class: "section-head" }, h("h2", null, title), buttons), list);

/**
 * @param {import("./icons.js").IconName} name
 * @param {string} label
 * @param {() => void} onclick
 */
const iconButton = (name, label, onclick) => h("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick }, icon(name));

/**
 * @param {App} app
 * @param {() => void} onGo
 */
function meButton(app, onGo) {
  const link = h("a", { class: "me", href: "/settings" });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    app.router.go("/settings");
    onGo();
  });
  effect(() => {
    const me = app.session.me.value;
    const online = app.connection.line.value.is === "open";
    fill(
      link,
      avatar(me, { online }),
      h("span", { class: "me-name" }, h("b", null, me.display_name), h("small", null, `@${me.username}`)),
      icon("gear"),
      h("span", { class: "visually-hidden" }, t("settings.title")),
    );
    setAttribute(link, "aria-current", app.router.route.value.at === "settings" ? "page" : null);
  });
  return link;
}
