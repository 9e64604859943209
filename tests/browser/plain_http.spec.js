// A plain http address that is not localhost, as in a house without certificates: browsers withhold some things there, and Snug works.
import { PLAIN_HOST } from "./support/person.js";
import { Server } from "./support/server.js";
import { Team, expect, test } from "./support/test.js";
import { Wire } from "./support/wire.js";

test("everything works on a plain http address of the house", async ({ browser }) => {
  /** @type {{ server: Server | null }} */
  const there = { server: null };
  // The server has to know the address by which people come, so the line to it is there first.
  const wire = await Wire.to(() => there.server?.address ?? "");
  wire.host = PLAIN_HOST;
  const server = (there.server = await Server.start({ SNUG_PUBLIC_URL: wire.address }));
  const team = new Team(browser, server, async () => wire);
  try {
    const alice = await team.founds("alice");
    const withheld = await alice.page.evaluate(() => [window.isSecureContext, "locks" in navigator, "clipboard" in navigator, "randomUUID" in crypto]);
    expect(withheld, "or this test shows nothing").toEqual([false, false, false, false]);
    const bob = await team.signsUp("bob");
    await alice.says("Hello Bob");
    await bob.sees("Hello Bob");
    await bob.reloads();
    await bob.seesExactly(["Hello Bob"]);

    await alice.opens("/settings/devices");
    await alice.page.getByRole("button", { name: "New token" }).click();
    await alice.fills({ name: "bot" });
    await alice.page.locator("dialog button[type=submit]").click();
    const token = await alice.page.getByLabel("The token", { exact: true }).inputValue();
    await alice.page.locator("dialog").getByRole("button", { name: "Copy" }).click();
    await alice.isTold("Token copied");
    await alice.page.locator("dialog").getByRole("button", { name: "Done" }).click();
    await alice.goesToGeneral();
    await alice.composer.press("Control+v");
    await expect(alice.composer, "copied without a clipboard of the browser's").toHaveValue(token);
    await server.stop();
  } finally {
    await team.goes();
    await server.end();
  }
});
