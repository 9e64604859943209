// Everyone this person can see, and who is there now.
import { signal } from "../core/signal.js";

/** @import { Presence, User } from "../wire/types.js" */

export class People {
  /** Of each list that is on its way: whom events told of meanwhile, which is newer than the list. @type {Set<Set<number>>} */
  #underWay = new Set();

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
      for (const touched of this.#underWay) touched.add(user.id);
    }
    this.all.value = all;
  }

  /**
   * Takes a list that was asked for, without undoing what events said meanwhile. Who is not on it is forgotten: nobody would tell how
   * they are called from now on.
   * @param {() => Promise<User[]>} fetch
   */
  async load(fetch) {
    /** @type {Set<number>} */
    const touched = new Set();
    this.#underWay.add(touched);
    try {
      const users = await fetch();
      const news = [...this.all.peek()].filter(([id]) => touched.has(id));
      this.all.value = new Map([...users.map((user) => /** @type {const} */ ([user.id, user])), ...news]);
    } finally {
      this.#underWay.delete(touched);
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
