// axe on the main states, in both themes; and what axe cannot see: focus, the narrow window, large text.
import { axeFindsNothing } from "./support/axe.js";
import { PASSWORD } from "./support/person.js";
import { expect, test } from "./support/test.js";

/** @typedef {import("./support/person.js").Person} Person */

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };

/** Looks at the state in both themes. @param {Person} person @param {string} state */
async function looks(person, state) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await person.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await axeFindsNothing(person.page, `${state}, ${colorScheme}`);
  }
}

/** Nothing sticks out at the side. @param {Person} person @param {string} state */
async function fits(person, state) {
  const wide = await person.page.evaluate(() => {
    const out = [...document.querySelectorAll("main, main *, dialog, dialog *")].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 1 && right > window.innerWidth + 1 && !element.closest(".visually-hidden, pre, [hidden]");
    });
    return out.map((element) => element.outerHTML.slice(0, 120));
  });
  expect(wide, `${state} is wider than the window`).toEqual([]);
}

test("axe finds nothing, in both themes", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await bob.says("Good morning");
  await alice.sees("Good morning");
  const { page } = alice;

  await test.step("the room and what lies over it", async () => {
    await page.getByRole("button", { name: "Room details" }).click();
    await expect(page.getByRole("button", { name: "Manage Bob" })).toBeAttached();
    await looks(alice, "a room with its details");
    await page.getByRole("button", { name: "Manage Bob" }).click();
    await looks(alice, "a member of the room");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Banned people" }).click();
    await expect(page.getByText("Nobody is banned")).toBeVisible();
    await looks(alice, "bans");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await looks(alice, "the switcher");
    await page.keyboard.press("Escape");
  });

  await test.step("every page of the settings", async () => {
    for (const path of ["/settings", "/settings/security", "/settings/devices", "/settings/place", "/settings/invites", "/settings/audit"]) {
      await alice.opens(path);
      await expect(page.locator(".card h2").first()).toBeVisible();
      if (path.endsWith("audit")) await expect(page.locator(".audit-record").first()).toBeVisible();
      await looks(alice, path);
    }
    await alice.opens("/settings/devices");
    await page.getByRole("button", { name: "New token" }).click();
    await looks(alice, "a new token");
    await page.keyboard.press("Escape");
    await alice.opens("/settings/security");
    await page.getByRole("button", { name: "Set up a second factor" }).click();
    await page.locator("dialog [name=password]").fill(PASSWORD);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.locator(".qr")).toBeVisible();
    await looks(alice, "the code to photograph");
  });

  await test.step("people", async () => {
    await alice.opens("/people");
    await expect(page.locator(".person-link")).toHaveCount(2);
    await looks(alice, "people");
    await alice.looksAt(bob);
    await expect(page.getByRole("region", { name: "Account" }).getByRole("button", { name: "Deactivate" })).toBeVisible();
    await looks(alice, "a person");
    await page.getByRole("button", { name: "Ban" }).click();
    await looks(alice, "a ban");
  });

  await test.step("outside", async () => {
    const stranger = await team.arrives("mallory");
    await stranger.opens("/sign-in");
    await expect(stranger.page.locator("[name=username]")).toBeVisible();
    await looks(stranger, "sign-in");
  });
});

test("on a phone everything fits, and axe finds nothing in the drawer", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  const { page } = alice;
  await page.setViewportSize(PHONE);
  await page.getByRole("button", { name: "Rooms", exact: true }).click();
  await expect(page.locator("html")).toHaveClass(/drawer-open/);
  await looks(alice, "the drawer");
  for (const path of ["/settings", "/settings/security", "/settings/devices", "/settings/place", "/settings/invites", "/settings/audit", "/people"]) {
    await alice.opens(path);
    await expect(page.locator(".card h2, .person-link").first()).toBeVisible();
    await fits(alice, path);
  }
  await alice.looksAt(bob);
  await expect(page.getByRole("button", { name: "Deactivate" })).toBeVisible();
  await fits(alice, "a person");
  await looks(alice, "a person on a phone");
});

test("at twice the text size nothing is cut off", async ({ team }) => {
  const alice = await team.founds("alice");
  const { page } = alice;
  await page.setViewportSize(DESK);
  for (const path of ["/", "/settings/security", "/settings/devices", "/settings/invites", "/settings/audit", "/people"]) {
    await alice.opens(path);
    await page.evaluate(() => void document.documentElement.style.setProperty("font-size", "200%"));
    await expect(page.locator("main h1")).toBeVisible();
    await fits(alice, `${path} at 200 %`);
  }
});

test("the keyboard is enough to end a token, and the focus stays near", async ({ team }) => {
  const alice = await team.founds("alice");
  const { page } = alice;
  await alice.opens("/settings/devices");
  for (const name of ["one", "two"]) {
    await page.getByRole("button", { name: "New token" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator("dialog [name=name]")).toBeFocused();
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
    await expect(page.getByLabel("The token", { exact: true })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "New token" })).toBeFocused();
  }
  await page.getByRole("button", { name: "Revoke two" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("dialog .danger")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Revoke two" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Revoke one" })).toBeFocused();
});

test("who goes on at once after a dialog is not called back by its end", async ({ team }) => {
  const alice = await team.founds("alice");
  const { page } = alice;
  await page.getByRole("button", { name: "New room" }).click();
  await expect(page.locator("dialog [name=name]")).toBeFocused();
  // In one step, because the browser tells of the end only after it: faster than any key, and as fast as a busy machine makes it.
  await page.evaluate(() => {
    document.querySelector("dialog")?.close();
    document.querySelector("textarea")?.focus();
  });
  await expect(page.locator("dialog")).toHaveCount(0);
  await expect(alice.composer).toBeFocused();
});
