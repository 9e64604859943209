// A second factor, from the QR code to the last recovery code.
import { readFile } from "node:fs/promises";

import { codeOf } from "./support/authenticator.js";
import { PASSWORD } from "./support/person.js";
import { expect, test } from "./support/test.js";

/** @typedef {import("./support/person.js").Person} Person */

// Everybody comes from one address here, and tries more often than people do.
test.use({ settings: { SNUG_LIMITS_SIGN_IN_PER_MINUTE: "100" } });

/** From the first question to the recovery codes, wherever it is asked. @param {Person} person */
async function enrols(person) {
  await person.fills({ password: PASSWORD });
  await person.page.getByRole("button", { name: "Continue" }).click();
  await expect(person.page.getByRole("img", { name: /^QR code/ })).toBeVisible();
  const secret = (await person.page.locator("code.secret").innerText()).replaceAll(" ", "");
  await person.fills({ code: codeOf(secret, 0) });
  await person.page.getByRole("button", { name: "Turn on" }).click();
  await expect(person.page.locator(".codes li")).toHaveCount(10);
  return { secret, codes: await person.page.locator(".codes li").allInnerTexts() };
}

test("a second factor is set up, and signing in takes its codes", async ({ team }) => {
  const alice = await team.founds("alice");
  const phone = await team.signsIn("alice");
  await alice.opens("/settings/security");
  const card = alice.page.getByRole("region", { name: "Second factor" });
  await card.getByRole("button", { name: "Set up" }).click();
  const { secret, codes } = await enrols(alice);
  await expect(phone.page, "what was open elsewhere was opened the old way").toHaveURL(/\/sign-in$/);
  const download = alice.page.waitForEvent("download");
  await alice.page.getByRole("button", { name: "Download" }).click();
  expect(await readFile(await (await download).path(), "utf8")).toBe(`${codes.join("\n")}\n`);
  await alice.page.getByRole("button", { name: "I have kept them" }).click();
  await expect(card.getByRole("status")).toContainText("10 recovery codes are left");

  await test.step("a code of the app opens", async () => {
    await phone.fills({ username: "alice", password: PASSWORD });
    await phone.submits();
    await expect(phone.page.locator("[name=code]")).toBeFocused();
    await phone.fills({ code: "000000" });
    await phone.submits();
    await expect(phone.page.getByText("This code is wrong")).toBeVisible();
    // The next one: each is taken once, and this way none can run out between here and the server.
    await phone.fills({ code: codeOf(secret, 1) });
    await phone.submits();
    await phone.goesToGeneral();
  });

  await test.step("and so does a recovery code, once", async () => {
    const again = async (/** @type {string} */ code) => {
      const device = await team.arrives("alice");
      await device.opens("/sign-in");
      await device.fills({ username: "alice", password: PASSWORD });
      await device.submits();
      await device.fills({ code });
      await device.submits();
      return device;
    };
    await (await again(codes[0] ?? "")).goesToGeneral();
    await expect((await again(codes[0] ?? "")).page.getByText("This code is wrong")).toBeVisible();
  });

  await test.step("new recovery codes take the place of the old ones, and it can be turned off", async () => {
    await alice.reloads();
    await card.getByRole("button", { name: "New recovery codes" }).click();
    await alice.fills({ password: PASSWORD, code: codes[1] ?? "" });
    await alice.page.locator("dialog button[type=submit]").click();
    await expect(alice.page.locator(".codes li")).toHaveCount(10);
    const fresh = await alice.page.locator(".codes li").allInnerTexts();
    expect(fresh.filter((code) => codes.includes(code))).toEqual([]);
    await alice.page.getByRole("button", { name: "I have kept them" }).click();
    await card.getByRole("button", { name: "Turn off" }).click();
    await alice.fills({ password: PASSWORD, code: fresh[0] ?? "" });
    await alice.page.locator("dialog button[type=submit]").click();
    await alice.isTold("The second factor is off");
    await expect(card.getByRole("button", { name: "Set up" })).toBeVisible();
  });
});

test("where the place asks for a second factor, who has none is led to it and gets nowhere else", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await alice.opens("/settings/security");
  await alice.page.getByRole("button", { name: "Set up a second factor" }).click();
  await enrols(alice);
  await alice.page.getByRole("button", { name: "I have kept them" }).click();
  await alice.opens("/settings/place");
  const rule = alice.page.getByRole("region", { name: "Second factor" });
  await rule.getByRole("radio", { name: /^Everyone/ }).check();
  await rule.getByRole("button", { name: "Save" }).click();

  await expect(bob.page.getByRole("heading", { name: "One more step" }), "his open page is told at once").toBeVisible({ timeout: 5_000 });
  await expect(bob.composer).toHaveCount(0);
  await bob.opens("/settings/devices");
  await expect(bob.page.getByRole("heading", { name: "One more step" })).toBeVisible();
  await enrols(bob);
  await bob.page.getByRole("button", { name: "I have kept them" }).click();
  await expect(bob.page.getByRole("region", { name: "API tokens" }), "and goes on where he wanted to go").toBeVisible();
  await bob.goesToGeneral();

  const carol = await team.arrives("carol");
  await carol.opens("/sign-in");
  await carol.fills({ username: "alice", password: PASSWORD });
  await carol.submits();
  await expect(carol.page.locator("[name=code]")).toBeFocused();
  await alice.opens("/settings/place");
  await expect(rule.getByRole("radio", { name: /^Everyone/ })).toBeChecked();
});
