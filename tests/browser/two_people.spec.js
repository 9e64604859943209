// The whole promise, as two people live it.
import { expect, test } from "./support/test.js";

test("two people sign up, talk, and lose nothing and see nothing twice, whatever happens to the line or the server", async ({ snug, team }) => {
  const alice = await team.founds("alice");
  const bob = await team.signsUp("bob");

  await test.step("they talk", async () => {
    await alice.says("Hello Bob");
    await bob.sees("Hello Bob");
    await bob.says("Hello Alice");
    await alice.sees("Hello Alice");
    await alice.sees("Hello Bob");
  });

  await test.step("Bob reloads", async () => {
    await bob.reloads();
    await bob.sees("Hello Bob");
    await bob.sees("Hello Alice");
  });

  await test.step("Bob's line is cut while both go on talking", async () => {
    bob.losesTheLine();
    await alice.says("You will read this later");
    await alice.sees("You will read this later");
    await bob.says("Written in a tunnel");
    await bob.stillHolds("Written in a tunnel");
    bob.findsTheLineAgain();
    await alice.sees("Written in a tunnel");
    await bob.sees("Written in a tunnel");
    await bob.sees("You will read this later");
  });

  await test.step("the server restarts under a message", async () => {
    await snug.stop();
    await alice.says("Is anybody there?");
    await alice.stillHolds("Is anybody there?");
    await snug.start();
    await alice.sees("Is anybody there?");
    await bob.sees("Is anybody there?");
  });

  await test.step("the server crashes after a message", async () => {
    await bob.says("I am");
    await bob.sees("I am");
    await snug.crash();
    await snug.start();
    await alice.sees("I am");
    await alice.says("Good");
    await bob.sees("Good");
  });

  await test.step("the page is closed on an unsent message and opened again", async () => {
    bob.losesTheLine();
    await bob.says("Not lost by a reload");
    await bob.stillHolds("Not lost by a reload");
    bob.findsTheLineAgain();
    await bob.reloads();
    await alice.sees("Not lost by a reload");
    await bob.sees("Not lost by a reload");
  });

  const conversation = [
    "Hello Bob",
    "Hello Alice",
    "You will read this later",
    "Written in a tunnel",
    "Is anybody there?",
    "I am",
    "Good",
    "Not lost by a reload",
  ];
  for (const person of [alice, bob]) {
    await person.seesExactly(conversation);
    await person.reloads();
    await person.seesExactly(conversation);
  }
  expect(snug.setup, "the address of the wizard is printed only before there is an owner").toBeNull();
});

test("a stranger is shown the way to sign in, and no room", async ({ team }) => {
  await team.founds("alice");
  const stranger = await team.arrives("mallory");
  await stranger.opens("/room/1");
  await expect(stranger.page.locator("[name=username]")).toBeVisible();
  await expect(stranger.composer).toHaveCount(0);
  const socket = await stranger.page.request.get(`${stranger.wire.address}/ws`, {
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      Origin: stranger.wire.address,
    },
  });
  expect(socket.status()).toBe(401);
});
