// Finds by a few letters. Pure.

/**
 * @param {string} text
 */
export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * How well the letters of `query` stand, in their order, in `text`. The beginning counts most, then beginnings of words, then
 * letters side by side; a shorter text is better than a longer one.
 * @param {string} query
 * @param {string} text
 * @returns {number} 0 where they do not
 */
export function score(query, text) {
  const wanted = fold(query.trim());
  const within = fold(text);
  if (wanted === "") return 1;
  if (within === wanted) return 1_000;
  if (within.startsWith(wanted)) return 900 - Math.min(within.length, 99);
  const word = within.search(new RegExp(`(?<=[\\s._\\-/])${escape(wanted)}`, "u"));
  if (word >= 0) return 700 - Math.min(within.length, 99);
  const inside = within.indexOf(wanted);
  if (inside >= 0) return 500 - Math.min(inside, 99) - Math.min(within.length, 99);
  return scattered(wanted, within);
}

/** @param {string} text */
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\\-/]/gu, "\\$&");

/**
 * @param {string} wanted
 * @param {string} within
 */
function scattered(wanted, within) {
  let at = -1;
  let points = 200;
  for (const letter of wanted) {
    if (letter === " ") continue;
    const next = within.indexOf(letter, at + 1);
    if (next < 0) return 0;
    const beginsWord = next === 0 || /[\s._\-/]/u.test(within[next - 1] ?? "");
    if (next !== at + 1 && !beginsWord) points -= Math.min(20, next - at);
    at = next;
  }
  return Math.max(1, points - Math.min(within.length, 99));
}

/**
 * @template T
 * @param {string} query
 * @param {readonly T[]} items
 * @param {(item: T) => { texts: string[], bonus: number }} describe `bonus`: up to 50, for what was used lately or is unread
 * @returns {T[]} the best first; all in their order of bonus where nothing was typed
 */
export function find(query, items, describe) {
  return items
    .map((item, index) => {
      const { texts, bonus } = describe(item);
      const best = Math.max(...texts.map((text) => score(query, text)));
      return { item, index, points: best === 0 ? 0 : best + bonus };
    })
    .filter(({ points }) => points > 0)
    .sort((one, other) => other.points - one.points || one.index - other.index)
    .map(({ item }) => item);
}
