// The audit log, as an admin reads it.
import { readFile } from "node:fs/promises";

import { expect, test } from "./support/test.js";

test("what was done is read in sentences, chosen by kind and person, and taken as JSON lines", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await team.signsIn("bob");
  await bob.opens("/settings/audit");
  await expect(bob.page.getByText("You are not allowed to do this")).toBeVisible();

  await alice.opens("/settings/audit");
  const records = alice.page.locator(".audit-record");
  await expect(records.first()).toContainText("bob signed in");
  await expect(records.last()).toContainText("alice set up this place");
  await expect(records.filter({ hasText: "bob made an account by an invite link" })).toHaveCount(1);

  await alice.page.getByLabel("What").selectOption({ label: "Sign-in" });
  await expect(records.filter({ hasText: "set up" })).toHaveCount(0);
  await expect(records.first()).toContainText("bob signed in");
  await alice.page.getByLabel("Who").selectOption({ label: "Alice (@alice)" });
  await expect(records.filter({ hasText: "bob" })).toHaveCount(0);

  const download = alice.page.waitForEvent("download");
  await alice.page.getByRole("button", { name: "Export as JSON lines" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  expect(lines.map(({ kind }) => kind)).toContain("set_up");
  await alice.looksAt(bob);
  await alice.page.getByRole("link", { name: "What the audit log says" }).click();
  await expect(records.first()).toContainText("bob signed in");
  await expect(records.filter({ hasText: "set up" })).toHaveCount(0);
});
