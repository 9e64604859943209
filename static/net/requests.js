// Requests under way on one socket: each has a `ref`, and its answer brings it back.
import { NoAnswer, Refused } from "./refused.js";

/** @import { ServerMessage } from "../wire/types.js" */
/** @typedef {{ resolve: (answer: any) => void, reject: (error: Error) => void }} Waiting */

export class Requests {
  #next = 1;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();

  /** @returns {{ ref: number, answer: Promise<any> }} */
  begin() {
    const ref = this.#next;
    this.#next = (this.#next % 0x7fff_ffff) + 1;
    const answer = new Promise((resolve, reject) => this.#waiting.set(ref, { resolve, reject }));
    return { ref, answer };
  }

  /**
   * Nobody waits any longer for this one.
   * @param {number} ref
   */
  forget(ref) {
    this.#waiting.delete(ref);
  }

  /** @param {Extract<ServerMessage, { type: "reply" | "error" | "pong" | "page" }>} message */
  settle(message) {
    if (message.ref === null) return;
    const waiting = this.#waiting.get(message.ref);
    this.#waiting.delete(message.ref);
    if (message.type === "error") waiting?.reject(new Refused(message.error));
    else waiting?.resolve(message);
  }

  /** The socket is gone; its answers will not come. */
  cut() {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of all) waiting.reject(new NoAnswer());
  }
}
