// A private room, as those see it who are in it, and those who are not.
import { expect, test } from "./support/test.js";

test("a private room is unseen by a stranger, seen by who is added, and gone for who is removed", async ({ team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");
  await alice.makesRoom("treasure", "private");
  const { pathname } = new URL(alice.page.url());
  await alice.says("Buried under the oak");
  await alice.sees("Buried under the oak");

  await test.step("to Bob it is like a room that never was", async () => {
    const read = async (/** @type {string} */ path) => {
      await bob.opens(path);
      await expect(bob.page.locator("main .empty")).toBeVisible();
      return bob.page.locator("main").innerText();
    };
    expect(await read(pathname)).toBe(await read("/room/999999"));
    await expect(bob.room("treasure")).toHaveCount(0);
    const ask = async (/** @type {string} */ path) => {
      const answer = await bob.page.request.get(`${bob.wire.address}/api/v1${path}`);
      return [answer.status(), await answer.text()];
    };
    const id = pathname.split("/")[2];
    for (const part of ["", "/messages", "/members"]) expect(await ask(`/rooms/${id}${part}`)).toEqual(await ask(`/rooms/999999${part}`));
    await bob.page.getByRole("button", { name: "Browse rooms" }).click();
    await expect(bob.page.locator(".browse-row b")).toHaveText(["general"]);
    await bob.page.keyboard.press("Escape");
  });

  await test.step("Alice adds him, and he reads it all", async () => {
    await alice.page.getByRole("button", { name: "Room details" }).click();
    await alice.page.getByRole("button", { name: "Add people" }).click();
    await alice.page.locator(".picker-input").fill("bob");
    await alice.page.locator(".picker-input").press("Enter");
    await alice.page.locator(".picker-input").press("Enter");
    await bob.goesTo("treasure");
    await bob.sees("Buried under the oak");
    await bob.says("I bring a spade");
    await alice.sees("I bring a spade");
  });

  await test.step("she removes him, and it leaves his page while he looks at it", async () => {
    await alice.page.getByRole("button", { name: "Manage Bob" }).click();
    await alice.page.getByRole("button", { name: "Remove", exact: true }).click();
    await alice.confirms();
    await bob.isTold("You are no longer in treasure");
    await expect(bob.room("treasure")).toHaveCount(0);
    await expect(bob.page.locator("main .empty")).toBeVisible();
    await expect(bob.page.getByText("Buried under the oak")).toHaveCount(0);
  });
});
