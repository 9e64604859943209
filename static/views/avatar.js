// A picture made of a name: its initials on a calm colour that is the same everywhere and always.
import { h } from "../core/dom.js";

/** @import { User } from "../wire/types.js" */

/** Hues that stand apart from each other; the style sheet gives them their lightness for each theme. */
export const HUES = 12;

/**
 * @param {string} name
 * @returns {string} one or two letters, or the first sign of a name without letters
 */
export function initials(name) {
  const words = name.split(/[\s._\-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = (/** @type {string} */ word) => [...word.replace(/^[^\p{L}\p{N}]+/u, "")][0] ?? "";
  const [one, ...others] = words;
  if (one === undefined) return [...name.trim()][0] ?? "?";
  const last = others.at(-1);
  return (first(one) + (last ? first(last) : "")).toLocaleUpperCase();
}

/**
 * @param {number} id
 * @returns {number} which of the hues: neighbours in age do not share one
 */
export const hueOf = (id) => (id * 5) % HUES;

/**
 * @param {User | undefined} user
 * @param {{ size?: "small" | "large", online?: boolean | undefined }} [how] `online`: undefined shows no dot
 */
export function avatar(user, { size, online } = {}) {
  const name = user?.display_name ?? "…";
  return h(
    "span",
    { class: `avatar hue-${hueOf(user?.id ?? 0)} ${size ?? ""}`, "aria-hidden": "true" },
    initials(name),
    online === undefined ? null : h("span", { class: online ? "dot online" : "dot" }),
  );
}
