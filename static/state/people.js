// Everyone this person can see, and who is there now.
import { signal } from "../core/signal.js";

/** @import { Presence, User } from "../wire/types.js" */

export class People {
  /** @type {Set<number> | null} changed by events while a list was on its way: newer than the list */
  #touched = null;

  constructor() {
    this.all = signal(/** @type {ReadonlyMap<number, User>} */ (new Map()));
    this.online = signal(/** @type {ReadonlySet<number>} */ (new Set()));
  }

  /** @param {number} id @returns {User | undefined} */
  get(id) {
    return this.all.value.get(id);
  }

  /** @param {number} id */
  name(id) {
    return this.get(id)?.display_name ?? "…";
  }

  /**
   * What an event said of them, which is always news.
   * @param {...User} users
   */
  learn(...users) {
    const all = new Map(this.all.peek());
    for (const user of users) {
      all.set(user.id, user);
      this.#touched?.add(user.id);
    }
    this.all.value = all;
  }

  /**
   * Takes a list that was asked for, without undoing what events said meanwhile.
   * @param {() => Promise<User[]>} fetch
   */
  async load(fetch) {
    const touched = (this.#touched ??= new Set());
    try {
      const users = await fetch();
      const all = new Map(this.all.peek());
      for (const user of users) if (!touched.has(user.id)) all.set(user.id, user);
      this.all.value = all;
    } finally {
      if (this.#touched === touched) this.#touched = null;
    }
  }

  /** @param {Presence} presence */
  presence(presence) {
    if (presence.presence === "snapshot") {
      this.online.value = new Set(presence.online);
      return;
    }
    const online = new Set(this.online.peek());
    for (const id of presence.online) online.add(id);
    for (const id of presence.offline) online.delete(id);
    this.online.value = online;
  }
}
