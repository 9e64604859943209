// Those who run the place, and those whom they do it to.
import { PASSWORD } from "./support/person.js";
import { expect, test } from "./support/test.js";

/** The identity's end must be felt at once; the rest of this is for a busy machine. */
const AT_ONCE = { timeout: 5_000 };

test("a role that is given or taken is told to the open page at once", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await bob.opens("/settings");
  await expect(bob.page.getByRole("link", { name: "Audit log" })).toHaveCount(0);

  const gives = async (/** @type {RegExp} */ role) => {
    await alice.page.getByRole("region", { name: "Role" }).getByRole("radio", { name: role }).check();
    await alice.page.getByRole("region", { name: "Role" }).getByRole("button", { name: "Save" }).click();
  };
  await alice.looksAt(bob);
  await gives(/^Admin/);
  await expect(bob.page.locator(".toast")).toHaveText("Your role is now: Admin", AT_ONCE);
  await bob.page.getByRole("link", { name: "Audit log" }).click();
  await expect(bob.page.locator(".audit")).toContainText("alice gave bob the role Admin");

  await gives(/^Member/);
  await expect(bob.page.locator(".toast")).toHaveText("Your role is now: Member", AT_ONCE);
  await expect(bob.page.locator(".audit"), "what only admins may read is gone").toHaveCount(0);
  await expect(bob.page.getByText("You are not allowed to do this")).toBeVisible();
});

test("a deactivated person is signed out and told why, and comes back when the account is active again", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await alice.looksAt(bob);
  const account = alice.page.getByRole("region", { name: "Account" });
  await account.getByRole("button", { name: "Deactivate" }).click();
  await alice.confirms();
  await expect(bob.composer).toHaveCount(0, AT_ONCE);
  await expect(bob.page.locator(".door-note")).toContainText("Your account has been deactivated");
  await expect(account.getByRole("status")).toContainText("deactivated");

  await account.getByRole("button", { name: "Make active again" }).click();
  await expect(account.getByRole("status")).toHaveText("The account is active.");
  await bob.fills({ username: "bob", password: PASSWORD });
  await bob.submits();
  await bob.goesToGeneral();
});

test("a banned person reads the reason, and what an admin hands out lets them in again", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await alice.looksAt(bob);
  const account = alice.page.getByRole("region", { name: "Account" });
  await account.getByRole("button", { name: "Ban" }).click();
  await alice.fills({ reason: "Too many puns" });
  await alice.page.locator("dialog button[type=submit]").click();
  await expect(bob.composer).toHaveCount(0, AT_ONCE);
  await expect(bob.page.locator(".door-note")).toContainText("banned");
  await bob.fills({ username: "bob", password: PASSWORD });
  await bob.submits();
  await expect(bob.page.locator(".form-problem")).toContainText("Too many puns");
  await expect(account.getByRole("status")).toContainText("Too many puns");
  await account.getByRole("button", { name: "Lift the ban" }).click();
  await expect(account.getByRole("status")).toHaveText("The account is active.");

  await alice.page.getByRole("button", { name: "Password link" }).click();
  const link = new URL(await alice.page.getByRole("textbox", { name: "Password link" }).inputValue());
  await alice.page.locator("dialog").getByRole("button", { name: "Done" }).click();
  await bob.opens(link.pathname);
  await bob.fills({ password: "a new and better password" });
  await bob.submits();
  await bob.fills({ username: "bob", password: "a new and better password" });
  await bob.submits();
  await bob.goesToGeneral();
});

test("one deletes one's own account, and its name is gone from everybody's page", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await bob.says("I was here");
  await alice.sees("I was here");
  await bob.opens("/settings/security");
  await bob.page.getByRole("button", { name: "Delete my account" }).click();
  await bob.page.locator("dialog [name=password]").fill("not the password");
  await bob.page.locator("dialog button[type=submit]").click();
  await expect(bob.page.getByText("That is not your password")).toBeVisible();
  await bob.page.locator("dialog [name=password]").fill(PASSWORD);
  await bob.page.locator("dialog button[type=submit]").click();
  await expect(bob.page.locator(".door-note")).toHaveText("Your account has been deleted.");
  expect(await bob.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("snug.user.")))).toEqual([]);
  await alice.sees("I was here");
  await expect(alice.page.locator("article.message", { hasText: "I was here" })).not.toContainText("Bob");
});
