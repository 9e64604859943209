// Someone with an account: their cookie, what they ask for, and the page that stays open.
import assert from "node:assert/strict";
import { Refused } from "../../static/net/refused.js";
import { Screen } from "./screen.mjs";
import { within } from "./browser.mjs";

/** @import { ClientMessage, Request } from "../../static/wire/types.js" */
/** @import { Place } from "./place.mjs" */

export const PASSWORD = "correct horse battery staple";

export class Person {
  id = 0;
  /** @type {Map<string, string>} */
  #cookies = new Map();
  /** The page that folds what it hears. @type {Screen | null} */
  screen = null;
  /** A second page, which is asleep whenever something happens and catches up afterwards. @type {Screen | null} */
  sleeper = null;

  /** @param {string} name @param {Place} place */
  constructor(name, place) {
    this.name = name;
    this.place = place;
  }

  get account() {
    return { username: this.name, display_name: this.name, password: PASSWORD };
  }

  /** @returns {Record<string, string>} */
  headers() {
    return { origin: this.place.address, cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  }

  /** @param {string} path @param {RequestInit} [init] */
  async fetch(path, init = {}) {
    const response = await this.place.fetch(path, { ...init, headers: { ...this.headers(), .../** @type {any} */ (init.headers) } });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "" || /max-age=0/i.test(cookie)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /**
   * Calls a route of the API, which counts as tried once it has let someone do it.
   * @param {string} route as the API describes it: `POST /rooms/{id}/join`
   * @param {Array<number | string>} [ids] what stands in the braces, in order
   * @param {unknown} [body]
   * @returns {Promise<any>} the answer
   */
  async calls(route, ids = [], body) {
    const [method = "", template = ""] = route.split(" ");
    const left = [...ids];
    const path = template.replaceAll(/\{\w+\}/g, () => String(left.shift()));
    const response = await this.fetch(`/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Refused(JSON.parse(text));
    this.place.used.routes.add(route);
    return response.headers.get("content-type") === "application/json" ? JSON.parse(text) : text;
  }

  /** Asks by the socket of the open page. @param {Request} request @returns {Promise<any>} */
  asks(request) {
    const { screen } = this;
    assert(screen, `${this.name} has no page open`);
    return within(screen.tab, () => screen.page.connection.request(request));
  }

  /** @param {number} room */
  types(room) {
    const { screen } = this;
    assert(screen, `${this.name} has no page open`);
    within(screen.tab, () => screen.page.do.type(room));
  }

  /** Writes in the composer and sends. @param {number} room @param {string} text */
  async says(room, text) {
    const { screen } = this;
    assert(screen, `${this.name} has no page open`);
    await within(screen.tab, () => screen.page.do.post(room, text));
    await screen.until(() => screen.page.pending.all.peek().length === 0, `“${text}” is stored`);
  }

  /** @param {Promise<unknown>} asked something that must be refused @param {string} code */
  async isRefused(asked, code) {
    await assert.rejects(asked, (error) => error instanceof Refused && error.code === code);
  }

  /** @param {string} [password] */
  async signsIn(password = PASSWORD) {
    const { me } = await this.calls("POST /sign-in", [], { username: this.name, password });
    this.id = me.id;
  }

  /** Opens the page anew, as after a sign-in, in place of what was open. */
  async opensThePage() {
    this.closesThePage();
    [this.screen, this.sleeper] = await Promise.all([Screen.open(this), Screen.open(this)]);
    assert(this.screen && this.sleeper, `${this.name} is not signed in`);
    this.place.present.add(this);
    this.place.known.add(this);
    return this;
  }

  closesThePage() {
    this.screen?.sleeps();
    this.sleeper?.sleeps();
    this.screen = this.sleeper = null;
    this.place.present.delete(this);
  }
}
