// The page in a real browser, against the fake server: what one cannot see from the state alone.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { expect } from "@playwright/test";
import { PLAIN_HOST, launch, window as openWindow } from "./browser.mjs";
import { Refusal } from "./fake_place.mjs";
import { FakeServer } from "./fake_server.mjs";
import { fillPlace } from "./fake_talk.mjs";

/** @type {import("@playwright/test").Browser} */
let browser;
/** @type {FakeServer} */
let server;
/** @type {ReturnType<typeof fillPlace>} */
let people;
/** @type {Array<{ context: import("@playwright/test").BrowserContext, complaints: string[] }>} */
let windows = [];

before(async () => {
  browser = await launch();
});
after(() => browser.close());
beforeEach(async () => {
  server = await new FakeServer().start();
  people = fillPlace(server);
  windows = [];
});
afterEach(async () => {
  const complaints = windows.flatMap((one) => one.complaints);
  for (const { context } of windows) await context.close();
  await server.stop();
  assert.deepEqual(complaints, []);
});

/** @param {{ id: number }} who @param {string} path @param {{ host?: string, token?: string }} [how] */
async function opens(who, path, { host = "127.0.0.1", token = server.signIn(who.id) } = {}) {
  const address = `http://${host}:${server.port}`;
  const made = await openWindow(browser, address, token);
  windows.push(made);
  await made.page.goto(address + path);
  return made.page;
}

/** @typedef {import("@playwright/test").Page} Page */

/** @param {Page} page */
const composer = (page) => page.getByRole("textbox", { name: /^Message / });

/** @param {Page} page @param {string} text */
const said = (page, text) => page.getByRole("article").filter({ hasText: text });

/** @param {Page} page @param {string} text */
async function says(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

const stored = (/** @type {string} */ body) => [...server.place.rooms.values()].flatMap(({ messages }) => messages).filter((message) => message.body === body).length;

test("two people talk; who looks elsewhere sees it at the side and in the title", async () => {
  const maya = await opens(people.maya, `/room/${people.workshop}`);
  const jonas = await opens(people.jonas, `/room/${people.workshop}`);
  await expect(said(jonas, "Works on my machine")).toBeVisible();
  await jonas.keyboard.press("Escape");
  await says(maya, "The **glass** is here");
  await expect(jonas.getByRole("strong").filter({ hasText: "glass" })).toBeVisible();
  await expect(jonas.getByRole("log").getByText("Maya Lindqvist: The **glass** is here")).toBeAttached();
  await jonas.getByRole("link", { name: /^old shed/ }).click();
  await composer(maya).pressSequentially("More");
  await composer(maya).press("Enter");
  await expect(jonas.getByRole("link", { name: /workshop.*1 unread/ })).toBeVisible();
  await expect(jonas).toHaveTitle(/^\(\d+\+?\) #old shed – Corner House$/);
  await jonas.keyboard.press("Alt+Shift+ArrowDown");
  await jonas.getByRole("link", { name: /workshop/ }).click();
  await expect(jonas.getByRole("link", { name: /workshop.*unread/ })).toHaveCount(0);
});

test("a message whose reply is lost with the line is sent again and stands there once", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  await expect(said(page, "Works on my machine")).toBeVisible();
  server.answers.push("silence");
  await says(page, "Only once");
  await expect(said(page, "Only once")).toHaveClass(/sending/);
  for (const socket of server.sockets.keys()) socket.cut();
  await expect(said(page, "Only once")).toHaveClass(/stored/, { timeout: 15_000 });
  await expect(said(page, "Only once")).toHaveCount(1);
  assert.equal(stored("Only once"), 1);
});

test("what is written without a line survives a reload and is sent when the server is back", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  await expect(said(page, "Works on my machine")).toBeVisible();
  server.open = false;
  for (const socket of server.sockets.keys()) socket.cut();
  await says(page, "From the tunnel");
  await says(page, "Still there");
  await expect(said(page, "From the tunnel")).toHaveClass(/waiting/);
  await expect(page.getByRole("status").filter({ hasText: "What you write is kept" })).toBeVisible();
  server.open = true;
  await page.reload();
  await expect(said(page, "Still there")).toHaveClass(/stored/, { timeout: 15_000 });
  await expect(said(page, "From the tunnel")).toHaveCount(1);
  assert.deepEqual([stored("From the tunnel"), stored("Still there")], [1, 1]);
});

test("a refused message says why, and can be sent again or thrown away", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  server.answers.push(new Refusal(403, "room_archived", "archived"), new Refusal(503, "busy", "busy", { retry_after_ms: 50 }));
  await says(page, "Hello?");
  await expect(said(page, "Hello?")).toContainText("Not sent. The room has been archived.");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(said(page, "Hello?")).toHaveClass(/stored/);
  server.answers.push(new Refusal(422, "body_too_long", "too long"));
  await says(page, "Never mind");
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(said(page, "Never mind")).toHaveCount(0);
});

test("without Web Locks, randomUUID and clipboard everything works, from two tabs", async () => {
  const token = server.signIn(people.maya.id);
  const page = await opens(people.maya, `/room/${people.workshop}`, { host: PLAIN_HOST, token });
  assert.deepEqual(await page.evaluate(() => [isSecureContext, "locks" in navigator, "clipboard" in navigator, "randomUUID" in crypto]), [false, false, false, false]);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await says(page, "From the first tab");
  await expect(said(other, "From the first tab")).toHaveClass(/stored/);
  await says(other, "From the second tab");
  await expect(said(page, "From the second tab")).toHaveClass(/stored/);
  await said(page, "From the first tab").hover();
  await said(page, "From the first tab").getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Link copied" })).toBeVisible();
  assert.deepEqual([stored("From the first tab"), stored("From the second tab")], [1, 1]);
});

test("a long history: at most 300 messages, the place kept while older ones come, and back to the present", async () => {
  const page = await opens(people.maya, `/room/${people.general}/400`);
  const feed = page.getByRole("feed");
  await expect(page.locator('[data-number="400"]')).toBeVisible();
  for (let turn = 0; turn < 60 && (await page.locator('[data-number="20"]').count()) === 0; turn += 1) {
    const seen = await page.evaluate(() => {
      const top = document.querySelector(".scroller")?.getBoundingClientRect().top ?? 0;
      const row = [...document.querySelectorAll("article")].find((one) => one.getBoundingClientRect().top >= top);
      return { number: row?.dataset["number"], y: Math.round(row?.getBoundingClientRect().top ?? 0) };
    });
    await page.evaluate(async () => {
      document.querySelector(".scroller")?.scrollBy(0, -400);
      for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    });
    await expect(feed).toHaveAttribute("aria-busy", "false");
    // However many rows came in above, the row moved by what was scrolled and no more.
    const y = await page.evaluate((number) => Math.round(document.querySelector(`[data-number="${number}"]`)?.getBoundingClientRect().top ?? -1), seen.number ?? "");
    assert.ok(y - seen.y >= -1 && y - seen.y <= 401, `moved by ${y - seen.y}`);
    assert.ok((await page.getByRole("article").count()) <= 300);
  }
  await expect(page.locator('[data-number="20"]')).toBeAttached();
  await expect(page.locator('[data-number="400"]')).toHaveCount(0);
  await page.getByRole("button", { name: "Jump to present" }).click();
  await expect(page.locator('[data-number="400"]')).toBeAttached();
});

test("where one left stands a line, and reading to the end is known to the other tab", async () => {
  const token = server.signIn(people.maya.id);
  const page = await opens(people.maya, `/room/${people.general}`, { token });
  await expect(page.getByText("New", { exact: true })).toBeAttached();
  const other = await page.context().newPage();
  await other.goto(`${server.url}/room/${people.archive}`);
  await expect(other.getByRole("link", { name: /general.*40 unread/ })).toBeVisible();
  await page.bringToFront();
  await page.getByRole("button", { name: "40 new messages" }).click();
  await expect(other.getByRole("link", { name: /general.*unread/ })).toHaveCount(0);
  await expect(page.getByText("New", { exact: true })).toBeAttached();
});

test("a gap, a reset and a restored database end in the same room as a fresh look", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  await expect(said(page, "Works on my machine")).toBeVisible();
  const held = server.place.rooms.get(people.workshop);
  assert.ok(held);
  const { onEntry } = server.place;
  server.place.onEntry = () => {};
  server.place.post(held, people.anna.id, "11111111-1111-4111-8111-111111111111", "Missed by the line");
  server.place.onEntry = onEntry;
  server.place.post(held, people.anna.id, "22222222-2222-4222-8222-222222222222", "Heard by the line");
  await expect(said(page, "Missed by the line")).toHaveCount(1);
  await expect(said(page, "Heard by the line")).toHaveCount(1);
  for (const socket of server.sockets.keys()) socket.send({ type: "reset", room: people.workshop });
  await expect(said(page, "Missed by the line")).toHaveCount(1);
  server.place.post(held, people.anna.id, "33333333-3333-4333-8333-333333333333", "After the reset");
  await expect(said(page, "After the reset")).toHaveCount(1);
  server.place.epoch = "another";
  for (const socket of server.sockets.keys()) socket.cut();
  server.place.post(held, people.anna.id, "44444444-4444-4444-8444-444444444444", "After the restore");
  await expect(said(page, "After the restore")).toHaveCount(1, { timeout: 15_000 });
  await expect(said(page, "Heard by the line")).toHaveCount(1);
});

test("signed out elsewhere: the page asks to sign in, and nothing of the person stays", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  await composer(page).fill("half a thought");
  await page.getByRole("link", { name: /Settings/ }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).last().click();
  await expect(page.getByRole("heading", { name: "Sign in to Corner House" })).toBeVisible();
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("snug.user."))), []);
});

test("the keyboard is enough: skip link, switcher, messages one by one", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  await expect(said(page, "coffee")).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("gen");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /^general/ })).toBeVisible();
  await expect(composer(page)).toBeFocused();
  await expect(page.locator('[data-number="400"]')).toBeAttached();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowUp");
  await expect(page.locator('[data-number="400"]')).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(page.locator('[data-number="399"]')).toBeFocused();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator('[data-number="399"]')).toBeFocused();
});

test("composing with an input method does not send, Shift+Enter breaks, marks wrap", async () => {
  const page = await opens(people.maya, `/room/${people.workshop}`);
  await composer(page).fill("nihon");
  await composer(page).evaluate((box) => box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })));
  await expect(composer(page)).toHaveValue("nihon");
  await composer(page).press("Shift+Enter");
  await composer(page).pressSequentially("go");
  await expect(composer(page)).toHaveValue("nihon\ngo");
  await composer(page).press("Control+a");
  await composer(page).press("Control+b");
  await expect(composer(page)).toHaveValue("**nihon\ngo**");
  await page.reload();
  await expect(composer(page)).toHaveValue("**nihon\ngo**");
});

test("what is typed into a form before the line is open stays there", async () => {
  server.open = false;
  const page = await opens(people.maya, "/settings/security");
  await page.getByLabel("Current password").fill("typed early");
  server.open = true;
  await expect(page.getByRole("link", { name: /general/ })).toBeVisible({ timeout: 15_000 });
  await expect(page.getByLabel("Current password")).toHaveValue("typed early");
});

test("who is quicker than the form that opens keeps the field they are in", async () => {
  server.place.setUp = false;
  const address = `http://127.0.0.1:${server.port}`;
  const made = await openWindow(browser, address, null);
  windows.push(made);
  const { page } = made;
  // The frames of a slow machine: they come when the test says so.
  await page.addInitScript(() => {
    /** @type {FrameRequestCallback[]} */
    const waiting = [];
    window.requestAnimationFrame = (callback) => waiting.push(callback);
    Object.assign(window, { draw: () => waiting.splice(0).forEach((callback) => callback(0)) });
  });
  const draw = () => page.evaluate("draw()");
  await page.goto(`${address}/setup#code=${server.place.code}`);
  const place = page.getByLabel("Name of the place");
  await expect(place).toBeVisible();
  await draw();
  await expect(place).toBeFocused();
  await place.fill("Corner House");
  await page.getByRole("button", { name: "Continue" }).click();
  const username = page.getByLabel("Username");
  await username.focus();
  await draw();
  await expect(username).toBeFocused();
  // Who is not quicker begins with the first field.
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await draw();
  await expect(page.getByLabel("Your name")).toBeFocused();
});
