// The part of a room's log that is held for showing: a window of neighbouring messages with the lines between them. Pure.

/** @import { LogEntry, Message, Page } from "../wire/types.js" */

/**
 * @typedef {{ seq: number, at: number, message: Message, entry: null } | { seq: number, at: number, message: null, entry: LogEntry }} Item
 * @typedef {{ items: readonly Item[], hasOlder: boolean, hasNewer: boolean, floor: number }} Log
 *   `floor`: the page it began with already contains every event up to this `seq`
 */

/** Most items held, and so most elements in the document. */
export const WINDOW = 300;

/** Kinds that show as a quiet line. */
const LINES = new Set(["created", "joined", "left", "role_set", "renamed", "topic_set", "visibility_set", "archived", "unarchived"]);

/** @param {Message} message @returns {Item} */
const messageItem = (message) => ({ seq: message.seq, at: message.at, message, entry: null });

/** @param {Page} page @returns {Log} */
export const fromPage = (page) => ({
  items: page.messages.map(messageItem),
  hasOlder: page.has_older,
  hasNewer: page.has_newer,
  floor: page.cursor.seq,
});

/**
 * @param {Log} log
 * @param {Page} page the messages before the first one held
 * @returns {Log}
 */
export function withOlder(log, page) {
  const items = merge(page.messages.map(messageItem), log.items);
  return { ...log, items: items.slice(0, WINDOW), hasOlder: page.has_older, hasNewer: log.hasNewer || items.length > WINDOW };
}

/**
 * @param {Log} log
 * @param {Page} page the messages after the last one held
 * @returns {Log}
 */
export function withNewer(log, page) {
  const items = merge(log.items, page.messages.map(messageItem));
  const hasOlder = log.hasOlder || items.length > WINDOW;
  return { items: items.slice(-WINDOW), hasOlder, hasNewer: page.has_newer, floor: page.cursor.seq };
}

/**
 * @param {Log} log
 * @param {LogEntry} entry
 * @param {boolean} following whether the reader is at the end; if not, what they read is not cut off above them
 * @returns {Log} the same one where the event changes nothing here
 */
export function withEvent(log, entry, following) {
  if (entry.seq <= log.floor) return log;
  if (entry.event.kind === "posted") return withItem(log, messageItem(entry.event.message), following);
  if (!LINES.has(entry.event.kind)) return log;
  return withItem(log, { seq: entry.seq, at: entry.at, message: null, entry }, following);
}

/**
 * @param {Log} log
 * @param {Message} message from the reply to an own post, which can come before its event
 * @param {boolean} following
 */
export const withMessage = (log, message, following) => withItem(log, messageItem(message), following);

/**
 * @param {Log} log
 * @param {Item} item
 * @param {boolean} following
 * @returns {Log}
 */
function withItem(log, item, following) {
  if (log.hasNewer || log.items.some(({ seq }) => seq === item.seq)) return log;
  const first = log.items[0];
  if (first && item.seq < first.seq && log.hasOlder) return log;
  if (log.items.length >= WINDOW && !following) return { ...log, hasNewer: true };
  const items = merge(log.items, [item]);
  return { ...log, items: items.slice(-WINDOW), hasOlder: log.hasOlder || items.length > WINDOW };
}

/**
 * @param {readonly Item[]} some
 * @param {readonly Item[]} others
 * @returns {Item[]} all in the order of the log, each once
 */
function merge(some, others) {
  /** @type {Map<number, Item>} */
  const all = new Map();
  for (const item of some) all.set(item.seq, item);
  for (const item of others) all.set(item.seq, item);
  return [...all.values()].sort((one, other) => one.seq - other.seq);
}

/** @param {Log} log @returns {Message | undefined} */
export const firstMessage = (log) => log.items.find((item) => item.message)?.message ?? undefined;

/** @param {Log} log @returns {Message | undefined} */
export const lastMessage = (log) => log.items.findLast((item) => item.message)?.message ?? undefined;

/**
 * @param {Log} log
 * @param {number} number
 */
export const holds = (log, number) => log.items.some((item) => item.message?.number === number);
