// Sends what was written: one at a time in each room, by one tab, again and again until the server has said yes or no. Sending the
// same `client_id` twice is harmless, the server answers with the first result; so nothing is lost and nothing doubled.
import { backoff } from "../net/backoff.js";
import { Refused } from "../net/refused.js";
import { uuid } from "./ids.js";

/** @import { ReplyMessage } from "../wire/types.js" */
/** @import { Pending, Unsent } from "./pending.js" */

/** Refusals that say nothing about the message itself. */
const TRY_AGAIN = new Set(["busy", "slow_down", "not_stored", "unknown", "unavailable"]);

/**
 * @typedef {{ all: () => Promise<Unsent[]>, put: (unsent: Unsent) => Promise<void>, remove: (clientId: string) => Promise<void>,
 *   clear: (user: number) => Promise<void> }} Store
 * @typedef {{ put: Unsent } | { removed: string }} Word  what one tab tells the others
 * @typedef {{ tell: (word: Word) => void }} Tabs
 * @typedef {{ leads: () => boolean, take: () => Promise<void> }} Leader
 */

/**
 * @typedef {object} Surroundings
 * @property {Pending} pending
 * @property {Store} store
 * @property {Tabs} tabs
 * @property {Leader} leader
 * @property {(unsent: Unsent) => Promise<ReplyMessage>} send
 * @property {() => boolean} isOpen whether there is a line to send on
 * @property {(work: () => void, ms: number) => void} later
 * @property {() => number} now
 */

export class Outbox {
  /** @type {Set<number>} rooms with one message on its way */
  #inFlight = new Set();
  /** @type {Set<number>} rooms that wait because the server asked for it */
  #resting = new Set();
  /** @type {Map<string, number>} */
  #tries = new Map();
  #order = 0;
  #user = 0;
  #epoch = "";

  /** @param {Surroundings} around */
  constructor(around) {
    this.around = around;
  }

  /**
   * Finds what an earlier page left behind.
   * @param {number} user
   * @param {string} epoch
   */
  async start(user, epoch) {
    this.#user = user;
    this.#epoch = epoch;
    await this.reload();
  }

  async reload() {
    const kept = await this.around.store.all();
    for (const unsent of kept.filter(({ user }) => user === this.#user)) {
      this.#order = Math.max(this.#order, unsent.order);
      if (this.around.pending.get(unsent.client_id)) continue;
      this.around.pending.put(
        unsent.epoch === this.#epoch || unsent.refused ? unsent : { ...unsent, refused: { code: "other_epoch", message: "The server was restored." } },
      );
    }
    this.flush();
  }

  /**
   * @param {number} room
   * @param {string} body
   * @returns {Promise<void>} settled once it is kept; the bubble is there at once
   */
  async post(room, body) {
    const at = this.around.now();
    this.#order = Math.max(this.#order + 1, at);
    await this.#keep({ client_id: uuid(), user: this.#user, epoch: this.#epoch, room, body, at, order: this.#order, refused: null });
  }

  /** @param {string} clientId */
  async retry(clientId) {
    const unsent = this.around.pending.get(clientId);
    if (!unsent) return;
    // An id that belongs to another message, or to another history of the database, cannot be used again.
    const anew = unsent.refused?.code === "client_id_reused" || unsent.epoch !== this.#epoch;
    if (anew) await this.discard(clientId);
    await this.#keep({ ...unsent, client_id: anew ? uuid() : clientId, epoch: this.#epoch, refused: null });
  }

  /** @param {string} clientId */
  async discard(clientId) {
    this.#gone(clientId);
    this.around.tabs.tell({ removed: clientId });
    await this.around.store.remove(clientId);
  }

  /**
   * The server has it: its event or its reply came.
   * @param {string} clientId
   */
  stored(clientId) {
    if (this.around.pending.get(clientId)) void this.discard(clientId);
  }

  /** @param {Word} word from another tab */
  heard(word) {
    if ("put" in word) {
      if (word.put.user !== this.#user) return;
      this.#order = Math.max(this.#order, word.put.order);
      this.around.pending.put(word.put);
      this.flush();
    } else {
      this.#gone(word.removed);
    }
  }

  /** Sends what can be sent: after `ready`, after becoming the tab that sends. */
  flush() {
    const rooms = new Set(this.around.pending.all.peek().map(({ room }) => room));
    for (const room of rooms) this.#flushRoom(room);
  }

  /** A new line: whatever was on its way on the old one is sent again. */
  lineOpened() {
    this.#resting.clear();
    this.flush();
  }

  /** @param {Unsent} unsent */
  async #keep(unsent) {
    const { pending, store, tabs, leader } = this.around;
    pending.put(unsent);
    tabs.tell({ put: unsent });
    const kept = store.put(unsent);
    await leader.take();
    this.#flushRoom(unsent.room);
    await kept;
  }

  /** @param {number} room */
  #flushRoom(room) {
    const { pending, leader, isOpen, send } = this.around;
    if (!isOpen() || !leader.leads() || this.#inFlight.has(room) || this.#resting.has(room)) return;
    const next = pending.all.peek().find((unsent) => unsent.room === room && !unsent.refused);
    if (!next) return;
    this.#inFlight.add(room);
    send(next).then(
      () => this.#answered(room, () => this.stored(next.client_id)),
      (error) => this.#answered(room, () => this.#failed(next, error)),
    );
  }

  /**
   * @param {number} room
   * @param {() => void} settle
   */
  #answered(room, settle) {
    this.#inFlight.delete(room);
    settle();
    this.#flushRoom(room);
  }

  /**
   * @param {Unsent} unsent
   * @param {unknown} error
   */
  #failed(unsent, error) {
    const { pending, store, tabs, later } = this.around;
    const wait = (/** @type {number} */ ms) => {
      this.#resting.add(unsent.room);
      later(() => {
        this.#resting.delete(unsent.room);
        this.#flushRoom(unsent.room);
      }, ms);
    };
    const tries = this.#tries.get(unsent.client_id) ?? 0;
    this.#tries.set(unsent.client_id, tries + 1);
    if (!(error instanceof Refused)) {
      // No answer: it goes out again on the next line, and that may take the old one a moment to be noticed as gone.
      wait(backoff(tries));
    } else if (TRY_AGAIN.has(error.code)) {
      wait(error.retryAfterMs ?? backoff(tries));
    } else if (pending.get(unsent.client_id)) {
      const refused = { ...unsent, refused: { code: error.code, message: error.message } };
      pending.put(refused);
      tabs.tell({ put: refused });
      void store.put(refused);
    }
  }

  /** @param {string} clientId */
  #gone(clientId) {
    this.#tries.delete(clientId);
    this.around.pending.remove(clientId);
  }
}
