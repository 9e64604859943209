// Brings pages of messages: the newest, those around one, older and newer ones.
import { NoAnswer } from "../net/refused.js";
import { firstMessage, fromPage, holds, lastMessage, withNewer, withOlder } from "./log.js";

/** @import { PageMessage, Request } from "../wire/types.js" */
/** @import { Log } from "./log.js" */
/** @import { Logs } from "./logs.js" */

const PAGE = 50;
/** Rooms whose messages are kept after one has left them; the longest unseen one goes first. */
const MOST_KEPT = 12;

export class History {
  /** @type {Set<number>} rooms with a page on its way: one at a time */
  #busy = new Set();
  /** @type {number[]} the last one opened comes last */
  #opened = [];

  /**
   * @param {Logs} logs
   * @param {(request: Request) => Promise<PageMessage>} ask
   */
  constructor(logs, ask) {
    this.logs = logs;
    this.ask = ask;
  }

  /**
   * @param {number} room
   * @param {number | null} number a message that must be among those shown
   * @returns {Promise<void>}
   */
  async open(room, number) {
    this.#opened = [...this.#opened.filter((id) => id !== room), room];
    for (const id of this.#opened.splice(0, Math.max(0, this.#opened.length - MOST_KEPT))) this.logs.drop(id);
    const { log } = this.logs.of(room).peek();
    if (number === null) {
      if (!log || log.hasNewer) await this.present(room);
    } else if (!log || !holds(log, number)) {
      await this.#load(room, { around: number }, (_, page) => fromPage(page));
    }
  }

  /** @param {number} room */
  present(room) {
    return this.#load(room, {}, (_, page) => fromPage(page));
  }

  /** @param {number} room */
  async older(room) {
    const { log } = this.logs.of(room).peek();
    const first = log && firstMessage(log);
    if (log?.hasOlder && first) await this.#load(room, { before: first.number }, (held, page) => (held ? withOlder(held, page) : fromPage(page)));
  }

  /** @param {number} room */
  async newer(room) {
    const { log } = this.logs.of(room).peek();
    const last = log && lastMessage(log);
    if (log?.hasNewer && last) await this.#load(room, { after: last.number }, (held, page) => (held ? withNewer(held, page) : fromPage(page)));
  }

  /**
   * @param {number} room
   * @param {{ before?: number, after?: number, around?: number }} where
   * @param {(held: Log | null, page: PageMessage) => Log} fold
   */
  async #load(room, where, fold) {
    if (this.#busy.has(room)) return;
    this.#busy.add(room);
    this.logs.expectPage(room);
    let dropped = false;
    try {
      const page = await this.ask({ type: "history", room, ...where, limit: PAGE });
      if (this.logs.of(room).peek().loading) this.logs.takePage(room, (held) => fold(held, page));
      else dropped = true;
    } catch (error) {
      this.logs.pageFailed(room);
      if (!(error instanceof NoAnswer)) throw error;
    } finally {
      this.#busy.delete(room);
    }
    // A reset came meanwhile: what was asked for is of no use, and who looks at the room waits for the newest.
    if (dropped) await this.present(room);
  }
}
