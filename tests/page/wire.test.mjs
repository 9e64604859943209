import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { dispatch } from "../../static/dispatch.js";
import { Refused } from "../../static/net/refused.js";
import { Requests } from "../../static/net/requests.js";
import { setWords } from "../../static/core/i18n.js";

/** @typedef {{ name: string, direction: "client" | "server", doc: string, message: any }} Fixture */

const FOLDER = new URL("../protocol/fixtures/", import.meta.url);

/** @returns {Promise<Fixture[]>} */
async function fixtures() {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".json"));
  return Promise.all(names.map(async (name) => ({ file: name, ...JSON.parse(await readFile(new URL(name, FOLDER), "utf8")) })));
}

/** Hears everything and remembers by whom it was heard. */
function listener() {
  /** @type {Array<[string, unknown[]]>} */
  const heard = [];
  const names = /** @type {const} */ (["ready", "answer", "event", "resumed", "reset", "read", "typing", "presence", "expiring", "unknown"]);
  const hearers = Object.fromEntries(names.map((name) => [name, (/** @type {unknown[]} */ ...what) => void heard.push([name, what])]));
  return { heard, hearers: /** @type {import("../../static/dispatch.js").Hearers} */ (/** @type {unknown} */ (hearers)) };
}

/** @param {string} source @param {string} name @returns {string[]} the variants of a Rust enum, as the wire calls them */
function variants(source, name) {
  const body = new RegExp(`pub enum ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? "";
  return [...body.matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, variant]) => (variant ?? "").replaceAll(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
}

const rust = (/** @type {string} */ path) => readFile(new URL(`../../src/${path}`, import.meta.url), "utf8");

test("there is a fixture for every message and every kind of event", async () => {
  const all = await fixtures();
  const types = (/** @type {string} */ direction) => new Set(all.filter((one) => one.direction === direction).map(({ message }) => message.type));
  const client = variants(await rust("protocol/client.rs"), "ClientMessage");
  const server = variants(await rust("protocol/server.rs"), "ServerMessage");
  const kinds = variants(await rust("domain/event.rs"), "Event");
  const outcomes = variants(await rust("domain/action.rs"), "Outcome");
  assert.ok(client.length > 10 && server.length > 8 && kinds.length > 10 && outcomes.length > 3);
  assert.deepEqual([...types("client")].sort(), client.sort());
  assert.deepEqual([...types("server")].sort(), server.sort());
  assert.deepEqual(all.flatMap(({ message }) => (message.type === "event" ? [message.event.kind] : [])).sort(), kinds.sort());
  assert.deepEqual(all.flatMap(({ message }) => (message.type === "reply" ? [message.did] : [])).sort(), outcomes.sort());
});

test("a fixture is named after its file and says what it is for", async () => {
  for (const one of await fixtures()) {
    assert.equal(/** @type {any} */ (one).file, `${one.name}.json`);
    assert.ok(one.name.startsWith(one.direction) && one.doc.endsWith("."), one.name);
  }
});

test("the page knows everything the server can say", async () => {
  for (const { name, direction, message } of await fixtures()) {
    if (direction !== "server") continue;
    const { heard, hearers } = listener();
    dispatch(message, hearers);
    assert.equal(heard.length, 1, name);
    assert.notEqual(heard[0]?.[0], "unknown", name);
  }
});

test("a message of a newer server is not swallowed", () => {
  const { heard, hearers } = listener();
  dispatch(/** @type {any} */ ({ type: "from_the_future" }), hearers);
  assert.equal(heard[0]?.[0], "unknown");
});

test("every kind of event of a room has its words, or is meant to have none", async () => {
  const { wordsOf } = await import("../../static/views/line.js");
  const silent = ["posted", "room_added", "room_removed", "user_joined", "user_changed", "place_renamed", "sign_up_set", "room_listed", "room_unlisted"];
  setWords("en", JSON.parse(await readFile(new URL("../../static/i18n/en.json", import.meta.url), "utf8")));
  const people = { get: () => undefined, name: () => "Someone" };
  const document = { createElement: () => new FakeNode(), createTextNode: () => new FakeNode() };
  Object.assign(globalThis, { document, Node: FakeNode });
  for (const { name, message } of await fixtures()) {
    if (message.type !== "event") continue;
    const words = wordsOf(/** @type {any} */ ({ people }), message);
    assert.equal(words.length === 0, silent.includes(message.event.kind), name);
  }
});

class FakeNode {
  appendChild() {}
}

test("answers find their request, refusals come as such, a cut line ends the waiting", async () => {
  const requests = new Requests();
  const [one, two, three] = [requests.begin(), requests.begin(), requests.begin()];
  assert.deepEqual([one.ref, two.ref, three.ref], [1, 2, 3]);
  requests.settle({ type: "pong", ref: 1 });
  requests.settle({ type: "error", ref: 2, error: { code: "slow_down", message: "x", retry_after_ms: 5 } });
  requests.settle({ type: "error", ref: null, error: { code: "malformed", message: "x" } });
  requests.cut();
  assert.equal((await one.answer).type, "pong");
  await assert.rejects(two.answer, (error) => error instanceof Refused && error.code === "slow_down" && error.retryAfterMs === 5);
  await assert.rejects(three.answer, { name: "NoAnswer" });
});
