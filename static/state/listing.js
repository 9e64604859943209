// A list that is asked for, shown, changed and asked for again. An answer that was overtaken by a later question is not taken.
import { signal } from "../core/signal.js";

/** @template T */
export class Listing {
  #asked = 0;

  /** @param {() => Promise<T[]>} fetch */
  constructor(fetch) {
    this.fetch = fetch;
    /** Null until the first answer. */
    this.items = signal(/** @type {readonly T[] | null} */ (null));
    /** Why the last question was not answered. */
    this.problem = signal(/** @type {unknown} */ (null));
  }

  async load() {
    const asked = (this.#asked += 1);
    try {
      const items = await this.fetch();
      if (asked !== this.#asked) return;
      // The same again is not drawn again.
      if (JSON.stringify(items) !== JSON.stringify(this.items.peek())) this.items.value = items;
      this.problem.value = null;
    } catch (error) {
      if (asked === this.#asked) this.problem.value = error;
    }
  }
}
