// A small server that speaks the page's contract from memory, so that the page can be tried and looked at without building anything.
// It is honest about what the page can see: order, gaps, retries, refusals; it is not a model of the real one's insides.
import { readFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { FakePlace, Refusal, notFound } from "./fake_place.mjs";
import { FakeSocket } from "./fake_socket.mjs";

/** @import { ClientMessage, RoomEvent } from "../../static/wire/types.js" */

const STATIC = fileURLToPath(new URL("../../static/", import.meta.url));
const TYPES = /** @type {Record<string, string>} */ ({ ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".html": "text/html" });
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types snug";
const LIMITS = { frame_bytes: 65_536, message_chars: 8_000, posts_per_second: 10, posts_burst: 30, frames_per_second: 50, sockets_per_user: 20, sockets_per_address: 2_000, handshakes_per_second: 200, connections_per_address: 4_000, outbox_bytes: 1_048_576, backlog: 4_096, replay_events: 1_000, sign_in_per_minute: 5 };

/** @typedef {{ id: number, user: number, created_at: number, last_seen_at: number, agent: string }} Login */

export class FakeServer {
  place = new FakePlace();
  build = "fake1";
  /** @type {Map<string, Login>} */
  logins = new Map();
  /** @type {Map<FakeSocket, Login>} */
  sockets = new Map();
  /** What the next posts are answered with instead; tests put refusals here. @type {Array<Refusal | "silence">} */
  answers = [];
  /** While false the handshake is refused, as by a dead server. */
  open = true;
  http = createServer((request, response) => void this.#http(request, response));

  async start() {
    this.http.on("upgrade", (request, stream) => this.#upgrade(request, stream));
    await new Promise((resolve) => this.http.listen(0, "127.0.0.1", () => resolve(undefined)));
    this.place.onEntry = (held, entry) => {
      for (const [socket, { user }] of this.sockets) if (held.members.has(user)) socket.send({ type: "event", ...entry });
    };
    const address = this.http.address();
    this.port = typeof address === "object" && address ? address.port : 0;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  async stop() {
    for (const socket of this.sockets.keys()) socket.cut();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** @param {import("node:http").IncomingMessage} request */
  #login(request) {
    return this.logins.get(/snug=([0-9a-f]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "");
  }

  /** @param {number} user @param {string} [agent] */
  signIn(user, agent = "") {
    const token = randomBytes(8).toString("hex");
    this.logins.set(token, { id: this.place.id(), user, created_at: Date.now(), last_seen_at: Date.now(), agent });
    return token;
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:stream").Duplex} stream */
  #upgrade(request, stream) {
    const login = this.#login(request);
    if (!login || !this.open) {
      stream.end(`HTTP/1.1 ${login ? "503 Service Unavailable" : "401 Unauthorized"}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    const socket = new FakeSocket(request, stream);
    const { place } = this;
    this.sockets.set(socket, login);
    socket.on("close", () => {
      this.sockets.delete(socket);
      this.presence();
    });
    socket.on("message", (message) => this.#hear(socket, login.user, message));
    socket.send({ type: "ready", me: place.user(login.user), rooms: place.roomsOf(login.user), place: place.name, sign_up: place.signUp, epoch: place.epoch, limits: LIMITS, version: "0.1.0", build: this.build });
    this.presence();
  }

  presence() {
    const online = [...new Set([...this.sockets.values()].map(({ user }) => user))];
    for (const socket of this.sockets.keys()) socket.send({ type: "presence", presence: "snapshot", online: [...online, ...this.alsoOnline] });
  }

  /** People who are there without a browser. @type {number[]} */
  alsoOnline = [];

  /** @param {FakeSocket} socket @param {number} user @param {ClientMessage} message */
  #hear(socket, user, message) {
    if (message.type === "typing") {
      for (const [other, login] of this.sockets) if (login.user !== user && this.place.rooms.get(message.room)?.members.has(login.user)) other.send({ type: "typing", room: message.room, user });
      return;
    }
    try {
      const answer = this.#answer(socket, user, message);
      if (answer) socket.send({ ...answer, ref: message.ref });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      socket.send({ type: "error", ref: message.ref, error: error.body });
    }
  }

  /** @param {FakeSocket} socket @param {number} user @param {Exclude<ClientMessage, { type: "typing" }>} message */
  #answer(socket, user, message) {
    const { place } = this;
    switch (message.type) {
      case "ping":
        return { type: "pong" };
      case "post": {
        const planned = this.answers.shift();
        if (planned === "silence") return null;
        if (planned) throw planned;
        return { type: "reply", did: "posted", ...place.post(place.mine(message.room, user), user, message.client_id, message.body) };
      }
      case "history":
        return { type: "page", ...place.page(place.mine(message.room, user), message) };
      case "resume":
        for (const { room, cursor } of message.rooms) {
          const held = place.mine(room, user);
          const entries = place.since(held, cursor);
          for (const entry of entries ?? []) socket.send({ type: "event", ...entry });
          socket.send(entries ? { type: "resumed", room, cursor: held.room.last } : { type: "reset", room });
        }
        return null;
      case "read":
        this.#read(message.room, user, message.number);
        return { type: "reply", did: "read", room: message.room, number: message.number };
      default:
        return { type: "reply", ...this.#change(user, message) };
    }
  }

  /** @param {number} room @param {number} user @param {number} number */
  #read(room, user, number) {
    const held = this.place.mine(room, user);
    held.read.set(user, Math.max(number, held.read.get(user) ?? 0));
    for (const [socket, login] of this.sockets) if (login.user === user) socket.send({ type: "read", room, number: held.read.get(user) });
  }

  /** @param {number} user @param {any} message */
  #change(user, message) {
    const { place } = this;
    const say = (/** @type {RoomEvent} */ event) => {
      place.say(place.mine(message.room, user), user, event);
      return { did: "done" };
    };
    switch (message.type) {
      case "create_room": {
        if (message.name.trim() === "") throw new Refusal(422, "room_name_invalid", "A room name has 1 to 64 characters.", { field: "name" });
        if ([...place.rooms.values()].some(({ room }) => room.name === message.name)) throw new Refusal(409, "room_name_taken", "Taken.", { field: "name" });
        const held = place.makeRoom({ kind: message.visibility, name: message.name, topic: message.topic }, [[user, "owner"]], user);
        place.say(place.person(user), user, { kind: "room_added", room: place.membership(held, user) });
        return { did: "entered", room: place.membership(held, user) };
      }
      case "open_direct": {
        const all = [...new Set([user, ...message.users])].sort((a, b) => a - b);
        let held = [...place.rooms.values()].find(({ room }) => room.kind === "direct" && room.people.join() === all.join());
        if (!held) {
          held = place.makeRoom({ kind: "direct" }, all.map((id) => [id, "member"]), user);
          for (const id of all) place.say(place.person(id), user, { kind: "room_added", room: place.membership(held, id) });
        }
        return { did: "entered", room: place.membership(held, user) };
      }
      case "join_room": {
        const held = place.rooms.get(message.room);
        if (held?.room.kind !== "public") throw notFound();
        place.enter(held, user, user);
        return { did: "entered", room: place.membership(held, user) };
      }
      case "leave_room":
        place.leave(place.mine(message.room, user), user, user);
        return { did: "done" };
      case "add_member":
        place.enter(place.mine(message.room, user), message.user, user);
        return { did: "done" };
      case "remove_member":
        place.leave(place.mine(message.room, user), message.user, user);
        return { did: "done" };
      case "rename_room":
        place.mine(message.room, user).room.name = message.name;
        return say({ kind: "renamed", name: message.name });
      case "set_topic":
        place.mine(message.room, user).room.topic = message.topic;
        return say({ kind: "topic_set", topic: message.topic });
      case "set_visibility":
        place.mine(message.room, user).room.kind = message.visibility;
        return say({ kind: "visibility_set", visibility: message.visibility });
      case "set_archived":
        place.mine(message.room, user).room.archived = message.archived;
        return say({ kind: message.archived ? "archived" : "unarchived" });
      case "set_display_name": {
        const known = place.users.get(user);
        if (!known || message.display_name.trim() === "") throw new Refusal(422, "display_name_invalid", "A display name has 1 to 64 characters.", { field: "display_name" });
        known.display_name = message.display_name.trim();
        place.say(place.hidden("place"), user, { kind: "user_changed", user: place.user(user) });
        return { did: "changed", user: place.user(user) };
      }
      case "rename_place":
        place.name = message.name;
        place.say(place.hidden("place"), user, { kind: "place_renamed", name: message.name });
        return { did: "done" };
      case "set_sign_up":
        place.signUp = message.mode;
        place.say(place.hidden("place"), user, { kind: "sign_up_set", mode: message.mode });
        return { did: "done" };
      default:
        throw new Refusal(400, "malformed", `unknown ${message.type}`);
    }
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #http(request, response) {
    const path = new URL(request.url ?? "/", "http://fake").pathname;
    const security = { "content-security-policy": CSP, "x-content-type-options": "nosniff", "cache-control": "no-cache" };
    try {
      if (path.startsWith("/api/v1/")) {
        let text = "";
        for await (const chunk of request) text += chunk;
        const { status = 200, body, cookie } = this.#rest(`${request.method} ${path.slice(7)}`, text === "" ? {} : JSON.parse(text), request);
        response.writeHead(status, { ...security, ...(cookie ? { "set-cookie": `snug=${cookie}; Path=/; HttpOnly; SameSite=Lax` } : {}), "content-type": "application/json" });
        response.end(body === undefined ? undefined : JSON.stringify(body));
        return;
      }
      const isFile = path.startsWith("/static/");
      const file = isFile ? normalize(path.split("/").slice(3).join("/")) : "index.html";
      const bytes = await readFile(join(STATIC, file));
      response.writeHead(200, { ...security, "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      response.end(isFile ? bytes : bytes.toString().replaceAll("%BUILD%", this.build));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : notFound();
      response.writeHead(refusal.status, { ...security, "content-type": "application/problem+json" });
      response.end(JSON.stringify({ type: "about:blank", title: refusal.body.code, status: refusal.status, ...refusal.body }));
    }
  }

  /**
   * @param {string} what
   * @param {any} form
   * @param {import("node:http").IncomingMessage} request
   * @returns {{ status?: number, body?: unknown, cookie?: string }}
   */
  #rest(what, form, request) {
    const { place } = this;
    const agent = request.headers["user-agent"] ?? "";
    const token = /^GET \/invites\/(.+)$/.exec(what)?.[1];
    if (token) {
      const invite = place.invites.get(token);
      if (!invite) throw new Refusal(404, "invite_invalid", "This invite does not work any more.");
      return { body: { place_name: place.name, invited_by: place.user(invite.by).display_name } };
    }
    switch (what) {
      case "GET /place":
        return { body: { set_up: place.setUp, name: place.setUp ? place.name : null, sign_up: place.signUp, version: "0.1.0", build: this.build } };
      case "POST /setup": {
        if (form.code !== place.code) throw new Refusal(403, "setup_code_wrong", "That is not the code.", { field: "code" });
        const me = this.setUp(form);
        return { status: 201, body: { me, invite: this.invite(me.id) }, cookie: this.signIn(me.id, agent) };
      }
      case "POST /sign-up": {
        const invite = form.invite === undefined ? undefined : place.invites.get(form.invite);
        if (place.signUp !== "open" && !invite) throw new Refusal(403, "sign_up_closed", "Sign-up is by invite only.");
        if (invite) invite.used += 1;
        const me = place.addUser(form, "member");
        return { status: 201, body: { me }, cookie: this.signIn(me.id, agent) };
      }
      case "POST /sign-in": {
        const user = [...place.users.values()].find(({ username }) => username === form.username);
        if (!user || user.password !== form.password) throw new Refusal(401, "sign_in_failed", "Username and password do not belong together.");
        return { body: { me: place.user(user.id) }, cookie: this.signIn(user.id, agent) };
      }
      default:
        break;
    }
    const login = this.#login(request);
    if (what === "POST /sign-out") {
      if (login) this.#end((one) => one === login, 4100);
      return { status: 204 };
    }
    if (!login) throw new Refusal(401, "unauthenticated", "Sign in first.");
    return this.#mine(what, form, login);
  }

  /** @param {string} what @param {any} form @param {Login} login @returns {{ status?: number, body?: unknown }} */
  #mine(what, form, login) {
    const { place } = this;
    const [, method, kind, id, sub] = /^(\w+) \/([\w-]+)(?:\/([\w-]+))?(?:\/([\w-]+))?/.exec(what) ?? [];
    const route = `${method} /${kind}`;
    if (what === "GET /me") return { body: { me: place.user(login.user), login_session: login.id, second_factor_missing: false } };
    if (what === "GET /me/tokens") return { body: [] };
    if (what === "GET /me/second-factor") return { body: { enabled: false, confirmed_at: null, recovery_codes_left: 0 } };
    if (what === "POST /me/password") {
      if (place.users.get(login.user)?.password !== form.current) throw new Refusal(403, "password_wrong", "That is not your password.", { field: "current" });
      Object.assign(place.users.get(login.user) ?? {}, { password: form.new });
      this.#end((one) => one.user === login.user && one !== login, 4102);
      return { status: 204 };
    }
    if (what === "GET /me/sessions") {
      const mine = [...this.logins.values()].filter(({ user }) => user === login.user);
      return { body: mine.map((one) => ({ id: one.id, current: one === login, created_at: one.created_at, last_seen_at: one.last_seen_at, address: "192.168.1.20", agent: one.agent, open_sockets: [...this.sockets.values()].filter((other) => other === one).length })) };
    }
    if (route === "DELETE /me") {
      this.#end((one) => one.user === login.user && (sub ? one.id === Number(sub) : one !== login), 4100);
      return { status: 204 };
    }
    if (route === "GET /invites") return { body: [...place.invites.values()].map(({ id: invite, by, at, used }) => ({ id: invite, created_by: by, created_at: at, expires_at: null, uses_left: null, used, role: "member", rooms: [] })) };
    if (route === "POST /invites") return { status: 201, body: this.invite(login.user) };
    if (route === "DELETE /invites") {
      for (const [key, invite] of place.invites) if (invite.id === Number(id)) place.invites.delete(key);
      return { status: 204 };
    }
    if (route === "GET /users") return { body: id ? place.user(Number(id)) : [...place.users.keys()].map((user) => place.user(user)) };
    if (what === "GET /rooms") return { body: place.roomsOf(login.user) };
    if (what === "GET /rooms/public") {
      const all = [...place.rooms.values()].filter(({ room }) => room.kind === "public");
      return { body: all.map(({ room, members }) => ({ id: room.id, name: room.name, topic: room.topic, members: members.size, archived: room.archived, joined: members.has(login.user) })) };
    }
    if (route === "GET /rooms" && sub === "members") return { body: place.membersOf(place.mine(Number(id), login.user)) };
    if (route === "GET /rooms") return { body: place.membership(place.mine(Number(id), login.user), login.user) };
    throw notFound();
  }

  /** @param {(login: Login) => boolean} which @param {number} code */
  #end(which, code) {
    for (const [token, login] of this.logins) if (which(login)) this.logins.delete(token);
    for (const [socket, login] of this.sockets) if (which(login)) socket.close(code);
  }

  /** @param {{ place_name: string, sign_up: "invite" | "open", username: string, display_name: string, password: string }} form */
  setUp(form) {
    const { place } = this;
    const owner = place.addUser(form, "owner");
    place.setUp = true;
    place.name = form.place_name;
    place.signUp = form.sign_up;
    place.makeRoom({ kind: "place" }, [[owner.id, "member"]]);
    place.makeRoom({ kind: "public", name: "general", is_default: true }, [[owner.id, "owner"]], owner.id);
    return owner;
  }

  /** @param {number} by */
  invite(by) {
    const token = randomBytes(12).toString("base64url");
    const id = this.place.id();
    this.place.invites.set(token, { id, by, at: Date.now(), used: 0 });
    return { id, token, url: `${this.url}/join/${token}` };
  }
}
