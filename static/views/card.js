// The parts that the settings and the pages of people are made of.
import { fill, h } from "../core/dom.js";
import { effect, onEnd } from "../core/signal.js";
import { explain } from "./explain.js";

/** @import { Child } from "../core/dom.js" */

/**
 * @param {string} title
 * @param {...Child} children
 */
export const card = (title, ...children) => h("section", { class: "card", "aria-label": title }, h("h2", null, title), children);

/**
 * One thing in a list: a sign, what it is, what there is to say, what can be done.
 * @param {object} how
 * @param {Node} how.sign
 * @param {Child} how.title
 * @param {Child[]} how.facts each in one piece, with dots between them
 * @param {Child} [how.action]
 */
export const entry = ({ sign, title, facts, action }) =>
  h("li", { class: "device" }, sign, h("span", { class: "device-text" }, h("b", null, title), h("small", null, dotted(facts))), action);

/**
 * @param {Child[]} facts those that are nothing are left out
 * @returns {Child[]}
 */
export const dotted = (facts) => facts.filter((fact) => fact !== null && fact !== undefined && fact !== false && fact !== "").flatMap((fact, index) => (index === 0 ? [fact] : [" · ", fact]));

/** What changes without a word of the server, such as the sockets that are open, is asked for this often while somebody looks. */
const FRESH_MS = 5_000;

/**
 * @template T
 * @param {import("../state/listing.js").Listing<T>} listing
 */
export function keepFresh(listing) {
  void listing.load();
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") void listing.load();
  }, FRESH_MS);
  onEnd(() => clearInterval(timer));
}

/**
 * Shows a list that is asked for. Where a row that had the focus goes, the focus goes to the one that took its place.
 * @template T
 * @param {import("../state/listing.js").Listing<T>} listing
 * @param {(item: T) => HTMLElement} row
 * @param {string} none what to say where there is nothing
 */
export function listed(listing, row, none) {
  const list = h("ul", { class: "device-list", tabindex: "-1" });
  const note = h("p", { class: "hint", role: "status" });
  effect(() => {
    const { value: items } = listing.items;
    const { value: problem } = listing.problem;
    const before = [...list.children].findIndex((child) => child.contains(document.activeElement));
    if (items) fill(list, ...items.map(row));
    note.textContent = problem !== null ? explain(problem) : items?.length === 0 ? none : "";
    if (before < 0) return;
    const next = list.children[Math.min(before, list.children.length - 1)]?.querySelector("button");
    (next ?? list).focus();
  });
  return h("div", null, list, note);
}
