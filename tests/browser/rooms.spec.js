// Looking after a room: roles in it, bans from it, and guests who see nothing else.
import { expect, test } from "./support/test.js";

test("who is banned from a room is out at once, and stays out until the ban is lifted", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await alice.makesRoom("lounge");
  await bob.page.getByRole("button", { name: "Browse rooms" }).click();
  await bob.page.getByRole("button", { name: "Join lounge" }).click();
  await expect(bob.heading).toHaveText(/^lounge/);

  await alice.page.getByRole("button", { name: "Room details" }).click();
  await test.step("a moderator is told nothing new, but can do more", async () => {
    await alice.page.getByRole("button", { name: "Manage Bob" }).click();
    await alice.page.getByRole("radio", { name: /^moderator/ }).check();
    await alice.page.locator("dialog button[type=submit]").click();
    await expect(bob.page.locator(".line", { hasText: "Bob is now a moderator" })).toBeVisible();
    await bob.page.getByRole("button", { name: "Room details" }).click();
    await expect(bob.page.getByRole("button", { name: "Banned people" })).toBeVisible();
    await expect(bob.page.getByRole("button", { name: "Manage Alice" }), "owners are above moderators").toHaveCount(0);
  });

  await alice.page.getByRole("button", { name: "Manage Bob" }).click();
  await alice.page.getByRole("button", { name: "Ban from this room" }).click();
  await alice.confirms();
  await expect(bob.page.locator(".toast")).toHaveText("You are no longer in #lounge", { timeout: 5_000 });
  await expect(bob.room("lounge")).toHaveCount(0);
  await bob.page.getByRole("button", { name: "Browse rooms" }).click();
  await bob.page.getByRole("button", { name: "Join lounge" }).click();
  await expect(bob.page.getByText("banned from this room")).toBeVisible();

  await alice.page.getByRole("button", { name: "Banned people" }).click();
  await alice.page.getByRole("button", { name: "Lift the ban of Bob" }).click();
  await expect(alice.page.getByText("Nobody is banned from this room.")).toBeVisible();
  await bob.page.getByRole("button", { name: "Join lounge" }).click();
  await expect(bob.heading).toHaveText(/^lounge/);
});

test("an invite for a guest leads into one room and nowhere else", async ({ team }) => {
  const alice = await team.founds("alice");
  await alice.makesRoom("workshop", "private");
  await alice.opens("/settings/invites");
  const card = alice.page.getByRole("region", { name: "Invite links" });
  await card.getByLabel("For", { exact: true }).selectOption({ label: "Guest" });
  await card.getByRole("button", { name: "Make a link" }).click();
  await expect(card.locator(".hint.problem")).toContainText("Choose at least one");
  await card.getByRole("checkbox", { name: "workshop" }).check();
  await card.getByLabel("How often").selectOption({ label: "once" });
  await card.getByRole("button", { name: "Make a link" }).click();
  const link = new URL(await card.getByLabel("Invite link", { exact: true }).inputValue());
  const row = card.getByRole("listitem").filter({ hasText: "Guest" });
  await expect(row).toContainText("into workshop");

  const guest = await team.signsUp("gus", link.pathname);
  await expect(guest.heading).toHaveText(/^workshop/);
  await expect(guest.page.locator("a[data-room]")).toHaveCount(1);
  await expect(guest.page.getByRole("link", { name: "People" })).toHaveCount(0);
  await guest.says("Hello from outside");

  await alice.reloads();
  await expect(row, "a link that is used up is gone").toHaveCount(0);
  await alice.goesTo("workshop");
  await alice.sees("Hello from outside");
});
