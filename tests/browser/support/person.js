// One person with one browser, and what they do and see, in the product's words.
import { expect } from "@playwright/test";

/** A name of this machine that is not localhost: pages there have no Web Locks, no randomUUID and no clipboard. */
export const PLAIN_HOST = "snug.test";

export const PASSWORD = "correct horse battery staple";

export class Person {
  /** Everything the page did that it never should: script errors, refused markup, calls to other hosts. @type {string[]} */
  complaints = [];

  /**
   * @param {string} name the username; the display name is the same with a capital
   * @param {import("@playwright/test").BrowserContext} context
   * @param {import("@playwright/test").Page} page
   * @param {import("./wire.js").Wire} wire
   */
  constructor(name, context, page, wire) {
    this.name = name;
    this.displayName = name[0]?.toUpperCase() + name.slice(1);
    this.context = context;
    this.page = page;
    this.wire = wire;
    page.on("pageerror", (error) => this.complaints.push(`script error: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) this.complaints.push(message.text());
    });
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith("http") && hostname !== wire.host) this.complaints.push(`the page called ${request.url()}`);
    });
  }

  /** @param {string} path with its fragment, on this person's own address of the server */
  async opens(path) {
    await this.page.goto(this.wire.address + path);
  }

  /** Fills fields by the names they have in the request; those of a dialog where one is open. @param {Record<string, string>} fields */
  async fills(fields) {
    const dialog = this.page.locator("dialog[open]");
    const where = (await dialog.count()) > 0 ? dialog : this.page;
    for (const [name, value] of Object.entries(fields)) await where.locator(`[name="${name}"]`).fill(value);
  }

  async submits() {
    await this.page.locator("form button[type=submit]").click();
  }

  /** @returns what the sign-up form and the wizard both ask of a person */
  get account() {
    return { username: this.name, display_name: this.displayName, password: PASSWORD };
  }

  /** The room everybody lands in: shown at once on a wide screen, and always one click away. */
  async goesToGeneral() {
    await this.page.locator("a[data-room]", { hasText: "general" }).click();
    await expect(this.composer).toBeVisible();
  }

  /** Its link at the side. @param {string} name */
  room(name) {
    return this.page.locator("a[data-room]", { hasText: name });
  }

  /** @param {string} name */
  unreadIn(name) {
    return this.room(name).locator(".count");
  }

  /** The name of what is open. */
  get heading() {
    return this.page.locator("main h1");
  }

  /** @param {string} name */
  async goesTo(name) {
    await this.room(name).click();
    await expect(this.heading).toHaveText(new RegExp(`^${name}`));
  }

  /** @param {string} name @param {"public" | "private"} [visibility] */
  async makesRoom(name, visibility = "public") {
    await this.page.getByRole("button", { name: "New room" }).click();
    await this.fills({ name });
    await this.page.locator(`dialog input[value=${visibility}]`).check();
    await this.page.locator("dialog button[type=submit]").click();
    await expect(this.heading).toHaveText(new RegExp(`^${name}`));
  }

  get composer() {
    return this.page.locator("textarea.composer-input");
  }

  /** @param {string} text */
  #messages(text) {
    const body = this.page.locator(".body").getByText(text, { exact: true });
    return this.page.locator("article.message").filter({ has: body });
  }

  /** Writes and sends; does not wait for the server. @param {string} text */
  async says(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.#messages(text)).toHaveCount(1);
  }

  /** Sees the message once, as one that is stored. @param {string} text */
  async sees(text) {
    await expect(this.#messages(text).and(this.page.locator(".stored"))).toHaveCount(1);
    await expect(this.#messages(text)).toHaveCount(1);
  }

  /** The own message is shown, but nobody has stored it yet. @param {string} text */
  async stillHolds(text) {
    await expect(this.#messages(text).and(this.page.locator(":not(.stored)"))).toHaveCount(1);
  }

  /** The words that come up at the lower edge and go again. @param {string | RegExp} words */
  async isTold(words) {
    await expect(this.page.locator(".toast")).toHaveText(words);
  }

  /** Opens the page of somebody. @param {Person} other */
  async looksAt(other) {
    await this.opens("/people");
    await this.page.getByRole("link", { name: other.displayName }).click();
    await expect(this.heading).toHaveText(other.displayName);
  }

  /** Says yes to what was asked once more. */
  async confirms() {
    await this.page.locator("dialog .danger").click();
    await expect(this.page.locator("dialog")).toHaveCount(0);
  }

  async reloads() {
    await this.page.reload();
  }

  losesTheLine() {
    this.wire.cut();
  }

  findsTheLineAgain() {
    this.wire.mend();
  }

  /** The whole conversation of the open room, as it stands on the screen. */
  async lines() {
    return this.page.locator("article.message .body").allInnerTexts();
  }

  /** Sees exactly these lines in this order and no other. @param {string[]} lines */
  async seesExactly(lines) {
    await expect(this.page.locator("article.message.stored .body")).toHaveText(lines);
    expect(await this.lines()).toEqual(lines);
  }
}
