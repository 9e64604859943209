// Who is in the rooms whose people were looked at.
import { signal } from "../core/signal.js";

/** @import { LogEntry, Member, User } from "../wire/types.js" */

export class Members {
  constructor() {
    this.all = signal(/** @type {ReadonlyMap<number, readonly Member[]>} */ (new Map()));
  }

  /** @param {number} room @returns {readonly Member[] | undefined} */
  of(room) {
    return this.all.value.get(room);
  }

  /**
   * @param {number} room
   * @param {readonly Member[]} members
   */
  put(room, members) {
    this.all.value = new Map(this.all.peek()).set(room, members);
  }

  /** @param {number} [room] all, where none is named */
  drop(room) {
    const all = new Map(this.all.peek());
    if (room === undefined) all.clear();
    else all.delete(room);
    this.all.value = all;
  }

  /** @param {LogEntry} entry */
  apply({ room, event }) {
    if (event.kind === "user_changed") {
      this.#changed(event.user);
      return;
    }
    const members = this.all.peek().get(room);
    if (!members) return;
    if (event.kind === "joined") {
      this.put(room, [...members.filter(({ user }) => user.id !== event.user.id), { user: event.user, role: event.role }]);
    } else if (event.kind === "left") {
      this.put(room, members.filter(({ user }) => user.id !== event.user));
    } else if (event.kind === "role_set") {
      this.put(room, members.map((member) => (member.user.id === event.user ? { ...member, role: event.role } : member)));
    }
  }

  /** @param {User} user */
  #changed(user) {
    for (const [room, members] of this.all.peek()) {
      if (members.some((member) => member.user.id === user.id)) this.put(room, members.map((member) => (member.user.id === user.id ? { ...member, user } : member)));
    }
  }
}
