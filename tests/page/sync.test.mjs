import assert from "node:assert/strict";
import { test } from "node:test";
import { JONAS, MAYA, cursor, entry, page, posted, ready, room, settled } from "./helpers.mjs";
import { unreadIn } from "../../static/state/rooms.js";

/** A page that holds room 3 up to its third message. */
function holding() {
  const made = page();
  made.sync.ready(ready([room({ last: cursor(3), last_number: 3 })]));
  made.load([1, 2, 3].map((seq) => posted(seq).event).flatMap((event) => (event.kind === "posted" ? [event.message] : [])), cursor(3));
  return made;
}

test("events in order are applied once", () => {
  const { sync, numbers, rooms, asked } = holding();
  sync.event(posted(4));
  sync.event(posted(4));
  sync.event(posted(2));
  sync.event(posted(5));
  assert.deepEqual(numbers(), [1, 2, 3, 4, 5]);
  assert.equal(rooms.get(3)?.last_number, 5);
  assert.deepEqual(asked.resume, []);
});

test("a gap is asked for once, and nothing after it is applied before it is filled", () => {
  const { sync, numbers, asked } = holding();
  sync.event(posted(6));
  sync.event(posted(7));
  assert.deepEqual(numbers(), [1, 2, 3]);
  assert.deepEqual(asked.resume, [[{ room: 3, cursor: cursor(3) }]]);
  for (const seq of [4, 5, 6, 7]) sync.event(posted(seq));
  sync.resumed(3, cursor(7));
  assert.deepEqual(numbers(), [1, 2, 3, 4, 5, 6, 7]);
  sync.event(posted(9));
  assert.equal(asked.resume.length, 2);
});

test("a refused resume is asked again after the time the server names", async () => {
  const { sync, asked, refuse, clock } = holding();
  sync.event(posted(6));
  refuse(400);
  await clock.pass(399);
  assert.equal(asked.resume.length, 1);
  await clock.pass(1);
  assert.deepEqual(asked.resume, [[{ room: 3, cursor: cursor(3) }], [{ room: 3, cursor: cursor(3) }]]);
});

test("after a cut line only what is held and behind is resumed", () => {
  const { sync, asked, numbers, rooms } = holding();
  sync.ready(ready([room({ last: cursor(5), last_number: 5 }), room({ id: 4, last: cursor(90) })]));
  assert.deepEqual(asked.resume, [[{ room: 3, cursor: cursor(3) }]]);
  // What `ready` said of the room already counts these two; folding them in again must not change it back.
  sync.event(entry(4, { kind: "renamed", name: "an older name" }));
  sync.event(posted(5, { number: 4 }));
  assert.deepEqual(numbers(), [1, 2, 3, "renamed", 4]);
  assert.equal(rooms.get(3)?.name, "general");
  assert.equal(rooms.get(3)?.last_number, 5);
  assert.equal(sync.cursor(4)?.seq, 90);
});

test("a room at the same place with another tag belongs to another history and is resumed", () => {
  const { sync, asked } = holding();
  sync.ready(ready([room({ last: { seq: 3, tag: 5 }, last_number: 3 })]));
  assert.deepEqual(asked.resume, [[{ room: 3, cursor: cursor(3) }]]);
});

test("another epoch forgets every cursor and every message", () => {
  const { sync, asked, logs } = holding();
  sync.ready(ready([room({ last: cursor(2), last_number: 2 })], { epoch: "two" }));
  assert.deepEqual(asked.resume, []);
  assert.equal(logs.of(3).peek().log, null);
  assert.deepEqual(sync.cursor(3), cursor(2));
  assert.equal(asked.everyone, 2);
});

test("reset drops the room, asks for it anew and takes the next event wherever it stands", async () => {
  const { sync, asked, logs, giveRoom, rooms } = holding();
  sync.reset(3);
  assert.equal(logs.of(3).peek().log, null);
  assert.deepEqual(asked.rooms, [3]);
  giveRoom(room({ name: "anew", last: cursor(20), last_number: 9 }));
  await settled();
  assert.equal(rooms.get(3)?.name, "anew");
  assert.deepEqual(sync.cursor(3), cursor(20));
  sync.event(posted(21));
  assert.deepEqual(sync.cursor(3), cursor(21));
  assert.deepEqual(asked.resume, []);
});

test("an event between a reset and its answer does not ask for a gap", async () => {
  const { sync, asked, giveRoom } = holding();
  sync.reset(3);
  sync.event(posted(21));
  giveRoom(room({ last: cursor(20), last_number: 9 }));
  await settled();
  sync.event(posted(22));
  assert.deepEqual(sync.cursor(3), cursor(22));
  assert.deepEqual(asked.resume, []);
});

test("reset of the place asks for the people, reset of the person for the rooms", () => {
  const { sync, asked } = page();
  sync.ready(ready([room({ id: 1, kind: "place", last: cursor(4) }), room({ id: 2, kind: "person", last: cursor(4) })]));
  sync.reset(1);
  sync.reset(2);
  assert.deepEqual([asked.everyone, asked.mine], [2, 1]);
});

test("the place's log is resumed after a cut line, the person's is not: ready says it all", () => {
  const { sync, asked } = page();
  const hidden = (/** @type {number} */ seq) => [room({ id: 1, kind: "place", last: cursor(seq) }), room({ id: 2, kind: "person", last: cursor(seq) })];
  sync.ready(ready(hidden(4)));
  sync.ready(ready(hidden(6)));
  assert.deepEqual(asked.resume, [[{ room: 1, cursor: cursor(4) }]]);
  assert.equal(asked.everyone, 1);
});

test("an event that comes while a page is on its way is in the room once, whatever the page holds", () => {
  for (const pageHasIt of [true, false]) {
    const { sync, logs, numbers } = page();
    sync.ready(ready([room({ last: cursor(1), last_number: 1 })]));
    logs.expectPage(3);
    sync.event(posted(2));
    const messages = (pageHasIt ? [1, 2] : [1]).map((seq) => posted(seq).event).flatMap((event) => (event.kind === "posted" ? [event.message] : []));
    logs.takePage(3, () => ({ items: messages.map((one) => ({ seq: one.seq, at: one.at, message: one, entry: null })), hasOlder: false, hasNewer: false, floor: pageHasIt ? 2 : 1 }));
    assert.deepEqual(numbers(), [1, 2]);
  }
});

test("being added brings the room, being removed takes it and its messages", () => {
  const { sync, rooms, logs } = holding();
  sync.ready(ready([room({ id: 2, kind: "person", last: cursor(1) }), room({ last: cursor(3), last_number: 3 })]));
  sync.event(entry(2, { kind: "room_added", room: room({ id: 9, name: "lunch", last: cursor(5) }) }, { room: 2 }));
  assert.equal(rooms.get(9)?.name, "lunch");
  assert.deepEqual(sync.cursor(9), cursor(5));
  sync.event(entry(3, { kind: "room_removed", room: 3 }, { room: 2 }));
  assert.equal(rooms.get(3), undefined);
  assert.equal(logs.of(3).peek().log, null);
  sync.event(posted(4));
  assert.equal(logs.of(3).peek().log, null);
});

test("names, roles and the place follow their events", () => {
  const { sync, session, people, rooms, members } = page();
  sync.ready(ready([room({ id: 1, kind: "place", last: cursor(1) }), room({ last: cursor(1) })]));
  members.put(3, [{ user: MAYA, role: "owner" }]);
  sync.event(entry(2, { kind: "user_joined", user: JONAS }, { room: 1 }));
  sync.event(entry(3, { kind: "user_changed", user: { ...MAYA, display_name: "Maya L." } }, { room: 1 }));
  sync.event(entry(4, { kind: "place_renamed", name: "Barn" }, { room: 1 }));
  sync.event(entry(5, { kind: "sign_up_set", mode: "open" }, { room: 1 }));
  assert.equal(people.name(JONAS.id), "Jonas");
  assert.equal(session.me.value.display_name, "Maya L.");
  assert.deepEqual([session.place.value, session.signUp.value], ["Barn", "open"]);
  sync.event(entry(2, { kind: "joined", user: JONAS, role: "member" }));
  sync.event(entry(3, { kind: "role_set", user: JONAS.id, role: "moderator" }));
  sync.event(entry(4, { kind: "topic_set", topic: "tea" }));
  sync.event(entry(5, { kind: "archived" }));
  assert.deepEqual(members.of(3)?.map(({ role }) => role), ["owner", "moderator"]);
  assert.deepEqual([rooms.get(3)?.topic, rooms.get(3)?.archived], ["tea", true]);
  sync.event(entry(6, { kind: "left", user: JONAS.id }));
  assert.deepEqual(members.of(3)?.length, 1);
});

test("a guest, whom the place's log does not tell, asks after every line whom they meet, and as a member once more for everybody", () => {
  const { sync, asked } = page();
  const guest = { me: { ...MAYA, role: /** @type {const} */ ("guest") } };
  sync.ready(ready([room({ last: cursor(3) })], guest));
  sync.ready(ready([room({ last: cursor(3) })], guest));
  assert.equal(asked.everyone, 2);
  // Nobody is known in a conversation that is new.
  sync.entered(room({ id: 9, kind: "direct", people: [MAYA.id, JONAS.id] }));
  assert.equal(asked.everyone, 3);
  sync.ready(ready([room({ id: 1, kind: "place" }), room({ last: cursor(3) })]));
  assert.equal(asked.everyone, 4);
  sync.ready(ready([room({ id: 1, kind: "place" }), room({ last: cursor(3) })]));
  assert.equal(asked.everyone, 4, "a member is told by the place's log");
});

test("what a guest missed names people as they were called then, so they are asked for behind it", () => {
  const { sync, asked, load, people } = page();
  const guest = { me: { ...MAYA, role: /** @type {const} */ ("guest") } };
  sync.ready(ready([room({ last: cursor(1) })], guest));
  load([], cursor(1));
  sync.ready(ready([room({ last: cursor(2) })], guest));
  assert.equal(asked.everyone, 1, "not before the missed events");
  sync.event(entry(2, { kind: "joined", user: JONAS, role: "member" }));
  assert.equal(people.name(JONAS.id), "Jonas");
  sync.resumed(3, cursor(2));
  assert.equal(asked.everyone, 2);
});

test("state folded from events equals a fresh ready", () => {
  const folded = page();
  folded.sync.ready(ready([room({ last: cursor(0) })]));
  folded.sync.event(posted(1));
  folded.sync.event(entry(2, { kind: "renamed", name: "tea" }));
  folded.sync.event(entry(3, { kind: "visibility_set", visibility: "private" }));
  folded.sync.event(posted(4, { number: 2 }));
  folded.rooms.read(3, 1);
  const fresh = page();
  fresh.sync.ready(ready([room({ name: "tea", kind: "private", last: cursor(4), last_number: 2, last_at: 1_764_000_000_002, read_number: 1 })]));
  assert.deepEqual(folded.rooms.get(3), fresh.rooms.get(3));
  assert.equal(folded.rooms.unread.value, 1);
});

test("the read position never moves back, and unread is what lies behind it", () => {
  const { rooms, sync } = page();
  sync.ready(ready([room({ last: cursor(9), last_number: 9, read_number: 4 })]));
  rooms.read(3, 7);
  rooms.read(3, 5);
  const now = rooms.get(3);
  assert.equal(now?.read_number, 7);
  assert.equal(now && unreadIn(now), 2);
  sync.ready(ready([room({ id: 2, kind: "person", last_number: 5 })]));
  assert.equal(rooms.unread.value, 0, "hidden rooms are never unread");
});

test("a room that somebody else took me out of is named, one that I left is not", () => {
  const { sync, rooms } = page();
  const own = room({ id: 9, kind: "person", name: null });
  const [tea, lunch] = [room({ id: 4, name: "tea" }), room({ id: 5, name: "lunch" })];
  sync.ready(ready([own, tea, lunch]));
  sync.event(entry(1, { kind: "room_removed", room: 4 }, { room: 9, by: MAYA.id }));
  assert.equal(rooms.lost.peek(), null);
  sync.event(entry(2, { kind: "room_removed", room: 5 }, { room: 9, by: JONAS.id }));
  assert.equal(rooms.lost.value?.name, "lunch");
});
