// A short word at the lower edge that something was done. Read out, never in the way, gone after a moment.
import { h } from "../core/dom.js";

const SHOWN_MS = 3_500;
const SETTLE_MS = 30;

/** @type {HTMLElement | null} */
let region = null;

/** The region has to be there before its first word, or that one is not read out. */
export function mountToasts() {
  region = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  document.body.append(region);
}

/**
 * @param {string} text
 * @param {"done" | "problem"} [tone]
 */
export function toast(text, tone = "done") {
  const element = h("p", { class: `toast ${tone}` }, text);
  // Everything outside an open dialog is out of reach, for the eyes and for a screen reader alike.
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (region && region.parentElement !== host) host.append(region);
  region?.replaceChildren();
  // A region that was moved must be there for a moment before its words, or they are not read out.
  setTimeout(() => {
    region?.replaceChildren(element);
    setTimeout(() => element.remove(), tone === "problem" ? SHOWN_MS * 2 : SHOWN_MS);
  }, SETTLE_MS);
}
