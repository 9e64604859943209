// A place on the real server, the people in it, and the question that is asked after everything that happens: does what a page made
// of the events equal what a page shows that comes only now?
import assert from "node:assert/strict";
import { Server } from "../browser/support/server.js";
import { become } from "./browser.mjs";
import { Person } from "./person.mjs";
import { OUT, Screen } from "./screen.mjs";

/** Nobody here waits for an allowance: how they are kept is shown elsewhere. */
const UNHURRIED = { SNUG_LIMITS_SIGN_IN_PER_MINUTE: "1000", SNUG_LIMITS_POSTS_PER_SECOND: "1000", SNUG_LIMITS_FRAMES_PER_SECOND: "1000" };

export class Place {
  /** What was used: types of client messages, routes that let someone do something, kinds of events that somebody heard. */
  used = { messages: new Set(), routes: new Set(), kinds: new Set() };
  /** Whose pages are compared. @type {Set<Person>} */
  present = new Set();
  /** Everybody who has ever opened the page. @type {Set<Person>} */
  known = new Set();
  #fetch = globalThis.fetch;

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    this.address = server.address;
  }

  /** A server with an empty place. */
  static async open() {
    const place = new Place(await Server.start(UNHURRIED));
    become(place.address);
    return place;
  }

  /** @param {string} path @param {RequestInit} init */
  fetch(path, init) {
    return this.#fetch(this.address + path, init);
  }

  /** @param {string} name */
  person(name) {
    return new Person(name, this);
  }

  /** The owner goes through the wizard. @param {string} name */
  async founder(name) {
    const founder = this.person(name);
    const code = (await this.server.setupAddress()).hash.replace(/^#(code=)?/, "");
    const { me, invite } = await founder.calls("POST /setup", [], { ...founder.account, code, place_name: "The Works", sign_up: "invite" });
    founder.id = me.id;
    return { founder, invite: invite.token };
  }

  /** @param {string} name @param {string} [invite] */
  async newcomer(name, invite) {
    const newcomer = this.person(name);
    const { me } = await newcomer.calls("POST /sign-up", [], { ...newcomer.account, ...(invite === undefined ? {} : { invite }) });
    newcomer.id = me.id;
    return newcomer;
  }

  /**
   * Does something and holds every page against a fresh one: those that heard of it, and those that slept meanwhile.
   * @param {() => Promise<unknown>} act
   */
  async after(act) {
    /** @type {Map<Person, Set<number>>} */
    const before = new Map();
    for (const person of this.present) {
      person.sleeper?.sleeps();
      before.set(person, new Set(person.screen?.page.rooms.all.peek().keys()));
    }
    await act();
    await Promise.all([...this.present].map((person) => this.#agrees(person, before.get(person) ?? new Set())));
  }

  /** @param {Person} person @param {Set<number>} before the rooms they were in */
  async #agrees(person, before) {
    const { screen, sleeper } = person;
    if (!screen || !sleeper) return; // They shut their page meanwhile.
    const fresh = await Screen.open(person);
    try {
      await agree(screen, fresh);
      await sleeper.wakes();
      await agree(sleeper, fresh);
    } finally {
      fresh?.sleeps();
    }
    const heard = screen.heard.splice(0);
    const stranger = heard.find(({ room }) => !before.has(room) && !screen.page.rooms.all.peek().has(room));
    assert.equal(stranger, undefined, `${person.name} heard of a room that is not theirs`);
  }

  async close() {
    for (const person of [...this.present]) person.closesThePage();
    await this.server.end();
  }
}

/**
 * @param {Screen} screen
 * @param {Screen | null} fresh one of the same person, opened after what happened
 * @param {number} [patience] milliseconds
 */
export async function agree(screen, fresh, patience = 10_000) {
  const same = async () => {
    const { line } = screen.page.connection;
    if (line.peek().is === "waiting") screen.retries();
    await screen.looksAround();
    return differs(screen, fresh) === null;
  };
  await screen.until(same, "the page shows what a fresh one shows", patience).catch((late) => {
    const error = differs(screen, fresh);
    if (error) throw error;
    throw late;
  });
}

/** @param {Screen} screen @param {Screen | null} fresh @returns {Error | null} */
function differs(screen, fresh) {
  const [shown, expected] = [screen.shows(), fresh?.shows() ?? OUT];
  if ("people" in shown && "people" in expected && expected.me.role === "guest") {
    // Whom a guest got to know and no longer meets stays known to the page that met them.
    shown.people = Object.fromEntries(Object.entries(shown.people).filter(([id]) => id in expected.people));
  }
  try {
    assert.deepEqual(shown, expected, `${screen.person.name}'s page differs from a fresh one`);
    return null;
  } catch (error) {
    return /** @type {Error} */ (error);
  }
}
