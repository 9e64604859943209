// Small makers of what the wire carries, and a clock that moves when told.
import { Directory } from "../../static/state/directory.js";
import { Logs } from "../../static/state/logs.js";
import { Members } from "../../static/state/members.js";
import { People } from "../../static/state/people.js";
import { Rooms } from "../../static/state/rooms.js";
import { Session } from "../../static/state/session.js";
import { Sync } from "../../static/state/sync.js";
import { Typing } from "../../static/state/typing.js";
import { fromPage } from "../../static/state/log.js";

/** @import { Cursor, LogEntry, Membership, Message, Ready, RoomEvent, User } from "../../static/wire/types.js" */

/** @type {User} */
export const MAYA = { id: 7, username: "maya", display_name: "Maya", role: "owner", active: true };
/** @type {User} */
export const JONAS = { id: 8, username: "jonas", display_name: "Jonas", role: "member", active: true };

/** @param {number} seq @returns {Cursor} the tag of an event is made from its place, so that equal places agree */
export const cursor = (seq) => ({ seq, tag: seq === 0 ? 0 : 1_000 + seq });

/** @param {Partial<Message>} [how] @returns {Message} */
export function message(how = {}) {
  const number = how.number ?? 1;
  return { id: 100 + number, room: 3, number, seq: number, author: JONAS.id, client_id: `client-${number}`, body: `text ${number}`, html: `<p>text ${number}</p>`, at: 1_764_000_000_000 + number, ...how };
}

/** @param {number} seq @param {RoomEvent} event @param {Partial<LogEntry>} [how] @returns {LogEntry} */
export const entry = (seq, event, how = {}) => ({ room: 3, ...cursor(seq), at: 1_764_000_000_000 + seq, by: JONAS.id, event, ...how });

/** @param {number} seq @param {Partial<Message>} [how] */
export const posted = (seq, how = {}) => entry(seq, { kind: "posted", message: message({ number: seq, seq, ...how }) }, how.room ? { room: how.room } : {});

/** @param {Partial<Membership>} [how] @returns {Membership} */
export const room = (how = {}) => ({
  id: 3,
  kind: "public",
  name: "general",
  topic: "",
  is_default: false,
  archived: false,
  created_at: 1,
  last: cursor(0),
  last_number: 0,
  last_at: 1,
  people: [],
  role: "member",
  read_number: 0,
  ...how,
});

/** @param {Membership[]} rooms @param {Partial<Ready>} [how] @returns {Ready} */
export const ready = (rooms, how = {}) => ({
  me: MAYA,
  rooms,
  place: "Corner House",
  sign_up: "invite",
  epoch: "one",
  limits: { frame_bytes: 1, message_chars: 8_000, posts_per_second: 1, posts_burst: 1, frames_per_second: 1, sockets_per_user: 1, sockets_per_address: 1, handshakes_per_second: 1, connections_per_address: 1, outbox_bytes: 1, backlog: 1, replay_events: 1, sign_in_per_minute: 1 },
  version: "0.1.0",
  build: "b1",
  ...how,
});

export class Clock {
  time = 1_000_000;
  /** @type {Array<{ at: number, work: () => void }>} */
  #waiting = [];

  now = () => this.time;

  later = (/** @type {() => void} */ work, /** @type {number} */ ms) => void this.#waiting.push({ at: this.time + ms, work });

  /** @param {number} ms */
  async pass(ms) {
    this.time += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.time);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.time);
    for (const { work } of due) work();
    await settled();
  }
}

/** Lets everything that was already answered run on. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A page's state with its sync, and what it asked for. */
export function page() {
  const clock = new Clock();
  const state = {
    session: new Session(MAYA, "Corner House", "invite", "b1"),
    rooms: new Rooms(),
    people: new People(),
    logs: new Logs(),
    members: new Members(),
    directory: new Directory(),
    typing: new Typing(clock),
  };
  /** @type {{ resume: Array<Array<{ room: number, cursor: Cursor }>>, rooms: number[], everyone: number, mine: number }} */
  const asked = { resume: [], rooms: [], everyone: 0, mine: 0 };
  /** @type {(retryAfterMs: number) => void} */
  let refuse = () => {};
  /** @type {(room: Membership) => void} */
  let giveRoom = () => {};
  const sync = new Sync(state, {
    resume: (rooms, onRefused) => {
      asked.resume.push(rooms);
      refuse = onRefused;
    },
    room: (id) => {
      asked.rooms.push(id);
      return new Promise((resolve) => (giveRoom = resolve));
    },
    everyone: () => void (asked.everyone += 1),
    myRooms: () => void (asked.mine += 1),
    later: clock.later,
  });
  /** @param {Message[]} messages @param {Cursor} at */
  const load = (messages, at) => {
    state.logs.expectPage(3);
    state.logs.takePage(3, () => fromPage({ room: 3, messages, has_older: false, has_newer: false, cursor: at }));
  };
  const numbers = () => state.logs.of(3).peek().log?.items.map((item) => item.message?.number ?? item.entry?.event.kind);
  return { clock, sync, asked, load, numbers, ...state, refuse: (/** @type {number} */ ms) => refuse(ms), giveRoom: (/** @type {Membership} */ given) => giveRoom(given) };
}
