import assert from "node:assert/strict";
import { test } from "node:test";
import { markOnNews, markOnOpen, readNow } from "../../static/state/reading.js";
import { rowsOf } from "../../static/state/rows.js";
import { JONAS, MAYA, entry, message } from "./helpers.mjs";

const MINUTE = 60_000;
const NOON = new Date(2026, 10, 24, 12).getTime();

/** @param {number} number @param {number} at @param {number} [author] */
const item = (number, at, author = JONAS.id) => ({ seq: number, at, message: message({ number, at, author }), entry: null });

/** @param {Partial<Parameters<typeof rowsOf>[0]>} how */
const rows = (how) =>
  rowsOf({ items: [], unsent: [], me: MAYA.id, newAfter: null, atPresent: true, ...how }).map((row) =>
    row.kind === "message" ? `${row.grouped ? "+" : ""}${row.message?.number ?? row.unsent?.body}` : row.kind,
  );

test("messages of one person within five minutes stand together", () => {
  assert.deepEqual(rows({ items: [item(1, NOON), item(2, NOON + 4 * MINUTE), item(3, NOON + 9 * MINUTE), item(4, NOON + 10 * MINUTE, MAYA.id)] }), ["day", "1", "+2", "3", "4"]);
});

test("a day begins with its line, and with it a new group", () => {
  const midnight = new Date(2026, 10, 25).getTime();
  assert.deepEqual(rows({ items: [item(1, midnight - MINUTE), item(2, midnight + MINUTE)] }), ["day", "1", "day", "2"]);
});

test("a quiet line ends a group", () => {
  const line = { seq: 2, at: NOON + MINUTE, message: null, entry: entry(2, { kind: "archived" }) };
  assert.deepEqual(rows({ items: [item(1, NOON), line, item(3, NOON + 2 * MINUTE)] }), ["day", "1", "line", "3"]);
});

test("the New line stands before the first message of another that was not read", () => {
  const items = [item(1, NOON), item(2, NOON + 1, MAYA.id), item(3, NOON + 2), item(4, NOON + 3)];
  assert.deepEqual(rows({ items, newAfter: 1 }), ["day", "1", "2", "new", "3", "+4"]);
  assert.deepEqual(rows({ items, newAfter: 4 }), ["day", "1", "2", "3", "+4"]);
  assert.deepEqual(rows({ items, newAfter: 0 }), ["day", "new", "1", "2", "3", "+4"]);
});

test("what is not yet sent stands at the end, and not beside itself once it is stored", () => {
  const unsent = (/** @type {string} */ client_id) => ({ client_id, user: MAYA.id, epoch: "one", room: 3, body: client_id, at: NOON + MINUTE, order: 1, refused: null });
  const items = [item(1, NOON, MAYA.id)];
  assert.deepEqual(rows({ items, unsent: [unsent("client-1"), unsent("other")] }), ["day", "1", "+other"]);
  assert.deepEqual(rows({ items, unsent: [unsent("other")], atPresent: false }), ["day", "1"]);
});

test("an own message keeps its key from bubble to message", () => {
  const unsent = { client_id: "client-1", user: MAYA.id, epoch: "one", room: 3, body: "x", at: NOON, order: 1, refused: null };
  const before = rowsOf({ items: [], unsent: [unsent], me: MAYA.id, newAfter: null, atPresent: true }).at(-1);
  const after = rowsOf({ items: [item(1, NOON, MAYA.id)], unsent: [], me: MAYA.id, newAfter: null, atPresent: true }).at(-1);
  assert.equal(before?.key, after?.key);
});

test("the New line is drawn where one left, and stays there while one looks", () => {
  const opened = markOnOpen(3, 5, 9);
  assert.deepEqual(opened, { room: 3, after: 5 });
  assert.equal(markOnNews(opened, { looking: true, read: 9, last: 10 }), opened);
  assert.deepEqual(markOnOpen(3, 9, 9), { room: 3, after: null });
});

test("the New line moves on only when one looked away after reading", () => {
  const mark = { room: 3, after: 5 };
  assert.deepEqual(markOnNews(mark, { looking: false, read: 9, last: 10 }), { room: 3, after: 9 });
  assert.equal(markOnNews(mark, { looking: false, read: 5, last: 10 }), mark);
});

test("read is what stands at the end of a tab that is seen", () => {
  const seen = { focused: true, visible: true, bottomSeen: true, lastShown: 9, read: 4 };
  assert.equal(readNow(seen), 9);
  for (const not of [{ focused: false }, { visible: false }, { bottomSeen: false }, { lastShown: 4 }]) assert.equal(readNow({ ...seen, ...not }), null);
});
