// Brings pages of messages: the newest, those around one, older and newer ones.
import { NoAnswer, Refused } from "../net/refused.js";
import { firstMessage, fromPage, holds, lastMessage, withNewer, withOlder } from "./log.js";

/** @import { PageMessage, Request } from "../wire/types.js" */
/** @import { Log } from "./log.js" */
/** @import { Logs } from "./logs.js" */

const PAGE = 50;
/** Rooms whose messages are kept after one has left them; the longest unseen one goes first. */
const MOST_KEPT = 12;

export class History {
  /** @type {Map<number, Promise<void>>} rooms with a page on its way: one at a time */
  #busy = new Map();
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
    if (number === null) return this.present(room);
    await this.#idle(room);
    const { log } = this.logs.of(room).peek();
    if (!log || !holds(log, number)) await this.#load(room, { around: number }, (_, page) => fromPage(page));
  }

  /** @param {number} room where the newest messages are wanted, unless they are held */
  async present(room) {
    await this.#idle(room);
    const { log } = this.logs.of(room).peek();
    if (!log || log.hasNewer) await this.#load(room, {}, (_, page) => fromPage(page));
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
   * A place someone asked for is waited for; more above or below is asked for again by the next scroll.
   * @param {number} room
   */
  async #idle(room) {
    while (this.#busy.has(room)) await this.#busy.get(room)?.catch(() => {});
  }

  /**
   * @param {number} room
   * @param {{ before?: number, after?: number, around?: number }} where
   * @param {(held: Log | null, page: PageMessage) => Log} fold
   */
  async #load(room, where, fold) {
    if (this.#busy.has(room)) return;
    let dropped = false;
    const bring = async () => {
      this.logs.expectPage(room);
      try {
        const page = await this.ask({ type: "history", room, ...where, limit: PAGE });
        if (this.logs.of(room).peek().loading) this.logs.takePage(room, (held) => fold(held, page));
        else dropped = true;
      } catch (error) {
        // What is shown says that it failed, and offers to try again.
        this.logs.pageFailed(room);
        if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
      } finally {
        this.#busy.delete(room);
      }
    };
    const work = bring();
    this.#busy.set(room, work);
    await work;
    // A reset came meanwhile: what was asked for is of no use, and who looks at the room waits for the newest.
    if (dropped) await this.present(room);
  }
}
