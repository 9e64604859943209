// Takes a picture of every state of the page, to be looked at: node tests/page/look.mjs FOLDER [NAME...]
import { mkdir } from "node:fs/promises";
import { launch } from "./browser.mjs";
import { fillPlace } from "./fake_talk.mjs";
import { FakeServer } from "./fake_server.mjs";
import { Refusal } from "./fake_place.mjs";

const [folder = "test-results/look", ...only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();
/** @type {string[]} */
const complaints = [];

/** @param {FakeServer} server @param {{ token?: string, dark?: boolean, phone?: boolean, lang?: string, path?: string }} how */
async function open(server, { token, dark = false, phone = false, lang = "en-GB", path = "/" }) {
  const context = await browser.newContext({ viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 }, colorScheme: dark ? "dark" : "light", locale: lang, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1 });
  if (token) await context.addCookies([{ name: "snug", value: token, url: server.url ?? "" }]);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${server.url}${path}`);
  return page;
}

/** @type {Record<string, (shot: (page: import("@playwright/test").Page, name?: string) => Promise<void>) => Promise<void>>} */
const states = {
  async wizard(shot) {
    const server = await new FakeServer().start();
    const page = await open(server, { path: "/setup#code=ABCD-EFGH-JKLM" });
    await page.getByLabel("Name of the place").fill("Corner House");
    await shot(page, "wizard-1");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Your name").fill("Maya Lindqvist");
    await page.getByLabel("Username").fill("maya");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Set up Snug" }).click();
    await page.getByText("10 to 256").waitFor();
    await shot(page, "wizard-2");
    await page.getByLabel("Password").fill("correct horse battery");
    await page.getByRole("button", { name: "Set up Snug" }).click();
    await page.getByText("The live connection works").waitFor();
    await shot(page, "wizard-3");
    await page.getByRole("button", { name: "Go to #general" }).click();
    await page.getByRole("heading", { name: "Welcome to #general" }).waitFor();
    await shot(page, "empty");
    await server.stop();
  },
  async doors(shot) {
    const server = await new FakeServer().start();
    const people = fillPlace(server);
    const page = await open(server, { path: "/sign-in" });
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await shot(page, "sign-in");
    const { token } = server.invite(people.maya.id);
    const join = await open(server, { path: `/join/${token}`, dark: true });
    await join.getByText("invites you").waitFor();
    await shot(join, "join");
    const wrong = await open(server, { path: "/join/nonsense", phone: true, lang: "de-DE" });
    await wrong.getByText("gilt nicht mehr").waitFor();
    await shot(wrong, "join-wrong");
    await server.stop();
  },
  async room(shot) {
    const server = await new FakeServer().start();
    const people = fillPlace(server);
    const token = server.signIn(people.maya.id, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36");
    server.signIn(people.maya.id, "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604");
    for (const dark of [false, true]) {
      const page = await open(server, { token, dark, path: `/room/${people.workshop}` });
      const name = dark ? "dark" : "light";
      await page.getByText("Works on my machine").waitFor();
      await shot(page, `busy-${name}`);
      await page.getByRole("button", { name: "Room details" }).click();
      await page.getByText("Jonas Weber", { exact: true }).last().waitFor();
      await shot(page, `details-${name}`);
      await page.getByRole("button", { name: "Room details" }).click();
      await page.getByText("fn committed").hover();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("an");
      await shot(page, `switcher-${name}`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "New room" }).click();
      await shot(page, `new-room-${name}`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Browse rooms" }).click();
      await page.getByText("Lunch plans").waitFor();
      await shot(page, `browse-${name}`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.keyboard.type("jon");
      await page.keyboard.press("Enter");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await shot(page, `new-direct-${name}`);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+/");
      await shot(page, `keys-${name}`);
      await page.keyboard.press("Escape");
      await page.goto(`${server.url}/settings`);
      await page.getByText("Snug 0.1.0").waitFor();
      await shot(page, `settings-${name}`);
      await page.context().close();
    }
    await server.stop();
  },
  async states(shot) {
    const server = await new FakeServer().start();
    const people = fillPlace(server);
    const token = server.signIn(people.maya.id);
    const page = await open(server, { token, path: `/room/${people.general}` });
    await page.getByRole("button", { name: /new messages/ }).waitFor();
    await shot(page, "long-new-line");
    await page.keyboard.press("Escape");
    const box = page.getByRole("textbox", { name: "Message #general" });
    server.answers.push(new Refusal(403, "room_archived", "archived"));
    await box.fill("Does this one arrive?");
    await box.press("Enter");
    await page.getByText("Not sent.").waitFor();
    for (const socket of server.sockets.keys()) socket.send({ type: "typing", room: people.general, user: people.jonas.id });
    await box.fill("A longer thought\nover two lines");
    await shot(page, "failed-typing");
    server.open = false;
    for (const socket of server.sockets.keys()) socket.cut();
    await box.press("Enter");
    await page.getByText("What you write is kept").first().waitFor();
    await shot(page, "offline");
    server.build = "fake2";
    server.open = true;
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText("A new version of Snug").waitFor();
    await shot(page, "new-version");
    await page.goto(`${server.url}/room/${people.general}/120`);
    await page.locator(".message.target").waitFor();
    await shot(page, "permalink");
    await page.goto(`${server.url}/room/${people.group}`);
    await page.getByText("your conversation with").waitFor();
    await shot(page, "group-direct");
    await page.goto(`${server.url}/room/${people.archive}`);
    await page.getByText("This room is archived").waitFor();
    await shot(page, "archived");
    await page.goto(`${server.url}/room/9999`);
    await page.getByText("Nothing here").waitFor();
    await shot(page, "nowhere");
    await server.stop();
  },
  async phone(shot) {
    const server = await new FakeServer().start();
    const people = fillPlace(server);
    const token = server.signIn(people.maya.id);
    for (const dark of [false, true]) {
      const name = dark ? "dark" : "light";
      const page = await open(server, { token, dark, phone: true, path: `/room/${people.workshop}`, lang: dark ? "de-DE" : "en-GB" });
      await page.getByText("Works on my machine").waitFor();
      await shot(page, `phone-${name}`);
      await page.getByRole("button", { name: dark ? "Räume" : "Rooms", exact: true }).click();
      await shot(page, `phone-drawer-${name}`);
      await page.locator(`a[data-room="${people.pair}"]`).click();
      await shot(page, `phone-direct-${name}`);
      await page.goto(`${server.url}/settings`);
      await shot(page, `phone-settings-${name}`);
      await page.context().close();
    }
    await server.stop();
  },
};

for (const [state, take] of Object.entries(states)) {
  if (only.length > 0 && !only.includes(state)) continue;
  await take(async (page, name = state) => {
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${folder}/${name}.png` });
  });
}
await browser.close();
for (const complaint of complaints) console.log(complaint);
