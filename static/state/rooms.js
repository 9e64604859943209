// The rooms I am in, as far as their members know them, and how far I have read.
import { computed, signal } from "../core/signal.js";

/** @import { LogEntry, Membership } from "../wire/types.js" */

/** @param {Membership} room */
export const unreadIn = (room) => Math.max(0, room.last_number - room.read_number);

/** @param {Membership} room one that people see; the place's and the person's own are only logs */
export const isVisible = (room) => room.kind !== "place" && room.kind !== "person";

export class Rooms {
  constructor() {
    this.all = signal(/** @type {ReadonlyMap<number, Membership>} */ (new Map()));
    /** False until the first `ready`: an empty list then says nothing. */
    this.known = signal(false);
    /** The last one that somebody else took me out of. */
    this.lost = signal(/** @type {Membership | null} */ (null));
    this.visible = computed(() => [...this.all.value.values()].filter(isVisible));
    this.unread = computed(() => this.visible.value.reduce((sum, room) => sum + unreadIn(room), 0));
  }

  /** @param {number} id */
  get(id) {
    return this.all.value.get(id);
  }

  /** @param {Membership[]} memberships all of them: what is missing is no longer mine */
  replace(memberships) {
    this.all.value = new Map(memberships.map((room) => [room.id, room]));
    this.known.value = true;
  }

  /** @param {Membership} room */
  put(room) {
    const before = this.all.peek().get(room.id);
    if (before && before.last.seq > room.last.seq) return;
    this.#set(before ? { ...room, read_number: Math.max(room.read_number, before.read_number) } : room);
  }

  /** @param {number} id */
  remove(id) {
    if (!this.all.peek().has(id)) return;
    const all = new Map(this.all.peek());
    all.delete(id);
    this.all.value = all;
  }

  /**
   * @param {number} id
   * @param {number} number
   */
  read(id, number) {
    const room = this.all.peek().get(id);
    if (room && number > room.read_number) this.#set({ ...room, read_number: number });
  }

  /**
   * Folds one event into what is known of its room.
   * @param {LogEntry} entry
   * @param {number} me
   */
  apply({ room: id, seq, tag, event }, me) {
    const room = this.all.peek().get(id);
    if (!room || seq <= room.last.seq) return;
    const next = { ...room, last: { seq, tag } };
    switch (event.kind) {
      case "posted":
        next.last_number = Math.max(room.last_number, event.message.number);
        next.last_at = event.message.at;
        break;
      case "renamed":
        next.name = event.name;
        break;
      case "topic_set":
        next.topic = event.topic;
        break;
      case "visibility_set":
        next.kind = event.visibility;
        break;
      case "archived":
      case "unarchived":
        next.archived = event.kind === "archived";
        break;
      case "role_set":
        if (event.user === me) next.role = event.role;
        break;
      case "created":
      case "joined":
      case "left":
      case "room_added":
      case "room_removed":
      case "user_joined":
      case "user_changed":
      case "place_renamed":
      case "sign_up_set":
      case "room_listed":
      case "room_unlisted":
        break;
    }
    this.#set(next);
  }

  /** @param {Membership} room */
  #set(room) {
    this.all.value = new Map(this.all.peek()).set(room.id, room);
  }
}
