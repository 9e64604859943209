// Keys that work everywhere, and the card that shows them.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { onEnd } from "../core/signal.js";
import { unreadIn } from "../state/rooms.js";
import { openDialog } from "./dialog.js";
import { openSwitcher } from "./switcher.js";

/** @import { App } from "../app.js" */

/**
 * @param {readonly number[]} order
 * @param {number | null} here
 * @param {1 | -1} step
 * @param {(id: number) => boolean} wanted
 * @returns {number | null} the next one in that direction, going round
 */
export function nextRoom(order, here, step, wanted) {
  const at = here === null ? (step === 1 ? -1 : 0) : order.indexOf(here);
  for (let distance = 1; distance <= order.length; distance += 1) {
    const id = order[(at + step * distance + order.length * 2) % order.length];
    if (id !== undefined && id !== here && wanted(id)) return id;
  }
  return null;
}

/**
 * @param {App} app
 * @param {{ order: () => number[], toEnd: () => void, focusComposer: () => void, closeDrawer: () => boolean }} how
 */
export function keys(app, { order, toEnd, focusComposer, closeDrawer }) {
  const here = () => {
    const route = app.router.route.peek();
    return route.at === "room" ? route.room : null;
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const command = event.ctrlKey || event.metaKey;
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select, [contenteditable]");
    if (command && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openSwitcher(app);
    } else if ((command && event.key === "/") || (event.key === "?" && !typing && app.prefs.singleKeys.peek())) {
      event.preventDefault();
      openKeys();
    } else if (document.querySelector("dialog[open]")) {
      return;
    } else if (event.altKey && !command && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      const wanted = (/** @type {number} */ id) => {
        const room = app.rooms.all.peek().get(id);
        return !event.shiftKey || (room !== undefined && unreadIn(room) > 0);
      };
      const next = nextRoom(order(), here(), event.key === "ArrowDown" ? 1 : -1, wanted);
      if (next !== null) app.do.openRoom(next);
    } else if (event.key === "Escape" && !closeDrawer() && here() !== null) {
      toEnd();
      focusComposer();
    }
  };
  document.addEventListener("keydown", onKey);
  onEnd(() => document.removeEventListener("keydown", onKey));
}

export function openKeys() {
  if (document.querySelector("dialog.keys")) return;
  const command = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";
  const row = (/** @type {string} */ what, /** @type {string[][]} */ ...combos) =>
    h(
      "div",
      { class: "key-row" },
      h("dt", null, what),
      h("dd", null, ...combos.map((combo) => h("span", { class: "combo" }, ...combo.map((key) => h("kbd", null, key))))),
    );
  openDialog({
    title: t("keys.title"),
    class: "keys",
    content: () => [
      h(
        "dl",
        { class: "key-list" },
        row(t("keys.switcher"), [command, "K"]),
        row(t("keys.rooms"), ["Alt", "↑"], ["Alt", "↓"]),
        row(t("keys.unread"), ["Alt", "Shift", "↑"], ["Alt", "Shift", "↓"]),
        row(t("keys.escape"), ["Esc"]),
        row(t("keys.messages"), ["↑"], ["↓"]),
        row(t("keys.bold"), [command, "B"]),
        row(t("keys.italic"), [command, "I"]),
        row(t("keys.code"), [command, "E"]),
        row(t("keys.break"), ["Shift", "Enter"]),
        row(t("keys.this"), ["?"], [command, "/"]),
      ),
      h("p", { class: "dialog-text faint" }, t("keys.markdown")),
    ],
  });
}
