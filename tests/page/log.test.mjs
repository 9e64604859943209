import assert from "node:assert/strict";
import { test } from "node:test";
import { WINDOW, fromPage, holds, lastMessage, withEvent, withMessage, withNewer, withOlder } from "../../static/state/log.js";
import { cursor, entry, message, posted } from "./helpers.mjs";

/** @param {number} from @param {number} to */
const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message({ number: from + index, seq: from + index }));

/** @param {number} from @param {number} to @param {{ older?: boolean, newer?: boolean, at?: number }} [how] */
const page = (from, to, { older = true, newer = false, at = to } = {}) => ({ room: 3, messages: messages(from, to), has_older: older, has_newer: newer, cursor: cursor(at) });

test("older pages push the newest out of the window, newer ones the oldest", () => {
  let log = fromPage(page(401, 450));
  for (let from = 351; from >= 101; from -= 50) log = withOlder(log, page(from, from + 49));
  assert.equal(log.items.length, WINDOW);
  assert.equal(log.hasNewer, true);
  assert.equal(lastMessage(log)?.number, 400);
  log = withNewer(log, page(401, 450));
  assert.equal(log.items.length, WINDOW);
  assert.equal(log.items[0]?.message?.number, 151);
  assert.deepEqual([log.hasOlder, log.hasNewer], [true, false]);
});

test("a full window that is followed lets the oldest go; one that is read lets nothing in above the reader", () => {
  const full = fromPage(page(1, WINDOW, { older: false }));
  const followed = withEvent(full, posted(WINDOW + 1), true);
  assert.equal(followed.items.length, WINDOW);
  assert.deepEqual([followed.items[0]?.message?.number, followed.hasOlder], [2, true]);
  const read = withEvent(full, posted(WINDOW + 1), false);
  assert.equal(read.items, full.items);
  assert.equal(read.hasNewer, true);
});

test("away from the present nothing is added", () => {
  const log = fromPage(page(1, 50, { newer: true }));
  assert.equal(withEvent(log, posted(90), true), log);
});

test("what the page already contains is not added again", () => {
  const log = fromPage(page(1, 3, { at: 8 }));
  assert.equal(withEvent(log, entry(7, { kind: "renamed", name: "x" }), true), log);
  assert.equal(withEvent(log, posted(9), true).items.length, 4);
});

test("a reply before its event, and before the events of others, ends in the order of the log", () => {
  let log = fromPage(page(1, 3));
  log = withMessage(log, message({ number: 5, seq: 5 }), true);
  log = withEvent(log, posted(4), true);
  log = withEvent(log, posted(5), true);
  assert.deepEqual(log.items.map(({ seq }) => seq), [1, 2, 3, 4, 5]);
  assert.equal(holds(log, 5), true);
});

test("the reply to an old retry does not come in at the wrong end", () => {
  const log = fromPage(page(100, 150));
  assert.equal(withMessage(log, message({ number: 5, seq: 5 }), true), log);
});
