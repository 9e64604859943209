// What I have written and the server has not yet acknowledged.
import { signal } from "../core/signal.js";

/**
 * @typedef {object} Unsent
 * @property {string} client_id
 * @property {number} user
 * @property {string} epoch
 * @property {number} room
 * @property {string} body
 * @property {number} at when it was written
 * @property {number} order
 * @property {{ code: string, message: string } | null} refused why it will not be sent by itself
 */

export class Pending {
  constructor() {
    this.all = signal(/** @type {readonly Unsent[]} */ ([]));
  }

  /** @param {number} room @returns {Unsent[]} */
  in(room) {
    return this.all.value.filter((unsent) => unsent.room === room);
  }

  /** @param {string} clientId */
  get(clientId) {
    return this.all.peek().find((unsent) => unsent.client_id === clientId);
  }

  /** @param {Unsent} unsent */
  put(unsent) {
    const others = this.all.peek().filter(({ client_id }) => client_id !== unsent.client_id);
    this.all.value = [...others, unsent].sort((one, other) => one.order - other.order);
  }

  /** @param {string} clientId */
  remove(clientId) {
    if (this.get(clientId)) this.all.value = this.all.peek().filter(({ client_id }) => client_id !== clientId);
  }

  clear() {
    this.all.value = [];
  }
}
