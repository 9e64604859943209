// One page of one person: the page's own state, line and composition (static/app.js), without its views.
import { Router } from "../../static/core/router.js";
import { makeApp } from "../../static/app.js";
import { Refused } from "../../static/net/refused.js";
import { rest } from "../../static/net/rest.js";
import { memoryStore } from "../../static/state/outbox_store.js";
import { Prefs } from "../../static/state/prefs.js";
import { within } from "./browser.mjs";

/** @import { App } from "../../static/app.js" */
/** @import { LogEntry } from "../../static/wire/types.js" */
/** @import { Person } from "./person.mjs" */

export const OUT = Object.freeze({ line: "out" });

/** @template T @param {Iterable<[number, T]>} pairs @returns {Record<number, T>} */
const byId = (pairs) => Object.fromEntries([...pairs].sort(([one], [other]) => one - other));

export class Screen {
  /** Events heard since the last look at them. @type {LogEntry[]} */
  heard = [];
  /** A kind of event that this page misses, to show that it is found out. @type {string | null} */
  deafTo = null;
  /** The type of each message that awaits its answer: one that was refused has not been tried. @type {Map<number, string>} */
  #asked = new Map();
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {import("./browser.mjs").Tab} */
  tab;

  /** @param {Person} person */
  constructor(person) {
    this.person = person;
    this.tab = {
      fetch: (path, init) => person.fetch(path, init),
      headers: () => person.headers(),
      says: (message) => {
        if (message.ref === undefined) person.place.used.messages.add(message.type);
        else this.#asked.set(message.ref, message.type);
      },
      hears: (message) => {
        if (message.type === "resumed") person.place.used.messages.add("resume");
        if (message.ref !== undefined && message.type !== "error") person.place.used.messages.add(this.#asked.get(message.ref));
        if (message.type !== "event") return true;
        this.heard.push(message);
        person.place.used.kinds.add(message.event.kind);
        return message.event.kind !== this.deafTo;
      },
      changed: () => {
        for (const wake of this.#waiting) wake();
        this.#waiting.clear();
      },
    };
    /** @type {App | null} */
    this.app = null;
  }

  /** @param {Person} person @returns {Promise<Screen | null>} null for who is not signed in */
  static async open(person) {
    const screen = new Screen(person);
    return within(screen.tab, async () => {
      try {
        const [place, { me }] = await Promise.all([rest.place(), rest.me()]);
        screen.app = makeApp({ me, place, build: place.build, router: new Router(window), prefs: new Prefs(), store: memoryStore() });
      } catch (error) {
        if (error instanceof Refused && error.code === "unauthenticated") return null;
        throw error;
      }
      await screen.wakes();
      return screen;
    });
  }

  /** @returns {App} */
  get page() {
    if (!this.app) throw new Error(`${this.person.name} is not signed in`);
    return this.app;
  }

  get isOut() {
    const { is } = this.page.connection.line.peek();
    return is === "signed_out" || is === "given_up";
  }

  /** Opens the line, the first time or again, and looks around. */
  async wakes() {
    const { connection } = this.page;
    within(this.tab, () => connection.start());
    await this.until(() => connection.line.peek().is === "open" || this.isOut, "the line is open");
    await this.looksAround();
  }

  /** Does not wait out the back-off after a lost line. */
  retries() {
    within(this.tab, () => this.page.connection.retry());
  }

  /** Shuts the lid: the line is gone, what is known stays. */
  sleeps() {
    within(this.tab, () => this.page.connection.stop());
  }

  /** Opens what a person can open and has not: rooms, their people, the list of public rooms; and asks who wrote what is shown. */
  async looksAround() {
    const { rooms, logs, members, directory, session, people, connection } = this.page;
    await within(this.tab, async () => {
      for (const { id } of rooms.visible.peek()) {
        if (connection.line.peek().is !== "open") return;
        if (!logs.has(id)) await this.page.do.load(id, null);
        if (!members.of(id)) await this.page.do.loadMembers(id).catch(refusedOnly);
        for (const { message } of logs.of(id).peek().log?.items ?? []) {
          if (message && !people.all.peek().has(message.author)) await this.page.do.meet(message.author);
        }
      }
      if (session.me.peek().role !== "guest" && directory.rooms.peek() === null) await this.page.do.browse().catch(refusedOnly);
    });
  }

  /** Everything that the views would draw, but for what is best effort (typing, presence). */
  shows() {
    if (this.isOut) return OUT;
    const { session, rooms, people, logs, members, directory, sync, pending, connection } = this.page;
    const visible = rooms.visible.peek();
    return {
      line: connection.line.peek().is,
      me: session.me.peek(),
      place: [session.place.peek(), session.signUp.peek(), session.version.peek(), session.outdated.peek(), session.epoch, session.limits.peek()],
      rooms: byId(rooms.all.peek()),
      cursors: byId([...rooms.all.peek().keys()].map((id) => [id, sync.cursor(id)])),
      unread: rooms.unread.peek(),
      people: byId(people.all.peek()),
      talksWith: byId(visible.filter(({ kind }) => kind === "direct").map((room) => [room.id, room.people.map((id) => people.all.peek().get(id)?.display_name)])),
      members: byId(visible.map(({ id }) => [id, byId((members.of(id) ?? []).map((member) => [member.user.id, member]))])),
      said: byId(visible.map(({ id }) => [id, this.#said(id, logs)])),
      // How many are in a room that one may join is as of when the list was opened: everyone would be told of every coming and going.
      directory: directory.rooms.peek()?.map(({ members: _, joined: __, ...room }) => ({ ...room, joined: rooms.all.peek().has(room.id) })).sort((one, other) => one.id - other.id),
      pending: pending.all.peek().length,
    };
  }

  /** @param {number} room @param {App["logs"]} logs the messages; the quiet lines between them are news, and a page that comes later has none */
  #said(room, logs) {
    const { log } = logs.of(room).peek();
    return { hasOlder: log?.hasOlder, hasNewer: log?.hasNewer, messages: log?.items.flatMap(({ message }) => message ?? []) };
  }

  /**
   * Waits until something holds, looking again whenever something has come in.
   * @param {() => boolean | Promise<boolean>} holds
   * @param {string} what
   * @param {number} [patience] milliseconds
   */
  async until(holds, what, patience = 10_000) {
    const deadline = Date.now() + patience;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`${this.person.name}: not within ${patience} ms: ${what}`);
      await this.news(Math.min(1_000, patience));
    }
  }

  /** @param {number} most milliseconds: some things change without a word, such as an answer by HTTP */
  news(most) {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, most);
      this.#waiting.add(() => {
        clearTimeout(late);
        resolve(undefined);
      });
    });
  }
}

/** @param {unknown} error what is no longer one's own is refused, and the event that says so is on its way */
function refusedOnly(error) {
  if (!(error instanceof Refused)) throw error;
}
