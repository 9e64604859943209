// What stands in a timeline, from top to bottom: days, the "New" line, messages alone or in a group, quiet lines. Pure.

/** @import { LogEntry, Message } from "../wire/types.js" */
/** @import { Item } from "./log.js" */
/** @import { Unsent } from "./pending.js" */

/**
 * @typedef {{ kind: "day", key: string, at: number }} DayRow
 * @typedef {{ kind: "new", key: string }} NewRow
 * @typedef {{ kind: "line", key: string, entry: LogEntry }} LineRow
 * @typedef {{ kind: "message", key: string, grouped: boolean, message: Message, unsent: null }} MessageRow
 * @typedef {{ kind: "message", key: string, grouped: boolean, message: null, unsent: Unsent }} UnsentRow
 * @typedef {DayRow | NewRow | LineRow | MessageRow | UnsentRow} Row
 */

const GROUP_MS = 5 * 60_000;

/** @param {number} at the day in the reader's own time zone */
export const dayOf = (at) => {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
};

/**
 * @param {object} given
 * @param {readonly Item[]} given.items
 * @param {readonly Unsent[]} given.unsent of this room
 * @param {number} given.me
 * @param {number | null} given.newAfter the "New" line stands before the first message of others with a higher number
 * @param {boolean} given.atPresent whether the last item is the newest there is; unsent messages come after that one only
 * @returns {Row[]}
 */
export function rowsOf({ items, unsent, me, newAfter, atPresent }) {
  /** @type {Row[]} */
  const rows = [];
  let day = "";
  let marked = newAfter === null;
  /** @type {{ author: number, at: number } | null} */
  let before = null;
  const stored = new Set();

  const startDay = (/** @type {number} */ at) => {
    const today = dayOf(at);
    if (today === day) return;
    day = today;
    before = null;
    rows.push({ kind: "day", key: `day ${today}`, at });
  };
  const follows = (/** @type {number} */ author, /** @type {number} */ at) => {
    const grouped = before !== null && before.author === author && at - before.at < GROUP_MS;
    before = { author, at };
    return grouped;
  };

  for (const item of items) {
    if (!item.message) {
      startDay(item.at);
      before = null;
      rows.push({ kind: "line", key: `line ${item.seq}`, entry: item.entry });
      continue;
    }
    const { message } = item;
    startDay(message.at);
    if (!marked && message.number > (newAfter ?? 0) && message.author !== me) {
      rows.push({ kind: "new", key: "new" });
      before = null;
      marked = true;
    }
    if (message.author === me) stored.add(message.client_id);
    // The key of an own message is its client_id, so that the bubble that was sent is the one that stays.
    const key = message.author === me ? `own ${message.client_id}` : `message ${message.number}`;
    rows.push({ kind: "message", key, grouped: follows(message.author, message.at), message, unsent: null });
  }
  if (!atPresent) return rows;
  for (const one of unsent) {
    if (stored.has(one.client_id)) continue;
    startDay(one.at);
    rows.push({ kind: "message", key: `own ${one.client_id}`, grouped: follows(me, one.at), message: null, unsent: one });
  }
  return rows;
}
