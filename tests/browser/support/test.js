// The `test` of the specs: every test gets a server of its own and a team to fill it with.
import { test as base, expect } from "@playwright/test";

import { PASSWORD, Person } from "./person.js";
import { Server } from "./server.js";
import { Wire } from "./wire.js";

export { expect };

/** The people of one place. */
export class Team {
  /** @type {Person[]} */
  people = [];
  /** The path of the invite link that the wizard gave. */
  #invite = "";

  /**
   * @param {import("@playwright/test").Browser} browser
   * @param {Server} server
   * @param {() => Promise<Wire>} [makeWire] by default everybody has a line of their own
   */
  constructor(browser, server, makeWire = () => Wire.to(() => server.address)) {
    this.browser = browser;
    this.server = server;
    this.makeWire = makeWire;
  }

  /**
   * A person with a fresh browser window and a line of their own to the server.
   * @param {string} name
   * @param {import("@playwright/test").BrowserContextOptions} [options]
   */
  async arrives(name, options = {}) {
    const wire = await this.makeWire();
    const context = await this.browser.newContext(options);
    const person = new Person(name, context, await context.newPage(), wire);
    this.people.push(person);
    return person;
  }

  /** Opens the address that the server printed, and goes through the wizard. @param {string} name */
  async founds(name) {
    const founder = await this.arrives(name);
    const address = await this.server.setupAddress();
    await founder.opens(address.pathname + address.hash);
    await founder.fills({ place_name: "The Works" });
    await founder.submits();
    await founder.fills(founder.account);
    await founder.submits();
    // The wizard tries the socket by itself, so that a bad proxy is named here and not later.
    await expect(founder.page.locator(".socket-check.good")).toBeVisible();
    this.#invite = new URL(await founder.page.locator(".link-box input").inputValue()).pathname;
    await founder.page.locator(".setup-done .buttons button").click();
    await founder.goesToGeneral();
    return founder;
  }

  /** Follows an invite link, the wizard's where none is named. @param {string} name @param {string} [invite] its path */
  async signsUp(name, invite = this.#invite) {
    const person = await this.arrives(name);
    await person.opens(invite);
    await person.fills(person.account);
    await person.submits();
    if (invite === this.#invite) await person.goesToGeneral();
    return person;
  }

  /** Another device of someone who has an account. @param {string} name */
  async signsIn(name) {
    const person = await this.arrives(name);
    await person.opens("/sign-in");
    await person.fills({ username: name, password: PASSWORD });
    await person.submits();
    await person.goesToGeneral();
    return person;
  }

  async goes() {
    for (const { context } of this.people) await context.close();
    for (const wire of new Set(this.people.map((person) => person.wire))) await wire.end();
    expect(this.people.flatMap(({ name, complaints }) => complaints.map((complaint) => `${name}: ${complaint}`))).toEqual([]);
  }
}

/** @typedef {{ settings: Record<string, string>, snug: Server, team: Team }} Fixtures  `settings` of the server, by `test.use` */

export const test = base.extend(
  /** @type {import("@playwright/test").Fixtures<Fixtures, {}, import("@playwright/test").PlaywrightTestArgs, import("@playwright/test").PlaywrightWorkerArgs>} */ ({
    settings: [{}, { option: true }],
    snug: async ({ settings }, use) => {
      const server = await Server.start(settings);
      try {
        await use(server);
      } finally {
        await server.end();
      }
    },
    team: async ({ browser, snug }, use) => {
      const team = new Team(browser, snug);
      try {
        await use(team);
        // With everybody's sockets still open: that is what a restart looks like.
        await snug.stop();
      } finally {
        await team.goes();
      }
    },
  }),
);
