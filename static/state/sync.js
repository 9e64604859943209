// Keeps this page's copy of every log complete: applies events in order, notices gaps, asks for what is missing.
//
// For each room there is one cursor, the last event applied. What is at or below it is ignored; what jumps ahead is not applied but
// asked for, and comes again in order.

/** @import { Cursor, LogEntry, Membership, Ready } from "../wire/types.js" */
/** @import { Directory } from "./directory.js" */
/** @import { Logs } from "./logs.js" */
/** @import { Members } from "./members.js" */
/** @import { People } from "./people.js" */
/** @import { Rooms } from "./rooms.js" */
/** @import { Session } from "./session.js" */
/** @import { Typing } from "./typing.js" */

/** The most rooms one `resume` may name. */
const MOST_ROOMS = 500;

/**
 * @typedef {object} Asks
 * @property {(rooms: Array<{ room: number, cursor: Cursor }>, onRefused: (retryAfterMs: number) => void) => void} resume
 * @property {(room: number) => Promise<Membership>} room
 * @property {() => void} everyone asks for the list of people; to guests those are whom they meet in their rooms
 * @property {() => void} myRooms asks for the list of my rooms
 * @property {(work: () => void, ms: number) => void} later
 */

/**
 * @typedef {{ session: Session, rooms: Rooms, people: People, logs: Logs, members: Members, directory: Directory, typing: Typing }} State
 */

export class Sync {
  /** @type {Map<number, Cursor>} */
  #cursors = new Map();
  /** @type {Set<number>} rooms whose missed events are on their way */
  #resuming = new Set();
  /** @type {Set<number>} rooms that start over: the next event is taken, wherever it stands */
  #adopting = new Set();
  #first = true;

  /**
   * @param {State} state
   * @param {Asks} asks
   */
  constructor(state, asks) {
    this.state = state;
    this.asks = asks;
  }

  /** @param {number} room */
  cursor(room) {
    return this.#cursors.get(room);
  }

  /** @param {Ready} ready */
  ready(ready) {
    const { session, rooms, logs, members, directory } = this.state;
    if (session.epoch !== null && session.epoch !== ready.epoch) {
      // Another history of the database: nothing held can be trusted.
      this.#cursors.clear();
      logs.dropAll();
      this.#first = true;
    }
    this.#resuming.clear();
    this.#adopting.clear();
    const wasGuest = session.isGuest;
    session.ready(ready);
    const mine = new Set(ready.rooms.map((room) => room.id));
    if (session.isGuest) directory.rooms.value = null;
    for (const id of [...this.#cursors.keys()]) if (!mine.has(id)) this.#forget(id);
    rooms.replace(ready.rooms);
    members.drop();
    // The place's log tells everyone but guests of people. Who was one until now has not heard of them; who still is asks each time, and
    // behind what was missed.
    const behind = ready.rooms.filter((room) => !this.#isCurrent(room)).map((room) => room.id);
    this.#resume(behind);
    if (this.#first || (wasGuest && !session.isGuest) || (session.isGuest && behind.length === 0)) this.asks.everyone();
    this.#first = false;
  }

  /**
   * @param {Membership} room
   * @returns {boolean} whether nothing is missing; a room of which nothing is held counts as current
   */
  #isCurrent(room) {
    const held = this.#cursors.get(room.id);
    const needed = room.kind === "place" || this.state.logs.has(room.id);
    if (!held || !needed) {
      this.#cursors.set(room.id, room.last);
      return true;
    }
    return held.seq === room.last.seq && held.tag === room.last.tag;
  }

  /** @param {number[]} ids */
  #resume(ids) {
    const missing = ids.flatMap((room) => {
      const cursor = this.#cursors.get(room);
      return cursor && !this.#resuming.has(room) ? [{ room, cursor }] : [];
    });
    for (const { room } of missing) this.#resuming.add(room);
    for (let at = 0; at < missing.length; at += MOST_ROOMS) {
      const some = missing.slice(at, at + MOST_ROOMS);
      this.asks.resume(some, (ms) => {
        this.asks.later(() => {
          for (const { room } of some) this.#resuming.delete(room);
          this.#resume(some.map(({ room }) => room));
        }, ms);
      });
    }
  }

  /** @param {LogEntry} entry */
  event(entry) {
    const cursor = this.#cursors.get(entry.room);
    if (!cursor) return;
    if (this.#adopting.has(entry.room)) {
      this.#adopting.delete(entry.room);
    } else {
      if (entry.seq <= cursor.seq) return;
      if (entry.seq > cursor.seq + 1) {
        this.#resume([entry.room]);
        return;
      }
    }
    this.#cursors.set(entry.room, { seq: entry.seq, tag: entry.tag });
    this.#apply(entry);
  }

  /** @param {LogEntry} entry */
  #apply(entry) {
    const { session, rooms, people, logs, members, directory, typing } = this.state;
    const { event } = entry;
    rooms.apply(entry, session.myId);
    logs.apply(entry);
    members.apply(entry);
    switch (event.kind) {
      case "posted":
        typing.stop(entry.room, event.message.author);
        break;
      case "joined":
        if (!people.all.peek().has(event.user.id)) people.learn(event.user);
        break;
      case "user_joined":
      case "user_changed":
        people.learn(event.user);
        if (event.user.id === session.myId) session.me.value = event.user;
        break;
      case "room_added":
        this.entered(event.room);
        break;
      case "room_removed":
        if (entry.by !== session.myId) rooms.lost.value = rooms.all.peek().get(event.room) ?? null;
        rooms.remove(event.room);
        this.#forget(event.room);
        break;
      case "place_renamed":
        session.place.value = event.name;
        break;
      case "sign_up_set":
        session.signUp.value = event.mode;
        break;
      case "room_listed":
        directory.list(event.room);
        break;
      case "room_unlisted":
        directory.unlist(event.room);
        break;
      case "created":
      case "left":
      case "role_set":
      case "renamed":
      case "topic_set":
      case "visibility_set":
      case "archived":
      case "unarchived":
        break;
    }
  }

  /** @param {Membership} room one I am in from now on, from the reply or from the event, whichever comes first */
  entered(room) {
    const held = this.#cursors.get(room.id);
    if (!held || held.seq < room.last.seq) {
      if (!this.state.logs.has(room.id)) this.#cursors.set(room.id, room.last);
    }
    this.state.rooms.put(room);
    // A guest may meet somebody here of whom the place's log never told.
    const known = this.state.people.all.peek();
    if (room.people.some((id) => !known.has(id))) this.asks.everyone();
  }

  /**
   * @param {number} room
   * @param {Cursor} cursor
   */
  resumed(room, cursor) {
    this.#resuming.delete(room);
    const held = this.#cursors.get(room);
    if (held && cursor.seq >= held.seq) this.#cursors.set(room, cursor);
    // What was missed names people as they were called then, and a guest is not told later what became of them.
    if (this.state.session.isGuest && this.#resuming.size === 0) this.asks.everyone();
  }

  /** @param {number} id */
  reset(id) {
    const { rooms, logs, members } = this.state;
    const known = rooms.all.peek().get(id);
    this.#resuming.delete(id);
    if (!known || !this.#cursors.has(id)) return;
    this.#cursors.set(id, known.last);
    this.#adopting.add(id);
    const { kind } = known;
    if (kind === "place") return this.asks.everyone();
    if (kind === "person") return this.asks.myRooms();
    members.drop(id);
    logs.drop(id);
    this.asks.room(id).then(
      (room) => this.#adopt(room),
      () => {},
    );
  }

  /** @param {Membership} room */
  #adopt(room) {
    // An event may have been first; then the cursor already stands further on.
    if (this.#adopting.delete(room.id)) this.#cursors.set(room.id, room.last);
    this.state.rooms.put(room);
  }

  /** @param {number} id */
  #forget(id) {
    this.#cursors.delete(id);
    this.state.logs.drop(id);
    this.state.members.drop(id);
  }
}
