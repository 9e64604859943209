import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseRoute, personPath, roomPath } from "../../static/core/router.js";
import { computed, effect, flush, scope, signal } from "../../static/core/signal.js";
import { LEAST_MS, MOST_MS, afterRestart, backoff } from "../../static/net/backoff.js";
import { CLOSES, thenAfter } from "../../static/net/close.js";
import { find, score } from "../../static/state/fuzzy.js";
import { uuid } from "../../static/state/ids.js";
import { People } from "../../static/state/people.js";
import { Typing } from "../../static/state/typing.js";
import { hueOf, initials } from "../../static/views/avatar.js";
import { lengthOf } from "../../static/views/composer.js";
import { deviceName } from "../../static/views/devices.js";
import { nextRoom } from "../../static/views/keys.js";
import { codeFrom } from "../../static/views/setup.js";
import { titleOf } from "../../static/views/title.js";
import { wrapped } from "../../static/views/wrap.js";
import { Clock, JONAS, MAYA } from "./helpers.mjs";

test("back-off: full jitter under a ceiling that doubles, from half a second to thirty", () => {
  assert.equal(backoff(0, () => 1), 500);
  assert.equal(backoff(3, () => 1), 4_000);
  assert.equal(backoff(3, () => 0.5), 2_000);
  assert.equal(backoff(50, () => 1), MOST_MS);
  assert.equal(backoff(50, () => 0), LEAST_MS);
  assert.ok(afterRestart(() => 1) <= 5_000);
});

test("the table of closes is the server's", async () => {
  const rust = await readFile(new URL("../../src/protocol/close.rs", import.meta.url), "utf8");
  const then = { Reconnect: "reconnect", SignIn: "sign_in", GiveUp: "give_up" };
  const theirs = Object.fromEntries([...rust.matchAll(/^ {4}\w+ = (\d+), (\w+), "/gm)].map(([, code, what]) => [code, then[/** @type {keyof typeof then} */ (what)]]));
  assert.ok(Object.keys(theirs).length > 10);
  assert.deepEqual({ ...CLOSES }, theirs);
  assert.equal(thenAfter(1006), "reconnect");
});

test("routes", () => {
  assert.deepEqual(parseRoute("/"), { at: "home" });
  assert.deepEqual(parseRoute("/room/12"), { at: "room", room: 12, number: null });
  assert.deepEqual(parseRoute(roomPath(12, 7)), { at: "room", room: 12, number: 7 });
  assert.deepEqual(parseRoute("/join/a%2Db"), { at: "join", token: "a-b" });
  for (const at of ["setup", "sign-in", "sign-up"]) assert.deepEqual(parseRoute(`/${at}`), { at });
  assert.deepEqual(parseRoute("/settings"), { at: "settings", section: "you", user: null });
  for (const section of ["security", "devices", "place", "invites", "audit"]) assert.deepEqual(parseRoute(`/settings/${section}`), { at: "settings", section, user: null });
  assert.deepEqual(parseRoute("/settings/audit/7"), { at: "settings", section: "audit", user: 7 });
  assert.deepEqual(parseRoute("/people"), { at: "people", user: null });
  assert.deepEqual(parseRoute(personPath(7)), { at: "people", user: 7 });
  for (const path of ["/room", "/room/x", "/room/0", "/room/1/2/3", "/nothing", "/settings/more", "/settings/you", "/settings/devices/7", "/settings/audit/x", "/people/x", "/people/7/8"]) assert.deepEqual(parseRoute(path), { at: "nowhere" }, path);
});

test("the switcher: the whole name, then its beginning, then the beginning of a word, then anywhere, then scattered letters", () => {
  const order = ["an", "anna", "old anvil", "banana", "a big nut"];
  const points = order.map((text) => score("an", text));
  assert.deepEqual(points, [...points].sort((one, other) => other - one));
  assert.ok(points.every((one) => one > 0));
  assert.equal(score("xyz", "anna"), 0);
  assert.ok(score("lea", "Léa Fontaine") > 0, "accents do not matter");
  assert.ok(score("a.b", "a.b") === 1_000 && score("a.b", "axb") === 0, "a dot is a dot");
});

test("the switcher: what was used lately comes first among equals, and first of all when nothing is typed", () => {
  const items = [{ name: "design", bonus: 0 }, { name: "devops", bonus: 30 }];
  const names = (/** @type {string} */ query) => find(query, items, ({ name, bonus }) => ({ texts: [name], bonus })).map(({ name }) => name);
  assert.deepEqual(names("de"), ["devops", "design"]);
  assert.deepEqual(names(""), ["devops", "design"]);
  assert.deepEqual(names("des"), ["design", "devops"]);
});

test("ids are UUIDs that begin with the time", () => {
  const before = Date.now();
  const ids = Array.from({ length: 50 }, uuid);
  const times = ids.map((id) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
  assert.ok(times.every((time) => time >= before && time <= Date.now()));
  assert.ok(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)));
  assert.equal(new Set(ids).size, 50);
});

test("signals: an effect runs once for many changes, and not after its end", () => {
  const one = signal(1);
  const double = computed(() => one.value * 2);
  /** @type {number[]} */
  const seen = [];
  const [, end] = scope(() => effect(() => void seen.push(double.value)));
  one.value = 2;
  one.value = 3;
  flush();
  assert.deepEqual(seen, [2, 6]);
  end();
  one.value = 4;
  flush();
  assert.deepEqual(seen, [2, 6]);
});

test("signals: an effect does not run where what it read came out the same", () => {
  const rooms = signal(["tea"]);
  const first = computed(() => rooms.value[0]);
  const shouted = computed(() => first.value?.toUpperCase());
  let runs = 0;
  const end = effect(() => {
    shouted.value;
    runs += 1;
  });
  rooms.value = ["tea", "coffee"];
  flush();
  assert.equal(runs, 1);
  rooms.value = ["coffee"];
  flush();
  assert.equal(runs, 2);
  end();
});

test("presence: a snapshot says all, a difference says what changed", () => {
  const people = new People();
  people.presence({ presence: "snapshot", online: [1, 2] });
  people.presence({ presence: "diff", online: [3], offline: [1] });
  assert.deepEqual([...people.online.value], [2, 3]);
});

test("a list of people does not undo what an event said while it was on its way", async () => {
  const people = new People();
  await people.load(async () => {
    people.learn({ ...JONAS, display_name: "Jonas W." });
    return [JONAS, MAYA];
  });
  assert.deepEqual([people.name(JONAS.id), people.name(MAYA.id)], ["Jonas W.", "Maya"]);
});

test("who is on no list any more is forgotten, unless an event just spoke of them", async () => {
  const people = new People();
  people.learn(MAYA, JONAS);
  await people.load(async () => [MAYA]);
  assert.deepEqual([people.name(MAYA.id), people.get(JONAS.id)], ["Maya", undefined]);
  await people.load(async () => {
    people.learn(JONAS);
    return [MAYA];
  });
  assert.equal(people.name(JONAS.id), "Jonas");
});

test("typing is believed for six seconds and told at most every three", async () => {
  const clock = new Clock();
  const typing = new Typing(clock);
  typing.heard(3, 8);
  await clock.pass(4_000);
  typing.heard(3, 8);
  await clock.pass(4_000);
  assert.deepEqual(typing.in(3), [8], "a newer word counts from its own time");
  await clock.pass(2_000);
  assert.deepEqual(typing.in(3), []);
  assert.deepEqual([typing.shouldTell(), typing.shouldTell()], [true, false]);
  await clock.pass(3_000);
  assert.equal(typing.shouldTell(), true);
});

test("initials", () => {
  for (const [name, want] of /** @type {const} */ ([["Maya Lindqvist", "ML"], ["tom", "T"], ["anna.k", "AK"], ["Ana María de la Cruz", "AC"], ["日本 太郎", "日太"], ["🚀", "🚀"], ["(bot) 9", "B9"]])) {
    assert.equal(initials(name), want, name);
  }
  assert.ok(Array.from({ length: 100 }, (_, id) => hueOf(id)).every((hue) => hue >= 0 && hue < 12));
});

test("marks around what is selected, and away again", () => {
  assert.deepEqual(wrapped("say it", 4, 6, "**"), { from: 4, to: 6, insert: "**it**", start: 6, end: 8 });
  assert.deepEqual(wrapped("say **it**", 6, 8, "**"), { from: 4, to: 10, insert: "it", start: 4, end: 6 });
  assert.deepEqual(wrapped("**it**", 2, 4, "*"), { from: 2, to: 4, insert: "*it*", start: 3, end: 5 });
});

test("Alt and the arrows go round, over the rooms that are wanted", () => {
  const all = () => true;
  assert.equal(nextRoom([1, 2, 3], 3, 1, all), 1);
  assert.equal(nextRoom([1, 2, 3], 1, -1, all), 3);
  assert.equal(nextRoom([1, 2, 3], null, 1, all), 1);
  assert.equal(nextRoom([1, 2, 3], null, -1, all), 3);
  assert.equal(nextRoom([1, 2, 3], 1, 1, (id) => id === 3), 3);
  assert.equal(nextRoom([1, 2, 3], 1, 1, () => false), null);
});

test("titles, devices, codes and lengths", () => {
  assert.equal(titleOf(3, "#general", "Corner House"), "(3) #general – Corner House");
  assert.equal(titleOf(0, null, "Corner House"), "Corner House");
  assert.equal(deviceName("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"), "Chrome · Linux");
  assert.equal(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604"), "Safari · iPhone");
  assert.equal(deviceName("curl/8.1"), "curl/8.1");
  assert.equal(codeFrom("#code=ABCD-EFGH-JKLM"), "ABCD-EFGH-JKLM");
  assert.equal(codeFrom(""), "");
  assert.equal(lengthOf("a🚀"), 2);
});
