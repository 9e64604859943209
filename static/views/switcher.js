// Ctrl+K: to a room or a person in a few letters.
import { fill, h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, signal } from "../core/signal.js";
import { find } from "../state/fuzzy.js";
import { unreadIn } from "../state/rooms.js";
import { avatar } from "./avatar.js";
import { openDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { othersIn, roomName, roomSign } from "./room_label.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { Membership, User } from "../wire/types.js" */

/** @typedef {{ room: Membership, user: null } | { room: null, user: User }} Target */

const MOST_SHOWN = 20;

/**
 * @param {App} app
 * @param {string} typed `#` in front asks for rooms only, `@` for people only
 * @returns {Target[]}
 */
export function targetsFor(app, typed) {
  const only = typed.startsWith("#") ? "rooms" : typed.startsWith("@") ? "people" : "all";
  const query = only === "all" ? typed : typed.slice(1);
  const recent = app.desk.recent.value;
  const bonus = (/** @type {Membership} */ room) => {
    const at = recent.indexOf(room.id);
    return (at < 0 ? 0 : 30 - at * 2) + (unreadIn(room) > 0 ? 15 : 0) - (room.archived ? 40 : 0);
  };
  const rooms = app.rooms.visible.value;
  const met = new Set(rooms.filter((room) => room.kind === "direct" && othersIn(app, room).length === 1).flatMap((room) => othersIn(app, room)));
  /** @type {Target[]} */
  const all = [];
  const route = app.router.route.value;
  const here = query === "" && route.at === "room" ? route.room : null;
  for (const room of rooms) {
    // With nothing typed, Enter goes back to where one was before.
    if (room.id === here) continue;
    if (only === "rooms" ? room.kind !== "direct" : only === "people" ? room.kind === "direct" : true) all.push({ room, user: null });
  }
  if (only !== "rooms" && (query !== "" || only === "people")) {
    for (const user of app.people.all.value.values()) {
      if (user.active && user.id !== app.session.myId && !met.has(user.id)) all.push({ room: null, user });
    }
  }
  return find(query, all, (target) =>
    target.room
      ? { texts: [roomName(app, target.room), ...target.room.people.map((id) => app.people.get(id)?.username ?? "")], bonus: bonus(target.room) + 5 }
      : { texts: [target.user.display_name, target.user.username], bonus: 0 },
  ).slice(0, MOST_SHOWN);
}

/** @param {App} app */
export function openSwitcher(app) {
  if (document.querySelector("dialog.switcher")) return;
  openDialog({
    title: t("switcher.title"),
    class: "switcher",
    bare: true,
    content: (close) => {
      const typed = signal("");
      const active = signal(0);
      /** @type {Target[]} */
      let shown = [];
      const input = h("input", {
        class: "switcher-input",
        role: "combobox",
        type: "text",
        autocomplete: "off",
        spellcheck: "false",
        enterkeyhint: "go",
        placeholder: t("switcher.placeholder"),
        "aria-label": t("switcher.placeholder"),
        "aria-expanded": "true",
        "aria-controls": "switcher-list",
        "aria-autocomplete": "list",
      });
      const list = h("ul", { class: "picker-list", role: "listbox", id: "switcher-list", "aria-label": t("switcher.title") });
      const note = h("p", { class: "hint", role: "status" });
      const go = (/** @type {Target | undefined} */ target) => {
        if (!target) return;
        close("elsewhere");
        if (target.room) app.do.openRoom(target.room.id);
        else app.do.openDirect([target.user.id]).catch((error) => toast(explain(error), "problem"));
      };
      effect(() => {
        shown = targetsFor(app, typed.value);
        const at = Math.min(active.value, Math.max(0, shown.length - 1));
        fill(list, ...shown.map((target, index) => row(app, target, index, index === at)));
        setAttribute(input, "aria-activedescendant", shown.length > 0 ? `target-${at}` : null);
        list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
        note.textContent = shown.length === 0 ? t("switcher.none") : "";
      });
      input.addEventListener("input", () => {
        active.value = 0;
        typed.value = input.value.trimStart();
      });
      input.addEventListener("keydown", (event) => {
        if (event.isComposing) return;
        if (event.key === "ArrowDown") active.value = (active.peek() + 1) % Math.max(1, shown.length);
        else if (event.key === "ArrowUp") active.value = (active.peek() + shown.length - 1) % Math.max(1, shown.length);
        else if (event.key === "Enter") go(shown[active.peek()]);
        else return;
        event.preventDefault();
      });
      list.addEventListener("click", (event) => {
        const at = event.target instanceof Element ? event.target.closest("[data-at]") : null;
        if (at instanceof HTMLElement) go(shown[Number(at.dataset["at"])]);
      });
      return [input, note, list, h("p", { class: "switcher-foot" }, t("switcher.foot"))];
    },
  });
}

/**
 * @param {App} app
 * @param {Target} target
 * @param {number} index
 * @param {boolean} active
 */
function row(app, { room, user }, index, active) {
  const unread = room ? unreadIn(room) : 0;
  return h(
    "li",
    { class: `option-row ${active ? "active" : ""} ${unread > 0 ? "unread" : ""}`, role: "option", id: `target-${index}`, "aria-selected": String(active), data: { at: String(index) } },
    room ? roomSign(app, room, "small") : avatar(user ?? undefined, { size: "small", online: app.people.online.value.has(user?.id ?? 0) }),
    h("span", { class: "option-name" }, room ? roomName(app, room) : user?.display_name),
    h("small", null, room ? (room.archived ? t("room.archived_short") : unread > 0 ? t("unread", { count: unread }) : "") : `@${user?.username}`),
  );
}
