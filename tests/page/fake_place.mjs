// What the fake server knows: people, rooms and their logs, by the same rules as the real one as far as the page can tell.
import { randomBytes } from "node:crypto";

/** @import { LogEntry, Membership, Message, Member, Room, RoomEvent, RoomRole, User, Cursor } from "../../static/wire/types.js" */

export class Refusal extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {{ field?: string, retry_after_ms?: number }} [more] */
  constructor(status, code, message, more = {}) {
    super(message);
    this.status = status;
    this.body = { code, message, ...more };
  }
}

export const notFound = () => new Refusal(404, "not_found", "There is nothing here that you can see.");

/** @typedef {{ room: Room, members: Map<number, RoomRole>, read: Map<number, number>, log: LogEntry[], messages: Message[] }} Held */

/** @param {string} text */
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** @param {string} text */
const inline = (text) =>
  escape(text)
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replaceAll(/\*([^*]+)\*/g, "<em>$1</em>")
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>')
    .replaceAll(/(^|\s)(https?:\/\/\S+)/g, '$1<a href="$2">$2</a>');

/** @param {string} body a little Markdown, enough to look at */
export function render(body) {
  return body
    .split(/```\w*\n([\s\S]*?)\n?```/)
    .map((part, index) => {
      if (index % 2 === 1) return `<pre><code>${escape(part)}</code></pre>`;
      return part
        .split(/\n{2,}/)
        .filter((block) => block.trim() !== "")
        .map((block) => {
          const lines = block.trim().split("\n");
          if (lines.every((line) => /^[-*] /.test(line))) return `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join("")}</ul>`;
          if (lines.every((line) => /^\d+\. /.test(line))) return `<ol>${lines.map((line) => `<li>${inline(line.replace(/^\d+\. /, ""))}</li>`).join("")}</ol>`;
          return `<p>${lines.map(inline).join("<br>")}</p>`;
        })
        .join("");
    })
    .join("");
}

export class FakePlace {
  name = "Corner House";
  /** @type {"invite" | "open"} */
  signUp = "invite";
  epoch = randomBytes(8).toString("hex");
  code = "ABCD-EFGH-JKLM";
  setUp = false;
  /** @type {Map<number, User & { password: string }>} */
  users = new Map();
  /** @type {Map<number, Held>} */
  rooms = new Map();
  /** @type {Map<string, { id: number, by: number, at: number, used: number }>} */
  invites = new Map();
  #next = 1;
  /** @type {(held: Held, entry: LogEntry) => void} */
  onEntry = () => {};

  id() {
    return this.#next++;
  }

  /** @param {number} id */
  user(id) {
    const user = this.users.get(id);
    if (!user) throw notFound();
    const { password: _, ...shown } = user;
    return shown;
  }

  /** @param {Partial<Room> & Pick<Room, "kind">} how @param {Array<[number, RoomRole]>} members @param {number | null} [by] @param {number} [at] */
  makeRoom(how, members, by = null, at = Date.now()) {
    /** @type {Room} */
    const room = {
      id: this.id(),
      name: null,
      topic: "",
      is_default: false,
      archived: false,
      created_at: at,
      last: { seq: 0, tag: 0 },
      last_number: 0,
      last_at: at,
      people: how.kind === "direct" ? members.map(([id]) => id).sort((a, b) => a - b) : [],
      ...how,
    };
    /** @type {Held} */
    const held = { room, members: new Map(members), read: new Map(), log: [], messages: [] };
    this.rooms.set(room.id, held);
    this.say(held, by, { kind: "created" }, at);
    return held;
  }

  /** @param {Held} held @param {number | null} by @param {RoomEvent} event @param {number} [at] */
  say(held, by, event, at = Date.now()) {
    const { room } = held;
    /** @type {LogEntry} */
    const entry = { room: room.id, seq: room.last.seq + 1, tag: randomBytes(4).readUInt32BE(), at, by, event };
    room.last = { seq: entry.seq, tag: entry.tag };
    held.log.push(entry);
    this.onEntry(held, entry);
    return entry;
  }

  /** @param {string} kind */
  hidden(kind) {
    const held = [...this.rooms.values()].find(({ room }) => room.kind === kind);
    if (!held) throw notFound();
    return held;
  }

  /** @param {number} user */
  person(user) {
    const held = [...this.rooms.values()].find(({ room, members }) => room.kind === "person" && members.has(user));
    if (!held) throw notFound();
    return held;
  }

  /** @param {{ username: string, display_name: string, password: string }} form @param {User["role"]} role */
  addUser({ username, display_name, password }, role) {
    if (!/^[a-z0-9][a-z0-9._-]{1,31}$/.test(username)) throw new Refusal(422, "username_invalid", "A username has 2 to 32 of ...", { field: "username" });
    if (display_name.trim() === "") throw new Refusal(422, "display_name_invalid", "A display name has 1 to 64 characters.", { field: "display_name" });
    if (password.length < 10) throw new Refusal(422, "password_invalid", "A password has 10 to 256 characters.", { field: "password" });
    if ([...this.users.values()].some((user) => user.username === username)) throw new Refusal(409, "username_taken", "Taken.", { field: "username" });
    const user = { id: this.id(), username, display_name: display_name.trim(), role, active: true };
    this.users.set(user.id, { ...user, password });
    this.makeRoom({ kind: "person" }, [[user.id, "member"]]);
    const place = [...this.rooms.values()].find(({ room }) => room.kind === "place");
    if (place) {
      place.members.set(user.id, "member");
      this.say(place, user.id, { kind: "user_joined", user });
      this.enter([...this.rooms.values()].find(({ room }) => room.is_default) ?? place, user.id, user.id);
    }
    return user;
  }

  /** @param {Held} held @param {number} user @param {number} by @param {RoomRole} [role] */
  enter(held, user, by, role = "member") {
    if (held.members.has(user)) return;
    held.members.set(user, role);
    held.read.set(user, held.room.last_number);
    this.say(held, by, { kind: "joined", user: this.user(user), role });
    this.say(this.person(user), by, { kind: "room_added", room: this.membership(held, user) });
  }

  /** @param {Held} held @param {number} user @param {number} by */
  leave(held, user, by) {
    this.say(held, by, { kind: "left", user });
    held.members.delete(user);
    this.say(this.person(user), by, { kind: "room_removed", room: held.room.id });
  }

  /** @param {Held} held @param {number} user @returns {Membership} */
  membership(held, user) {
    return { ...held.room, role: held.members.get(user) ?? "member", read_number: held.read.get(user) ?? 0 };
  }

  /** @param {number} room @param {number} user */
  mine(room, user) {
    const held = this.rooms.get(room);
    if (!held?.members.has(user)) throw notFound();
    return held;
  }

  /** @param {number} user */
  roomsOf(user) {
    return [...this.rooms.values()].filter(({ members }) => members.has(user)).map((held) => this.membership(held, user));
  }

  /** @param {Held} held @returns {Member[]} */
  membersOf(held) {
    return [...held.members].map(([id, role]) => ({ user: this.user(id), role }));
  }

  /** @param {Held} held @param {number} author @param {string} client_id @param {string} body @param {number} [at] */
  post(held, author, client_id, body, at = Date.now()) {
    const before = held.messages.find((message) => message.author === author && message.client_id === client_id);
    if (before) return { message: before, cursor: { seq: before.seq, tag: held.log[before.seq - 1]?.tag ?? 0 } };
    if ([...body].length > 8_000) throw new Refusal(422, "body_too_long", "A message has at most 8000 characters.", { field: "body" });
    if (held.room.archived) throw new Refusal(403, "room_archived", "This room is archived.");
    const { room } = held;
    /** @type {Message} */
    const message = { id: this.id(), room: room.id, number: room.last_number + 1, seq: room.last.seq + 1, author, client_id, body, html: render(body), at };
    room.last_number = message.number;
    room.last_at = at;
    held.messages.push(message);
    const entry = this.say(held, author, { kind: "posted", message }, at);
    return { message, cursor: { seq: entry.seq, tag: entry.tag } };
  }

  /** @param {Held} held @param {{ before?: number, after?: number, around?: number, limit?: number }} where */
  page(held, { before, after, around, limit = 50 }) {
    const all = held.messages;
    let [from, to] = [Math.max(0, all.length - limit), all.length];
    if (before !== undefined) [from, to] = [Math.max(0, before - 1 - limit), before - 1];
    if (after !== undefined) [from, to] = [after, Math.min(all.length, after + limit)];
    if (around !== undefined) [from, to] = [Math.max(0, around - 1 - (limit >> 1)), Math.min(all.length, around + (limit >> 1))];
    return { room: held.room.id, messages: all.slice(from, to), has_older: from > 0, has_newer: to < all.length, cursor: held.room.last };
  }

  /** @param {Held} held @param {Cursor} cursor @returns {LogEntry[] | null} null: reset */
  since(held, cursor) {
    const at = held.log[cursor.seq - 1];
    if (cursor.seq > 0 && at?.tag !== cursor.tag) return null;
    return held.log.slice(cursor.seq);
  }
}
