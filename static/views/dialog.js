// Dialogs: the browser's own, so that focus stays inside, Escape closes, and focus goes back to where it came from.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { scope } from "../core/signal.js";
import { icon } from "./icons.js";

let count = 0;

/**
 * @param {object} how
 * @param {string} how.title
 * @param {string} [how.class]
 * @param {boolean} [how.bare] without a visible title bar; the title is its label
 * @param {(close: (went?: "elsewhere") => void) => Array<import("../core/dom.js").Child>} how.content
 *   after `close("elsewhere")` another room is open, and the focus belongs there and not where it came from
 * @returns {() => void} closes it
 */
export function openDialog({ title, class: name = "", bare = false, content }) {
  const from = document.activeElement;
  const id = `dialog-${(count += 1)}`;
  let back = true;
  /** @param {"elsewhere"} [went] */
  const close = (went) => {
    back = went !== "elsewhere";
    dialog.close();
  };
  const [inside, end] = scope(() => content(close));
  const dialog = h(
    "dialog",
    { class: `dialog ${name}`, ...(bare ? { "aria-label": title } : { "aria-labelledby": id }) },
    bare
      ? null
      : h(
          "header",
          { class: "dialog-head" },
          h("h2", { id }, title),
          h("button", { class: "icon-button", type: "button", "aria-label": t("close"), onclick: () => close() }, icon("close")),
        ),
    inside,
  );
  dialog.addEventListener("close", () => {
    end();
    // The browser gave the focus back before it told of this: who has gone on since, by key or click, is not called back.
    const hasGoneOn = back && document.activeElement !== document.body && !dialog.contains(document.activeElement);
    dialog.remove();
    if (hasGoneOn) return;
    const to = back ? from : document.querySelector(window.matchMedia("(any-pointer: fine)").matches ? "main textarea" : "main");
    if (to instanceof HTMLElement && to.isConnected) to.focus();
  });
  // A click on the backdrop has the dialog itself as its target.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && !isInside(dialog, event)) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector("[data-focus]") ?? dialog.querySelector("input, textarea, select");
  if (first instanceof HTMLElement) first.focus();
  return () => close();
}

/**
 * @param {HTMLElement} element
 * @param {PointerEvent} event
 */
function isInside(element, event) {
  const box = element.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
}

/**
 * Asks before something that cannot be undone with one step.
 * @param {{ title: string, text: string, yes: string, danger?: boolean, onYes: () => void }} how
 */
export function confirmDialog({ title, text, yes, danger = false, onYes }) {
  openDialog({
    title,
    class: "small",
    content: (close) => [
      h("p", { class: "dialog-text" }, text),
      h(
        "div",
        { class: "buttons" },
        h("button", { class: "button", type: "button", onclick: () => close() }, t("cancel")),
        h(
          "button",
          {
            class: danger ? "button danger" : "button primary",
            type: "button",
            data: { focus: "" },
            onclick: () => {
              close();
              onYes();
            },
          },
          yes,
        ),
      ),
    ],
  });
}
