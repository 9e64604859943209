// The public rooms of the place, while someone browses them.
import { signal } from "../core/signal.js";

/** @import { ListedRoom } from "../wire/types.js" */

export class Directory {
  constructor() {
    this.rooms = signal(/** @type {readonly ListedRoom[] | null} */ (null));
  }

  /** @param {ListedRoom} room */
  list(room) {
    const rooms = this.rooms.peek();
    if (rooms) this.rooms.value = [...rooms.filter(({ id }) => id !== room.id), room];
  }

  /** @param {number} id */
  unlist(id) {
    const rooms = this.rooms.peek();
    if (rooms) this.rooms.value = rooms.filter((room) => room.id !== id);
  }
}
