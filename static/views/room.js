// The open room: its name, its messages, where one writes, and its details at the side.
import { fill, h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { computed, effect, onEnd, scope } from "../core/signal.js";
import { announcer } from "./announcer.js";
import { composer } from "./composer.js";
import { details } from "./details.js";
import { icon } from "./icons.js";
import { othersIn, roomKind, roomName, roomSign } from "./room_label.js";
import { timeline } from "./timeline.js";

/** @import { App } from "../app.js" */

/**
 * @param {App} app
 * @param {number} roomId
 * @param {HTMLElement} menuButton opens the drawer on a phone
 */
export function roomView(app, roomId, menuButton) {
  const room = app.rooms.all.peek().get(roomId);
  if (!room) return nowhere(app, menuButton, t("nowhere.text"));
  app.desk.opened(roomId);
  const messages = timeline(app, roomId);
  const foot = h("div", { class: "foot" });
  /** @type {{ focus: () => void } | null} */
  let writing = null;
  const isArchived = computed(() => app.rooms.get(roomId)?.archived === true);
  effect(() => {
    const archived = isArchived.value;
    const [element, end] = scope(() => {
      if (archived) return h("p", { class: "archived-note" }, icon("archive"), t("room.archived"));
      const made = composer(app, room, { onSend: messages.sent, onUp: messages.focusLast });
      writing = made;
      return made.element;
    });
    if (archived) writing = null;
    fill(foot, element);
    return end;
  });
  const side = h("div", { class: "side" });
  effect(() => {
    if (!app.prefs.details.value) {
      side.replaceChildren();
      side.hidden = true;
      return;
    }
    side.hidden = false;
    const [element, end] = scope(() => details(app, roomId));
    fill(side, element);
    return end;
  });
  const log = announcer(app, roomId);
  onEnd(() => app.typing.told());
  return {
    element: h("div", { class: "room" }, h("main", { class: "room-main", id: "main", tabindex: "-1" }, head(app, roomId, menuButton), messages.element, foot, log), side),
    toEnd: messages.toEnd,
    focus: () => writing?.focus(),
  };
}

/**
 * @param {App} app
 * @param {number} roomId
 * @param {HTMLElement} menuButton
 */
function head(app, roomId, menuButton) {
  const title = h("div", { class: "room-title" });
  const people = h("button", { class: "icon-button labelled", type: "button", onclick: () => app.prefs.setDetails(!app.prefs.details.peek()) });
  effect(() => {
    const room = app.rooms.get(roomId);
    if (!room) return;
    const alone = room.kind === "direct" && othersIn(app, room).length === 1;
    fill(
      title,
      roomSign(app, room, "small"),
      h("h1", null, roomName(app, room), h("span", { class: "visually-hidden" }, `, ${roomKind(app, room)}`)),
      room.topic !== "" ? h("p", { class: "topic", title: room.topic }, room.topic) : alone ? h("p", { class: "topic" }, roomKind(app, room)) : null,
    );
  });
  effect(() => {
    const open = app.prefs.details.value;
    fill(people, icon("panel"));
    setAttribute(people, "aria-expanded", String(open));
    setAttribute(people, "aria-label", t("details.title"));
    people.title = t("details.title");
  });
  return h("header", { class: "room-head" }, menuButton, title, people);
}

/**
 * @param {App} app
 * @param {HTMLElement} menuButton
 * @param {string} text
 */
export function nowhere(app, menuButton, text) {
  const main = h(
    "main",
    { class: "room-main", id: "main", tabindex: "-1" },
    h("header", { class: "room-head" }, menuButton, h("div", { class: "room-title" }, h("h1", null, t("nowhere.title")))),
    h("div", { class: "empty" }, h("p", null, text), h("button", { class: "button", type: "button", onclick: () => app.router.go("/") }, t("nowhere.home"))),
  );
  return { element: h("div", { class: "room" }, main), toEnd: () => {}, focus: () => main.focus() };
}
