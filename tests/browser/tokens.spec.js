// A program comes with a token, and what it opened obeys the token.
import { Bot } from "./support/bot.js";
import { expect, test } from "./support/test.js";

test("a token is shown once, its socket is listed, and both end when it is revoked", async ({ snug, team }) => {
  const alice = await team.founds("alice");
  await alice.opens("/settings/devices");
  const tokens = alice.page.getByRole("region", { name: "API tokens" });
  await expect(tokens.getByRole("status")).toHaveText("There are no tokens.");

  await tokens.getByRole("button", { name: "New token" }).click();
  await alice.fills({ name: "Weather report" });
  await alice.page.getByRole("radio", { name: /^Write/ }).check();
  await alice.page.getByLabel("Where").selectOption({ label: "#general" });
  await alice.page.locator("dialog button[type=submit]").click();
  const token = await alice.page.getByLabel("The token", { exact: true }).inputValue();
  await alice.page.locator("dialog").getByRole("button", { name: "Copy" }).click();
  await alice.page.locator("dialog").getByRole("button", { name: "Done" }).click();
  await expect(alice.page.getByText(token)).toHaveCount(0);

  const row = tokens.getByRole("listitem").filter({ hasText: "Weather report" });
  await expect(row).toContainText("Write");
  await expect(row).toContainText("#general");
  await expect(row).toContainText("never used");
  const bot = await Bot.connects(snug.address, token);
  // The list finds it by itself.
  await expect(row).toContainText("connected now");

  await row.getByRole("button", { name: "Revoke Weather report" }).click();
  await alice.confirms();
  expect(await bot.closed, "token revoked").toBe(4103);
  await expect(tokens.getByRole("status")).toHaveText("There are no tokens.");
  await expect(Bot.connects(snug.address, token)).rejects.toThrow("refused with 401");
});

test("a device is ended from another one", async ({ team }) => {
  const alice = await team.founds("alice");
  const phone = await team.signsIn("alice");
  await alice.opens("/settings/devices");
  const devices = alice.page.getByRole("region", { name: "Devices" });
  await expect(devices.getByRole("listitem")).toHaveCount(2);
  await expect(devices.getByRole("listitem").filter({ hasText: "this one" })).toHaveCount(1);
  await devices.getByRole("button", { name: /^Sign out Chrome/ }).click();
  await expect(phone.page).toHaveURL(/\/sign-in$/);
  await expect(phone.page.locator(".door-note")).toHaveText("You were signed out.");
  await expect(devices.getByRole("listitem")).toHaveCount(1);
});
