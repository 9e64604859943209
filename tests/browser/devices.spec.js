// One person on several devices: what is read, and who is signed in, is the same on all of them.
import { PASSWORD } from "./support/person.js";
import { expect, test } from "./support/test.js";

test("what is read on one device is read on the other", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  const phone = await team.signsIn("alice");
  // Neither device looks at #general any more.
  await alice.makesRoom("quiet");
  await phone.goesTo("quiet");

  await bob.says("Is anybody reading?");
  await bob.sees("Is anybody reading?");
  await expect(alice.unreadIn("general")).toHaveText(/^1/);
  await expect(phone.unreadIn("general")).toHaveText(/^1/);

  await phone.goesTo("general");
  await phone.sees("Is anybody reading?");
  await expect(phone.page.locator(".new-line")).toBeVisible();
  await expect(phone.unreadIn("general")).toHaveCount(0);
  await expect(alice.unreadIn("general"), "the other device shows it as read").toHaveCount(0);
  await expect(alice.page).toHaveTitle("#quiet – The Works");
});

test("a new password signs the other devices out at once, and no other person", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  const phone = await team.signsIn("alice");

  await alice.opens("/settings/security");
  await alice.fills({ current: PASSWORD, password: "another horse, another staple" });
  await alice.page.locator("form", { has: alice.page.locator("[name=current]") }).locator("button[type=submit]").click();
  await expect(phone.page).toHaveURL(/\/sign-in$/);
  await expect(phone.page.locator("[name=username]")).toBeVisible();
  await expect(phone.page.locator(".door-note")).toContainText("password was changed on another device");
  await expect(phone.composer).toHaveCount(0);

  await phone.fills({ username: "alice", password: PASSWORD });
  await phone.submits();
  await expect(phone.page.locator(".form-problem"), "the old password is refused").not.toBeEmpty();
  await phone.fills({ password: "another horse, another staple" });
  await phone.submits();
  await phone.goesToGeneral();

  await alice.opens("/");
  await alice.goesToGeneral();
  await bob.says("Nothing happened here");
  await alice.sees("Nothing happened here");
  await phone.sees("Nothing happened here");
});

test("who follows a link to a room signs in and lands there", async ({ team }) => {
  const alice = await team.founds("alice");
  await alice.makesRoom("linked");
  const { pathname } = new URL(alice.page.url());
  const phone = await team.arrives("alice");
  await phone.opens(pathname);
  await phone.fills({ username: "alice", password: PASSWORD });
  await phone.submits();
  await expect(phone.heading).toHaveText(/^linked/);
  await expect(phone.page).toHaveURL(phone.wire.address + pathname);
});
