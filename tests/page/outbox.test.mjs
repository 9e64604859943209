import assert from "node:assert/strict";
import { test } from "node:test";
import { NoAnswer, Refused } from "../../static/net/refused.js";
import { Outbox } from "../../static/state/outbox.js";
import { memoryStore } from "../../static/state/outbox_store.js";
import { Pending } from "../../static/state/pending.js";
import { leaseLeader } from "../../static/state/leader.js";
import { Clock, message, settled } from "./helpers.mjs";

/** @import { Unsent } from "../../static/state/pending.js" */

/** A tab with its outbox; several can share one store, as tabs of one browser do. */
function tab({ store = memoryStore(), clock = new Clock(), leads = true } = {}) {
  /** @type {Array<{ unsent: Unsent, yes: () => void, no: (error: Error) => void }>} */
  const sent = [];
  const pending = new Pending();
  const line = { open: true };
  const lead = { mine: leads };
  const outbox = new Outbox({
    pending,
    store,
    tabs: { tell: (word) => others.forEach((other) => other.outbox.heard(word)) },
    leader: {
      leads: () => lead.mine,
      take: async () => {
        for (const other of others) other.lead.mine = false;
        lead.mine = true;
      },
    },
    send: (unsent) =>
      new Promise((resolve, reject) =>
        sent.push({ unsent, yes: () => resolve({ type: "reply", ref: 1, did: "posted", message: message(), cursor: { seq: 1, tag: 1 } }), no: reject }),
      ),
    isOpen: () => line.open,
    later: clock.later,
    now: clock.now,
  });
  /** @type {Array<{ outbox: Outbox, lead: { mine: boolean } }>} */
  const others = [];
  const bodies = () => sent.map(({ unsent }) => unsent.body);
  const last = () => /** @type {typeof sent[number]} */ (sent.at(-1));
  return { outbox, pending, sent, bodies, last, line, lead, others, store, clock };
}

/** @param {string} code @param {number} [retry_after_ms] */
const refused = (code, retry_after_ms) => new Refused({ code, message: code, ...(retry_after_ms ? { retry_after_ms } : {}) });

test("one message of a room is on its way at a time, in the order they were written; rooms do not wait for each other", async () => {
  const { outbox, bodies, last, sent, pending } = tab();
  await outbox.start(7, "one");
  await outbox.post(3, "first");
  await outbox.post(3, "second");
  await outbox.post(4, "elsewhere");
  assert.deepEqual(bodies(), ["first", "elsewhere"]);
  sent[0]?.yes();
  await settled();
  assert.deepEqual(bodies(), ["first", "elsewhere", "second"]);
  last().yes();
  sent[1]?.yes();
  await settled();
  assert.deepEqual(pending.all.peek(), []);
});

test("the bubble is there at once, before anything is stored or sent", () => {
  const { outbox, pending } = tab();
  void outbox.post(3, "hello");
  assert.deepEqual(pending.in(3).map(({ body }) => body), ["hello"]);
});

for (const code of ["busy", "slow_down", "not_stored", "unknown"]) {
  test(`${code} is sent again with the same client_id, when the server says`, async () => {
    const { outbox, sent, last, clock, pending } = tab();
    await outbox.start(7, "one");
    await outbox.post(3, "hello");
    last().no(refused(code, 700));
    await settled();
    await clock.pass(699);
    assert.equal(sent.length, 1);
    await clock.pass(1);
    assert.equal(sent.length, 2);
    assert.equal(sent[0]?.unsent.client_id, sent[1]?.unsent.client_id);
    last().yes();
    await settled();
    assert.deepEqual(pending.all.peek(), []);
  });
}

test("a refusal of the message itself stays on the bubble and does not hold up the next one", async () => {
  const { outbox, bodies, last, pending, store } = tab();
  await outbox.start(7, "one");
  await outbox.post(3, "too long");
  await outbox.post(3, "short");
  last().no(refused("body_too_long"));
  await settled();
  assert.deepEqual(bodies(), ["too long", "short"]);
  last().yes();
  await settled();
  assert.deepEqual(pending.in(3).map(({ body, refused: why }) => [body, why?.code]), [["too long", "body_too_long"]]);
  assert.equal((await store.all())[0]?.refused?.code, "body_too_long");
});

test("retry sends the same message with the same id, discard takes it away for good", async () => {
  const { outbox, sent, last, pending, store } = tab();
  await outbox.start(7, "one");
  await outbox.post(3, "hello");
  last().no(refused("room_archived"));
  await settled();
  const id = sent[0]?.unsent.client_id ?? "";
  await outbox.retry(id);
  assert.equal(last().unsent.client_id, id);
  last().no(refused("room_archived"));
  await settled();
  await outbox.discard(id);
  assert.deepEqual(pending.all.peek(), []);
  assert.deepEqual(await store.all(), []);
});

test("an id that belongs to another message is not used again", async () => {
  const { outbox, sent, last } = tab();
  await outbox.start(7, "one");
  await outbox.post(3, "hello");
  last().no(refused("client_id_reused"));
  await settled();
  const id = sent[0]?.unsent.client_id ?? "";
  await outbox.retry(id);
  assert.notEqual(last().unsent.client_id, id);
  assert.equal(last().unsent.body, "hello");
});

test("what was cut off goes out again on the next line, with the same id", async () => {
  const { outbox, sent, last, line } = tab();
  await outbox.start(7, "one");
  await outbox.post(3, "hello");
  line.open = false;
  last().no(new NoAnswer());
  await settled();
  assert.equal(sent.length, 1);
  line.open = true;
  outbox.lineOpened();
  assert.equal(sent.length, 2);
  assert.equal(sent[0]?.unsent.client_id, sent[1]?.unsent.client_id);
});

test("the event that proves it was stored removes it, even if its reply never comes", async () => {
  const { outbox, sent, pending, store } = tab();
  await outbox.start(7, "one");
  await outbox.post(3, "hello");
  outbox.stored(sent[0]?.unsent.client_id ?? "");
  await settled();
  assert.deepEqual(pending.all.peek(), []);
  assert.deepEqual(await store.all(), []);
});

test("a reload finds what was written and sends it with the same id", async () => {
  const before = tab();
  before.line.open = false;
  await before.outbox.start(7, "one");
  await before.outbox.post(3, "first");
  await before.outbox.post(3, "second");
  const after = tab({ store: before.store });
  await after.outbox.start(7, "one");
  assert.deepEqual(after.bodies(), ["first"]);
  assert.equal(after.last().unsent.client_id, before.pending.in(3)[0]?.client_id);
  after.last().yes();
  await settled();
  assert.deepEqual(after.bodies(), ["first", "second"]);
});

test("another person's messages are not touched", async () => {
  const before = tab();
  before.line.open = false;
  await before.outbox.start(7, "one");
  await before.outbox.post(3, "of Maya");
  const after = tab({ store: before.store });
  await after.outbox.start(8, "one");
  assert.deepEqual(after.pending.all.peek(), []);
  assert.deepEqual(after.bodies(), []);
});

test("after a restore nothing goes out by itself: the server may have lost or kept it", async () => {
  const before = tab();
  before.line.open = false;
  await before.outbox.start(7, "one");
  await before.outbox.post(3, "hello");
  const after = tab({ store: before.store });
  await after.outbox.start(7, "two");
  assert.deepEqual(after.bodies(), []);
  assert.equal(after.pending.in(3)[0]?.refused?.code, "other_epoch");
  await after.outbox.retry(after.pending.in(3)[0]?.client_id ?? "");
  assert.deepEqual(after.bodies(), ["hello"]);
  assert.equal(after.last().unsent.epoch, "two");
});

test("two tabs show the same bubbles and only one of them sends", async () => {
  const store = memoryStore();
  const [one, two] = [tab({ store }), tab({ store, leads: false })];
  one.others.push(two);
  two.others.push(one);
  await one.outbox.start(7, "one");
  await two.outbox.start(7, "one");
  await one.outbox.post(3, "from the first");
  assert.deepEqual([one.bodies(), two.bodies()], [["from the first"], []]);
  assert.deepEqual(two.pending.in(3).map(({ body }) => body), ["from the first"]);
  // Writing in the second makes it the one that sends. What the first had on its way goes out once more, with its id, and first.
  await two.outbox.post(3, "from the second");
  assert.deepEqual(two.bodies(), ["from the first"]);
  assert.equal(two.last().unsent.client_id, one.last().unsent.client_id);
  two.last().yes();
  one.last().yes();
  await settled();
  assert.deepEqual(two.bodies(), ["from the first", "from the second"]);
  assert.deepEqual(one.bodies(), ["from the first"]);
  two.last().yes();
  await settled();
  assert.deepEqual([one.pending.all.peek(), two.pending.all.peek()], [[], []]);
});

test("without Web Locks a lease passes from tab to tab", async () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const storage = /** @type {Storage} */ (/** @type {unknown} */ ({ getItem: (/** @type {string} */ key) => kept.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value), removeItem: (/** @type {string} */ key) => void kept.delete(key) }));
  const window = /** @type {Window} */ (/** @type {unknown} */ ({ setInterval: () => 0, addEventListener: () => {} }));
  /** @type {string[]} */
  const led = [];
  const make = (/** @type {string} */ id) => leaseLeader(storage, "outbox", id, () => led.push(id), window);
  const [one, two] = [make("one"), make("two")];
  one.start();
  two.start();
  assert.deepEqual([one.leads(), two.leads()], [true, false]);
  await two.take();
  assert.deepEqual([one.leads(), two.leads()], [false, true]);
  assert.deepEqual(led, ["one", "two"]);
});
