// Where one writes.
import { h, setText } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { number } from "./format.js";
import { icon } from "./icons.js";
import { roomTitle } from "./room_label.js";
import { typingLine } from "./typing_line.js";
import { wrapSelection } from "./wrap.js";

/** @import { App } from "../app.js" */
/** @import { Membership } from "../wire/types.js" */

/** Newer browsers size a field by what is in it; for the others it is done here. */
const GROWS_BY_ITSELF = globalThis.CSS?.supports("field-sizing", "content") ?? false;
/** The counter appears when so many characters are left. */
const COUNT_FROM = 500;

/**
 * @param {string} text
 * @returns {number} characters as the server counts them, not UTF-16 units
 */
export const lengthOf = (text) => [...text].length;

/** @returns {boolean} a phone or tablet without a mouse: there Enter makes a line, and a button sends */
const isTouch = () => window.matchMedia("(pointer: coarse)").matches && !window.matchMedia("(any-pointer: fine)").matches;

/**
 * @param {App} app
 * @param {Membership} room
 * @param {{ onSend: () => void, onUp: () => void }} how
 */
export function composer(app, room, { onSend, onUp }) {
  const input = h("textarea", {
    class: "composer-input",
    rows: 1,
    value: app.desk.draft(room.id),
    "aria-describedby": "composer-counter",
    autocapitalize: "sentences",
    enterkeyhint: isTouch() ? "enter" : "send",
  });
  const counter = h("span", { class: "counter", id: "composer-counter" });
  const send = h("button", { class: "send", type: "submit", "aria-label": t("composer.send"), title: t("composer.send") }, icon("send"));
  const box = h("form", { class: "composer-box" }, input, counter, send);

  const grow = () => {
    if (GROWS_BY_ITSELF) return;
    input.style.setProperty("height", "auto");
    input.style.setProperty("height", `${input.scrollHeight}px`);
  };
  const check = () => {
    const most = app.session.limits.peek().message_chars;
    const left = most - lengthOf(input.value.trimEnd());
    setText(counter, left < COUNT_FROM ? number(left) : "");
    counter.classList.toggle("over", left < 0);
    send.disabled = input.value.trim() === "" || left < 0;
    grow();
  };
  const submit = () => {
    if (send.disabled) return;
    const body = input.value.trimEnd();
    input.value = "";
    app.desk.keepDraft(room.id, "");
    check();
    void app.do.post(room.id, body);
    onSend();
  };

  input.addEventListener("input", () => {
    app.desk.keepDraft(room.id, input.value);
    if (input.value.trim() !== "") app.do.type(room.id);
    check();
  });
  input.addEventListener("keydown", (event) => {
    // 229: some browsers report the Enter that ends a composition after isComposing is false again.
    if (event.isComposing || event.keyCode === 229) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && !event.altKey) {
      const sends = isTouch() ? command : app.prefs.enterSends.peek() ? !event.shiftKey : command;
      if (sends) {
        event.preventDefault();
        submit();
      }
    } else if (event.key === "ArrowUp" && input.value === "" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      onUp();
    } else if (command && !event.shiftKey && !event.altKey) {
      const mark = { b: "**", i: "*", e: "`" }[event.key.toLowerCase()];
      if (!mark) return;
      event.preventDefault();
      wrapSelection(input, mark);
    }
  });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    input.focus();
  });
  box.addEventListener("click", (event) => {
    if (event.target === box) input.focus();
  });
  effect(() => {
    const now = app.rooms.get(room.id) ?? room;
    const label = t("composer.label", { room: roomTitle(app, now) });
    input.placeholder = label;
    input.setAttribute("aria-label", label);
  });
  effect(() => {
    app.session.limits.value;
    check();
  });
  requestAnimationFrame(grow);
  const hint = h("span", { class: "composer-hint" });
  effect(() => setText(hint, isTouch() ? "" : app.prefs.enterSends.value ? t("composer.hint_enter") : t("composer.hint_ctrl")));
  return {
    element: h("div", { class: "composer" }, box, h("div", { class: "below" }, typingLine(app, room.id), hint)),
    focus: () => input.focus(),
  };
}
