// One window of messages for each room that was opened, kept up by events.
import { signal } from "../core/signal.js";
import { withEvent, withMessage } from "./log.js";

/** @import { Signal } from "../core/signal.js" */
/** @import { LogEntry, Message } from "../wire/types.js" */
/** @import { Log } from "./log.js" */

/**
 * @typedef {object} Held
 * @property {Log | null} log
 * @property {boolean} loading
 * @property {boolean} failed
 */

/** @type {Held} */
const NOTHING = { log: null, loading: false, failed: false };

/** Events that arrive while a page is on its way are kept, since the page may be older than they are. */
const MOST_LATE = 500;

export class Logs {
  /** @type {Map<number, Signal<Held>>} */
  #held = new Map();
  /** @type {Map<number, LogEntry[]>} */
  #late = new Map();
  /** @type {Set<number>} rooms whose reader has scrolled away from the end */
  #away = new Set();

  /** @param {number} room @returns {Signal<Held>} */
  of(room) {
    let held = this.#held.get(room);
    if (!held) {
      held = signal(NOTHING);
      this.#held.set(room, held);
    }
    return held;
  }

  /** @param {number} room */
  has(room) {
    const held = this.#held.get(room)?.peek();
    return held !== undefined && (held.log !== null || held.loading);
  }

  /** @param {number} room */
  drop(room) {
    this.#late.delete(room);
    const held = this.#held.get(room);
    if (held) held.value = NOTHING;
  }

  dropAll() {
    for (const room of this.#held.keys()) this.drop(room);
  }

  /**
   * @param {number} room
   * @param {boolean} following
   */
  follow(room, following) {
    if (following) this.#away.delete(room);
    else this.#away.add(room);
  }

  /** @param {number} room a page was asked for: keep what comes in the meantime */
  expectPage(room) {
    this.#late.set(room, []);
    const held = this.of(room);
    held.value = { ...held.peek(), loading: true, failed: false };
  }

  /**
   * @param {number} room
   * @param {(log: Log | null) => Log} fold the page into what is held
   */
  takePage(room, fold) {
    let log = fold(this.of(room).peek().log);
    for (const entry of this.#late.get(room) ?? []) log = withEvent(log, entry, !this.#away.has(room));
    this.#late.delete(room);
    this.of(room).value = { log, loading: false, failed: false };
  }

  /** @param {number} room */
  pageFailed(room) {
    this.#late.delete(room);
    const held = this.of(room);
    held.value = { ...held.peek(), loading: false, failed: true };
  }

  /** @param {LogEntry} entry */
  apply(entry) {
    const late = this.#late.get(entry.room);
    if (late && late.length < MOST_LATE) late.push(entry);
    this.#fold(entry.room, (log, following) => withEvent(log, entry, following));
  }

  /** @param {Message} message */
  take(message) {
    this.#fold(message.room, (log, following) => withMessage(log, message, following));
  }

  /**
   * @param {number} room
   * @param {(log: Log, following: boolean) => Log} fold
   */
  #fold(room, fold) {
    const held = this.#held.get(room);
    const log = held?.peek().log;
    if (!held || !log) return;
    const next = fold(log, !this.#away.has(room));
    if (next !== log) held.value = { ...held.peek(), log: next };
  }
}
