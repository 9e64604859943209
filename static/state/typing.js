// Who is typing where. A word of it is believed for six seconds; it is sent at most every three.
import { signal } from "../core/signal.js";

const BELIEVED_MS = 6_000;
const EVERY_MS = 3_000;

export class Typing {
  #sent = 0;

  /** @param {{ now: () => number, later: (work: () => void, ms: number) => void }} clock */
  constructor(clock) {
    this.clock = clock;
    this.all = signal(/** @type {ReadonlyMap<number, ReadonlyMap<number, number>>} */ (new Map()));
  }

  /** @param {number} room @returns {number[]} */
  in(room) {
    return [...(this.all.value.get(room)?.keys() ?? [])];
  }

  /**
   * @param {number} room
   * @param {number} user
   */
  heard(room, user) {
    const until = this.clock.now() + BELIEVED_MS;
    this.#put(room, new Map(this.all.peek().get(room)).set(user, until));
    this.clock.later(() => {
      if (this.all.peek().get(room)?.get(user) === until) this.stop(room, user);
    }, BELIEVED_MS);
  }

  /**
   * @param {number} room
   * @param {number} user
   */
  stop(room, user) {
    const users = this.all.peek().get(room);
    if (!users?.has(user)) return;
    const rest = new Map(users);
    rest.delete(user);
    this.#put(room, rest);
  }

  /** @returns {boolean} whether it is time to say so again */
  shouldTell() {
    const now = this.clock.now();
    if (now - this.#sent < EVERY_MS) return false;
    this.#sent = now;
    return true;
  }

  /** What I sent ends what I was typing; the next key is news again. */
  told() {
    this.#sent = 0;
  }

  /**
   * @param {number} room
   * @param {ReadonlyMap<number, number>} users
   */
  #put(room, users) {
    this.all.value = new Map(this.all.peek()).set(room, users);
  }
}
