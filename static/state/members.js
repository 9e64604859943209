// Who is in the rooms whose people were looked at.
import { signal } from "../core/signal.js";

/** @import { LogEntry, Member } from "../wire/types.js" */

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
}
