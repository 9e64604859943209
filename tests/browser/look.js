// Takes a picture of every state of the administration and of one's account; tests/page/look.mjs does the rest. Asserts nothing.
import { Bot } from "./support/bot.js";
import { PASSWORD } from "./support/person.js";
import { expect, test } from "./support/test.js";

const FOLDER = process.env["LOOK"] ?? "test-results/look";

/** @typedef {import("./support/person.js").Person} Person */
/** @typedef {{ name: string, dark?: boolean, phone?: boolean, locale?: string }} Way */

/** @type {Way[]} */
const WAYS = [{ name: "light" }, { name: "dark", dark: true }, { name: "german", locale: "de-DE" }, { name: "phone", phone: true }, { name: "phone-dark-german", phone: true, dark: true, locale: "de-DE" }];

// One address signs in more often than people do.
test.use({ settings: { SNUG_LIMITS_SIGN_IN_PER_MINUTE: "100" } });

test("pictures", async ({ snug, team }) => {
  test.setTimeout(240_000);
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  const carol = await team.signsUp("carol");
  await bob.says("Good morning");
  await alice.makesRoom("workshop", "private");
  await alice.makesRoom("lounge");
  const post = async (/** @type {Person} */ person, /** @type {"post" | "put" | "patch"} */ method, /** @type {string} */ path, /** @type {unknown} */ data) => {
    const answer = await person.page.request[method](`${person.wire.address}/api/v1${path}`, { data, headers: { Origin: person.wire.address } });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return answer.json().catch(() => null);
  };
  const users = await (await alice.page.request.get(`${alice.wire.address}/api/v1/users`)).json();
  const idOf = (/** @type {string} */ name) => users.find((/** @type {{ username: string }} */ user) => user.username === name).id;
  const rooms = await (await alice.page.request.get(`${alice.wire.address}/api/v1/rooms`)).json();
  const roomOf = (/** @type {string} */ name) => rooms.find((/** @type {{ name: string }} */ room) => room.name === name).id;
  await post(alice, "post", "/invites", { role: "guest", rooms: [roomOf("workshop"), roomOf("lounge")], uses: 5, expires_in_s: 86_400 });
  await post(alice, "patch", `/users/${idOf("carol")}`, { role: "guest" });
  await post(alice, "put", `/users/${idOf("carol")}/ban`, { reason: "Too many puns in one week", until: Date.now() + 86_400_000 });
  await post(bob, "post", "/me/tokens", { name: "Weather report", access: "write", room: roomOf("general"), expires_in_s: 2_592_000 });
  const { token } = await post(bob, "post", "/me/tokens", { name: "backup", access: "read" });
  const bot = await Bot.connects(snug.address, token);
  await post(alice, "put", `/rooms/${roomOf("lounge")}/bans/${idOf("bob")}`, {});

  for (const way of WAYS) {
    const device = await team.arrives("bob", { colorScheme: way.dark ? "dark" : "light", locale: way.locale ?? "en-GB", viewport: way.phone ? { width: 390, height: 844 } : { width: 1280, height: 900 } });
    const { page } = device;
    const shot = async (/** @type {string} */ state, full = true) => {
      await page.waitForTimeout(400);
      const before = page.viewportSize();
      const tall = full ? await page.evaluate(() => (document.querySelector(".settings")?.scrollHeight ?? 0) + 60) : 0;
      if (before && tall > before.height) await page.setViewportSize({ width: before.width, height: tall });
      await page.screenshot({ path: `${FOLDER}/${state}-${way.name}.png` });
      if (before) await page.setViewportSize(before);
    };
    const signsIn = async (/** @type {string} */ username) => {
      await device.opens("/sign-in");
      await device.fills({ username, password: PASSWORD });
      await device.submits();
      await expect(page.locator(".shell")).toBeVisible();
    };
    await device.opens("/sign-in");
    await expect(page.locator("[name=username]")).toBeVisible();
    await page.evaluate(() => sessionStorage.setItem("snug.why", "4200"));
    await device.reloads();
    await expect(page.locator(".door-note")).toBeVisible();
    await shot("door-deactivated", false);
    await signsIn("bob");
    await device.opens("/settings/devices");
    await expect(page.locator(".device").nth(1)).toBeVisible();
    await shot("devices");
    await page.locator(".card").nth(1).locator(".buttons button").last().click();
    await shot("token-form", false);
    await device.fills({ name: "Deploys" });
    await page.locator("dialog button[type=submit]").click();
    await expect(page.locator("dialog .link-box")).toBeVisible();
    await shot("token-once", false);
    await device.opens("/settings/security");
    await expect(page.locator(".card").nth(1).locator("button")).toBeVisible();
    await shot("security");
    await page.locator(".card").nth(1).locator("button").click();
    await page.locator("dialog [name=password]").fill(PASSWORD);
    await page.locator("dialog button[type=submit]").click();
    await expect(page.locator(".qr")).toBeVisible();
    await shot("factor-qr", false);
    await page.context().clearCookies();
    await signsIn("alice");
    for (const section of ["", "/place", "/invites", "/audit"]) {
      await device.opens(`/settings${section}`);
      await expect(page.locator(section === "/audit" ? ".audit-record" : ".card h2").first()).toBeVisible();
      await page.waitForTimeout(300);
      await shot(`settings${section.replace("/", "-")}`);
    }
    await device.opens("/people");
    await expect(page.locator(".person-link").nth(2)).toBeVisible();
    await shot("people", false);
    await device.opens(`/people/${idOf("bob")}`);
    await expect(page.locator(".device").first()).toBeVisible();
    await shot("person");
    await device.opens(`/people/${idOf("carol")}`);
    await expect(page.locator(".card button").first()).toBeVisible();
    await shot("person-banned");
    await device.opens(`/room/${roomOf("general")}`);
    await page.locator(".room-head .icon-button").last().click();
    await expect(page.locator(".person .icon-button").first()).toBeAttached();
    await shot("details", false);
    await page.locator(".person .icon-button").last().click();
    await shot("member", false);
    await page.keyboard.press("Escape");
  }
  bot.leaves();
  void carol;
});
