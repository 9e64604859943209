// What a person can want. Views call these and nothing else that leaves the page.
import { roomPath } from "./core/router.js";
import { rest } from "./net/rest.js";
import { Refused } from "./net/refused.js";
import { DELETED, leaveWord } from "./state/farewell.js";
import { tabStorage } from "./state/storage.js";

/** @import { Request, RoomRole, SignUpMode, Visibility } from "./wire/types.js" */
/** @import { App } from "./app.js" */

/** Reading fast through a room is told to the server at most this often. */
const READ_EVERY_MS = 400;

export class Intents {
  /** @type {Map<number, number>} */
  #toTell = new Map();
  #telling = false;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * @param {number} room
   * @param {number | null} [number]
   */
  openRoom(room, number = null) {
    this.app.router.go(roomPath(room, number));
  }

  /**
   * @param {number} room
   * @param {number | null} number
   */
  load(room, number) {
    return this.app.history.open(room, number);
  }

  /** @param {number} room */
  older(room) {
    return this.app.history.older(room);
  }

  /** @param {number} room */
  newer(room) {
    return this.app.history.newer(room);
  }

  /** @param {number} room */
  present(room) {
    return this.app.history.present(room);
  }

  /**
   * @param {number} room
   * @param {string} body
   */
  async post(room, body) {
    this.app.typing.told();
    const kept = this.app.outbox.post(room, body);
    if (this.app.logs.of(room).peek().log?.hasNewer) void this.present(room);
    await kept;
  }

  /** @param {string} clientId */
  retry(clientId) {
    return this.app.outbox.retry(clientId);
  }

  /** @param {string} clientId */
  discard(clientId) {
    return this.app.outbox.discard(clientId);
  }

  /** @param {number} room */
  type(room) {
    if (this.app.typing.shouldTell()) this.app.connection.typing(room);
  }

  /**
   * @param {number} room
   * @param {number} number the newest message that was seen
   */
  seen(room, number) {
    this.app.rooms.read(room, number);
    this.#toTell.set(room, Math.max(number, this.#toTell.get(room) ?? 0));
    if (this.#telling) return;
    this.#telling = true;
    setTimeout(() => {
      this.#telling = false;
      for (const [id, upTo] of this.#toTell) this.#ask({ type: "read", room: id, number: upTo }).catch(() => {});
      this.#toTell.clear();
    }, READ_EVERY_MS);
  }

  /** @param {Request} request */
  #ask(request) {
    return this.app.connection.request(request);
  }

  /** @param {Request} request one whose answer is the room one is in now */
  async #enter(request) {
    const reply = await this.#ask(request);
    this.app.sync.entered(reply.room);
    this.openRoom(reply.room.id);
  }

  /** @param {{ name: string, topic: string, visibility: Visibility }} form */
  createRoom(form) {
    return this.#enter({ type: "create_room", ...form });
  }

  /** @param {number[]} users */
  openDirect(users) {
    return this.#enter({ type: "open_direct", users });
  }

  /** @param {number} room */
  join(room) {
    return this.#enter({ type: "join_room", room });
  }

  /** @param {number} room */
  leave(room) {
    return this.#ask({ type: "leave_room", room });
  }

  /** @param {number} room @param {number} user */
  addMember(room, user) {
    return this.#ask({ type: "add_member", room, user });
  }

  /** @param {number} room @param {number} user */
  removeMember(room, user) {
    return this.#ask({ type: "remove_member", room, user });
  }

  /** @param {number} room @param {string} name */
  renameRoom(room, name) {
    return this.#ask({ type: "rename_room", room, name });
  }

  /** @param {number} room @param {string} topic */
  setTopic(room, topic) {
    return this.#ask({ type: "set_topic", room, topic });
  }

  /** @param {number} room @param {Visibility} visibility */
  setVisibility(room, visibility) {
    return this.#ask({ type: "set_visibility", room, visibility });
  }

  /** @param {number} room @param {boolean} archived */
  setArchived(room, archived) {
    return this.#ask({ type: "set_archived", room, archived });
  }

  /** @param {string} name */
  async setDisplayName(name) {
    const reply = await this.#ask({ type: "set_display_name", display_name: name });
    if (reply.did === "changed") {
      this.app.session.me.value = reply.user;
      this.app.people.learn(reply.user);
    }
  }

  /** @param {string} name */
  renamePlace(name) {
    return this.#ask({ type: "rename_place", name });
  }

  /** @param {SignUpMode} mode */
  setSignUp(mode) {
    return this.#ask({ type: "set_sign_up", mode });
  }

  /** @param {number} room */
  async loadMembers(room) {
    const members = await rest.members(room);
    this.app.members.put(room, members);
    const { people } = this.app;
    const unknown = members.map(({ user }) => user).filter(({ id }) => !people.all.peek().has(id));
    if (unknown.length > 0) people.learn(...unknown);
  }

  async browse() {
    this.app.directory.rooms.value = await rest.publicRooms();
  }

  /**
   * Someone whose message is shown but who is on no list: guests see only part of the people.
   * @param {number} id
   */
  async meet(id) {
    try {
      this.app.people.learn(await rest.user(id));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** @param {number} room @param {number} user @param {RoomRole} role */
  setRoomRole(room, user, role) {
    return this.#ask({ type: "set_room_role", room, user, role });
  }

  /** @param {number} room @param {number} user */
  banMember(room, user) {
    return this.#ask({ type: "ban_member", room, user });
  }

  /** @param {number} room @param {number} user */
  unbanMember(room, user) {
    return this.#ask({ type: "unban_member", room, user });
  }

  /** The account is deleted: nothing of it stays in this browser. */
  async leaveForGood() {
    this.app.connection.stop();
    await this.app.forgetEverything();
    leaveWord(tabStorage, DELETED);
    window.location.assign("/sign-in");
  }

  async signOut() {
    this.app.connection.stop();
    await this.app.forgetEverything();
    await rest.signOut();
    window.location.assign("/sign-in");
  }
}
