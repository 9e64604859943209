// What stands behind the pages of people, invites and the audit log.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setWords } from "../../static/core/i18n.js";
import { ABOUT_ACCOUNTS, AuditLog, KINDS, PAGE } from "../../static/state/audit.js";
import { DELETED, ENDINGS, leaveWord, takeWord } from "../../static/state/farewell.js";
import { Listing } from "../../static/state/listing.js";
import { invitesAs, mayBan, mayBring, mayDelete, mayEnd, mayReset, mayShut, rolesFor, roomRolesFor } from "../../static/state/may.js";
import { CLOSES } from "../../static/net/close.js";
import { keyOf } from "../../static/views/audit_words.js";
import { JONAS, MAYA, room, settled } from "./helpers.mjs";

/** @import { AuditRecord, Member, PlaceRole, RoomRole, User } from "../../static/wire/types.js" */

const rust = (/** @type {string} */ path) => readFile(new URL(`../../src/${path}`, import.meta.url), "utf8");

/** @type {PlaceRole[]} */
const ROLES = ["owner", "admin", "member", "guest"];

test("what is offered to be done about people is what the server's own table allows", async () => {
  const table = await rust("domain/policy/people.rs");
  const rows = [...table.matchAll(/\((\w+), (other|oneself)\((\w+)(?:, (\w+))?\), "([.fo]{9})"\)/g)];
  assert.ok(rows.length >= 12);
  for (const [whole, actor = "", who, person = "", others, letters = ""] of rows) {
    const me = { ...MAYA, role: /** @type {PlaceRole} */ (actor.toLowerCase()) };
    const user = { ...(who === "oneself" ? MAYA : JONAS), role: /** @type {PlaceRole} */ (person.toLowerCase()) };
    const otherOwners = others !== "false";
    const roles = rolesFor(me, user, otherOwners);
    const offered = [...ROLES.map((role) => roles.includes(role)), ...[0, 1, 2, 3].map(() => mayShut(me, user)), mayDelete(me, user, otherOwners)];
    assert.deepEqual(offered.map((yes) => (yes ? "." : "-")).join(""), letters.replaceAll(/[fo]/g, "-"), whole);
  }
});

test("only owners end what owners have open, and only they make password links for those who run the place", () => {
  const as = (/** @type {PlaceRole} */ role, /** @type {User} */ user = JONAS) => ({ ...user, role });
  const row = (/** @type {(me: User, user: User) => boolean} */ may, /** @type {PlaceRole} */ role) => ROLES.map((other) => (may(as(role, MAYA), as(other)) ? "." : "-")).join("");
  assert.deepEqual(ROLES.map((role) => row(mayEnd, role)), ["....", "-...", "----", "----"]);
  assert.deepEqual(ROLES.map((role) => row(mayReset, role)), ["....", "--..", "----", "----"]);
  assert.ok(mayReset(as("admin", MAYA), as("admin", MAYA)), "one's own");
});

test("nobody is offered to invite to more than they could give", () => {
  assert.deepEqual(invitesAs({ ...MAYA, role: "owner" }), ["member", "guest", "admin"]);
  assert.deepEqual(invitesAs({ ...MAYA, role: "admin" }), ["member", "guest"]);
  assert.deepEqual(invitesAs(JONAS), []);
  assert.ok(mayBring(room({ role: "member" }), JONAS, "member"));
  assert.ok(!mayBring(room({ role: "member" }), JONAS, "guest"), "a guest comes in by who looks after the room");
  assert.ok(mayBring(room({ role: "moderator" }), JONAS, "guest"));
  assert.ok(!mayBring(room({ archived: true }), MAYA, "member"));
});

test("in a room, roles are given by its owners and by who runs the place, and the last owner stays", () => {
  const member = (/** @type {RoomRole} */ role, /** @type {Partial<User>} */ how = {}) => ({ user: { ...JONAS, ...how }, role });
  const plain = { ...JONAS, id: 30 };
  const mine = (/** @type {RoomRole} */ role) => room({ role });
  /** @type {Member[]} */
  const alone = [member("owner")];
  assert.deepEqual(roomRolesFor(mine("owner"), plain, alone, member("member", { id: 9 })), ["owner", "moderator", "member"]);
  assert.deepEqual(roomRolesFor(mine("owner"), plain, alone, member("member", { id: 9, role: "guest" })), ["member"]);
  assert.deepEqual(roomRolesFor(mine("moderator"), plain, alone, member("member", { id: 9 })), []);
  assert.deepEqual(roomRolesFor(mine("member"), MAYA, alone, member("owner")), [], "the last owner");
  assert.deepEqual(roomRolesFor(mine("member"), MAYA, [...alone, member("owner", { id: 9 })], member("owner")), ["owner", "moderator", "member"]);
  assert.deepEqual(roomRolesFor(room({ kind: "direct", role: "owner" }), MAYA, alone, member("member", { id: 9 })), []);
});

test("moderators ban members; owners and who runs the place are banned by owners alone, and nobody bans themselves", () => {
  const plain = { ...JONAS, id: 30 };
  const other = { ...JONAS, id: 31 };
  assert.ok(mayBan(room({ role: "moderator" }), plain, other, "member"));
  assert.ok(mayBan(room({ role: "moderator" }), plain, other, null), "also who is not in it");
  assert.ok(!mayBan(room({ role: "moderator" }), plain, other, "owner"));
  assert.ok(!mayBan(room({ role: "moderator" }), plain, { ...other, role: "admin" }, "member"));
  assert.ok(mayBan(room({ role: "owner" }), plain, { ...other, role: "admin" }, "member"));
  assert.ok(!mayBan(room({ role: "member" }), plain, other, "member"));
  assert.ok(!mayBan(room({ role: "owner" }), plain, plain, "owner"));
});

test("every kind of record is known, and whether it is about an account", async () => {
  const theirs = [...(await rust("domain/audit.rs")).matchAll(/^ {4}\w+ = "(\w+)",$/gm)].map(([, kind]) => kind);
  assert.ok(theirs.length > 30);
  assert.deepEqual([...KINDS].sort(), theirs.sort());
  for (const kind of ABOUT_ACCOUNTS) assert.ok(KINDS.includes(kind), kind);
});

test("every record has its sentence, whatever its details say", async () => {
  const words = JSON.parse(await readFile(new URL("../../static/i18n/en.json", import.meta.url), "utf8"));
  setWords("en", words);
  /** @param {string} kind @param {Record<string, unknown>} details @param {Partial<AuditRecord>} [how] */
  const key = (kind, details, how = {}) => keyOf({ id: 1, at: 1, kind, actor_id: 7, actor: "maya", subject_id: 8, subject: "jonas", address: null, credential: null, details, ...how });
  for (const kind of KINDS) {
    const details = { visibility: "private", mode: "open", rule: "admins" };
    assert.ok(key(kind, details) in words, kind);
  }
  assert.equal(key("token_revoked", { owner: 8 }), "audit.says.token_revoked.other");
  assert.equal(key("token_revoked", { owner: 7 }), "audit.says.token_revoked");
  assert.equal(key("sign_in_failed", { times: 3 }, { subject: "" }), "audit.says.sign_in_failed.nobody");
  assert.equal(key("account_deleted", {}, { subject_id: 7 }), "audit.says.account_deleted.own");
});

/** @param {number} id @returns {AuditRecord} */
const record = (id) => ({ id, at: id, kind: "signed_in", actor_id: 7, actor: "maya", subject_id: 7, subject: "maya", address: null, credential: null, details: {} });

test("the audit log goes back page by page, and what was overtaken by another choice is not taken", async () => {
  /** @type {Array<{ which: any, answer: (page: AuditRecord[]) => void }>} */
  const asked = [];
  const log = new AuditLog((which) => new Promise((answer) => asked.push({ which, answer })));
  const page = (/** @type {number} */ from) => Array.from({ length: PAGE }, (_, index) => record(from - index));
  void log.show({});
  asked[0]?.answer(page(200));
  await settled();
  assert.deepEqual([log.records.value?.length, log.more.value, log.loading.value], [PAGE, true, false]);
  void log.older();
  void log.older();
  assert.equal(asked.length, 2, "one question at a time");
  assert.deepEqual(asked[1]?.which, { before: 200 - PAGE + 1, limit: PAGE });
  void log.show({ kind: "banned" });
  asked[1]?.answer(page(150));
  asked[2]?.answer([record(3)]);
  await settled();
  assert.deepEqual(log.records.value?.map(({ id }) => id), [3]);
  assert.deepEqual([asked[2]?.which, log.more.value], [{ kind: "banned", limit: PAGE }, false]);
});

test("a list takes the newest answer, and says why there is none", async () => {
  /** @type {Array<{ good: (items: number[]) => void, bad: (error: Error) => void }>} */
  const asked = [];
  const list = new Listing(() => new Promise((good, bad) => asked.push({ good, bad })));
  void list.load();
  void list.load();
  asked[1]?.good([2]);
  await settled();
  asked[0]?.good([1]);
  await settled();
  assert.deepEqual(list.items.value, [2]);
  void list.load();
  asked[2]?.bad(new Error("gone"));
  await settled();
  assert.deepEqual([list.items.value, String(list.problem.value)], [[2], "Error: gone"]);
  void list.load();
  asked[3]?.good([]);
  await settled();
  assert.deepEqual([list.items.value, list.problem.value], [[], null]);
});

test("why a page went away is said once, and only where it has to do with the person", () => {
  /** @type {Map<string, string>} */
  const held = new Map();
  const storage = /** @type {Storage} */ (/** @type {unknown} */ ({ getItem: (/** @type {string} */ key) => held.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => held.set(key, value), removeItem: (/** @type {string} */ key) => held.delete(key) }));
  leaveWord(storage, DELETED);
  assert.deepEqual([takeWord(storage), takeWord(storage)], [DELETED, null]);
  leaveWord(storage, 1012);
  assert.equal(takeWord(storage), null);
  assert.equal(takeWord(undefined), null);
  for (const code of ENDINGS) assert.notEqual(CLOSES[code], "reconnect", String(code));
});
