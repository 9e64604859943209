// Whatever anybody does: what a page has made of the events is what a page shows that comes only now. For everyone in the place: who
// did it, other members, one who is not in the room, a guest; for a page that heard the events and for one that slept meanwhile.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Place, agree } from "./place.mjs";
import { PASSWORD, Person } from "./person.mjs";
import { Screen } from "./screen.mjs";
import { codeOf } from "./second_factor.mjs";
import { TokenSocket } from "./token_socket.mjs";

/** @type {Place} */
let place;
/** @type {{ alice: Person, bob: Person, carol: Person, dave: Person, gina: Person }} */
let cast;
/** @type {{ general: number, lounge: number }} */
let rooms;

/** Does something, and everybody's page must be right afterwards. @param {string} name @param {() => Promise<unknown>} act */
const step = (name, act) => test(name, () => place.after(act));

/** @param {Person} person @param {string} name @returns {number} */
function roomOf(person, name) {
  const found = [...(person.screen?.page.rooms.all.peek().values() ?? [])].find((room) => room.name === name);
  assert(found, `${person.name} is in no room called ${name}`);
  return found.id;
}

before(async () => {
  place = await Place.open();
  const { founder: alice, invite } = await place.founder("alice");
  await alice.opensThePage();
  await alice.asks({ type: "create_room", name: "lounge", topic: "", visibility: "public" });
  rooms = { general: roomOf(alice, "general"), lounge: roomOf(alice, "lounge") };
  const { token } = await alice.calls("POST /invites", [], { role: "guest", rooms: [rooms.lounge] });
  const [bob, carol, dave] = [await place.newcomer("bob", invite), await place.newcomer("carol", invite), await place.newcomer("dave", invite)];
  const gina = await place.newcomer("gina", token);
  for (const person of [bob, carol, dave, gina]) await person.opensThePage();
  await bob.asks({ type: "join_room", room: rooms.lounge });
  cast = { alice, bob, carol, dave, gina };
});

after(() => place.close());

// ── Talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

step("a post, from the composer and by the API", async () => {
  await cast.bob.says(rooms.lounge, "hello");
  await cast.gina.says(rooms.lounge, "hello *Bob*");
  await cast.carol.calls("POST /rooms/{id}/messages", [rooms.general], { client_id: crypto.randomUUID(), body: "is anybody here?" });
});

step("reading", async () => {
  await cast.gina.asks({ type: "read", room: rooms.lounge, number: 1 });
  await cast.bob.calls("PUT /rooms/{id}/read", [rooms.general], { number: 1 });
});

step("what leaves nothing behind: typing, a ping, a ticket", async () => {
  cast.bob.types(rooms.lounge);
  await cast.bob.calls("POST /rooms/{id}/typing", [rooms.lounge]);
  await cast.bob.asks({ type: "ping" });
  await cast.bob.calls("POST /ws-ticket");
});

// ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

step("new rooms, public and private", async () => {
  await cast.bob.asks({ type: "create_room", name: "attic", topic: "dust", visibility: "private" });
  await cast.carol.calls("POST /rooms", [], { name: "cellar", topic: "", visibility: "public" });
});

step("coming in", async () => {
  await cast.dave.asks({ type: "join_room", room: roomOf(cast.carol, "cellar") });
  await cast.carol.calls("POST /rooms/{id}/join", [rooms.lounge]);
});

step("being brought in", async () => {
  await cast.bob.asks({ type: "add_member", room: roomOf(cast.bob, "attic"), user: cast.gina.id });
  await cast.bob.calls("POST /rooms/{id}/members", [roomOf(cast.bob, "attic")], { user: cast.carol.id });
  await cast.gina.says(roomOf(cast.bob, "attic"), "thank you");
});

step("conversations", async () => {
  await cast.bob.asks({ type: "open_direct", users: [cast.gina.id] });
  const { room } = await cast.bob.calls("POST /directs", [], { users: [cast.carol.id, cast.dave.id] });
  await cast.carol.says(room.id, "only us");
});

step("other roles in a room", async () => {
  await cast.bob.asks({ type: "set_room_role", room: roomOf(cast.bob, "attic"), user: cast.carol.id, role: "moderator" });
  await cast.carol.calls("PATCH /rooms/{id}/members/{user}", [roomOf(cast.carol, "cellar"), cast.dave.id], { role: "owner" });
});

step("another name", async () => {
  await cast.carol.asks({ type: "rename_room", room: roomOf(cast.carol, "cellar"), name: "vault" });
  await cast.bob.calls("PATCH /rooms/{id}", [roomOf(cast.bob, "attic")], { name: "loft" });
});

step("another topic", async () => {
  await cast.dave.asks({ type: "set_topic", room: roomOf(cast.dave, "vault"), topic: "potatoes" });
  await cast.carol.calls("PATCH /rooms/{id}", [roomOf(cast.carol, "loft")], { topic: "more dust" });
});

step("a private room becomes public, and a public one private", async () => {
  await cast.bob.asks({ type: "set_visibility", room: roomOf(cast.bob, "loft"), visibility: "public" });
  await cast.carol.calls("PATCH /rooms/{id}", [roomOf(cast.carol, "vault")], { visibility: "private" });
});

step("and back", async () => {
  await cast.bob.asks({ type: "set_visibility", room: roomOf(cast.bob, "loft"), visibility: "private" });
  await cast.carol.asks({ type: "set_visibility", room: roomOf(cast.carol, "vault"), visibility: "public" });
});

step("a room is archived", () => cast.carol.asks({ type: "set_archived", room: roomOf(cast.carol, "vault"), archived: true }));
step("and opened again", () => cast.carol.calls("PATCH /rooms/{id}", [roomOf(cast.carol, "vault")], { archived: false }));

step("going, and the owner's going", async () => {
  await cast.gina.asks({ type: "leave_room", room: roomOf(cast.gina, "loft") });
  await cast.bob.calls("POST /rooms/{id}/leave", [roomOf(cast.bob, "loft")]);
});

step("coming back to what went on", async () => {
  await cast.carol.says(roomOf(cast.carol, "loft"), "nobody listens");
  await cast.carol.asks({ type: "add_member", room: roomOf(cast.carol, "loft"), user: cast.bob.id });
});

step("being taken out", async () => {
  await cast.carol.asks({ type: "remove_member", room: roomOf(cast.carol, "loft"), user: cast.bob.id });
  await cast.carol.calls("DELETE /rooms/{id}/members/{user}", [roomOf(cast.carol, "vault"), cast.dave.id]);
});

step("being kept out", async () => {
  await cast.alice.asks({ type: "ban_member", room: rooms.lounge, user: cast.gina.id });
  await cast.alice.calls("PUT /rooms/{id}/bans/{user}", [rooms.lounge, cast.dave.id]);
  await cast.dave.isRefused(cast.dave.asks({ type: "join_room", room: rooms.lounge }), "room_banned");
});

step("being let in again", async () => {
  await cast.alice.asks({ type: "unban_member", room: rooms.lounge, user: cast.gina.id });
  await cast.alice.calls("DELETE /rooms/{id}/bans/{user}", [rooms.lounge, cast.dave.id]);
  await cast.alice.asks({ type: "add_member", room: rooms.lounge, user: cast.gina.id });
  await cast.dave.asks({ type: "join_room", room: rooms.lounge });
});

step("what is refused changes nothing", async () => {
  await cast.dave.isRefused(cast.dave.asks({ type: "rename_room", room: rooms.general, name: "mine" }), "forbidden");
  await cast.gina.isRefused(cast.gina.asks({ type: "create_room", name: "mine", topic: "", visibility: "public" }), "forbidden");
  await cast.bob.isRefused(cast.bob.asks({ type: "read", room: roomOf(cast.carol, "loft"), number: 1 }), "not_found");
});

// ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

step("other names for oneself", async () => {
  await cast.bob.asks({ type: "set_display_name", display_name: "Bob the builder" });
  await cast.gina.calls("PATCH /me", [], { display_name: "Gina of the lounge" });
});

step("somebody whom the guest does not meet gets another name", () => cast.dave.asks({ type: "set_display_name", display_name: "David" }));

step("a role that reaches further, and back", async () => {
  await cast.alice.calls("PATCH /users/{id}", [cast.dave.id], { role: "admin" });
  await cast.alice.calls("PATCH /users/{id}", [cast.carol.id], { role: "owner" });
  await cast.alice.calls("PATCH /users/{id}", [cast.dave.id], { role: "member" });
});

step("a guest becomes a member", () => cast.alice.calls("PATCH /users/{id}", [cast.gina.id], { role: "member" }));
step("who then hears of everybody", () => cast.dave.asks({ type: "set_display_name", display_name: "Dave" }));
step("and is a guest again", () => cast.alice.calls("PATCH /users/{id}", [cast.gina.id], { role: "guest" }));
step("who hears of those in their rooms", () => cast.carol.asks({ type: "set_display_name", display_name: "Caroline" }));

// ── The place ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

step("the place is called something else, and opens its door", async () => {
  await cast.alice.asks({ type: "rename_place", name: "The Yard" });
  await cast.alice.asks({ type: "set_sign_up", mode: "open" });
});

step("somebody walks in", async () => {
  const erin = await place.newcomer("erin");
  await erin.opensThePage();
  await erin.says(rooms.general, "I am new here");
});

step("and the door is closed", () => cast.alice.calls("PATCH /place", [], { name: "The Works", sign_up: "invite" }));

step("an invite link comes and goes", async () => {
  const { id } = await cast.alice.calls("POST /invites", [], {});
  await cast.alice.calls("DELETE /invites/{invite}", [id]);
});

step("the audit log is taken home", () => cast.alice.calls("POST /audit/export"));

// ── Accounts that are shut ───────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns {Person} the one who walked in */
const erin = () => [...place.known].find(({ name }) => name === "erin") ?? assert.fail("erin has not come");

step("an account is deactivated", async () => {
  await cast.alice.asks({ type: "open_direct", users: [erin().id] });
  await cast.alice.calls("PATCH /users/{id}", [erin().id], { active: false });
});

step("and active again", async () => {
  await cast.alice.calls("PATCH /users/{id}", [erin().id], { active: true });
  await erin().signsIn();
  await erin().opensThePage();
});

step("somebody is banned", () => cast.alice.calls("PUT /users/{id}/ban", [erin().id], { reason: "noise" }));

step("and forgiven", async () => {
  await cast.alice.calls("DELETE /users/{id}/ban", [erin().id]);
  await erin().signsIn();
  await erin().opensThePage();
});

step("an account is deleted by an admin", () => cast.alice.calls("DELETE /users/{id}", [erin().id]));

step("and another by the one whose it is", async () => {
  const { token } = await cast.alice.calls("POST /invites", [], { role: "guest", rooms: [rooms.lounge] });
  const frank = await place.newcomer("frank", token);
  await frank.opensThePage();
  await frank.says(rooms.lounge, "goodbye");
  await frank.calls("POST /me/delete", [], { password: PASSWORD });
});

// ── Ways in and out ──────────────────────────────────────────────────────────────────────────────────────────────────────────

step("a sign-out", async () => {
  await cast.dave.calls("POST /sign-out");
});

step("and a sign-in", async () => {
  await cast.dave.signsIn();
  await cast.dave.opensThePage();
});

step("other devices are ended", async () => {
  const [phone, tablet] = [place.person("dave"), place.person("dave")];
  await phone.signsIn();
  await tablet.signsIn();
  const { login_session: id } = await (await phone.fetch("/api/v1/me")).json();
  await cast.dave.calls("DELETE /me/sessions/{id}", [id]);
  await cast.dave.calls("DELETE /me/sessions");
});

step("all devices are ended by an admin", () => cast.alice.calls("DELETE /users/{id}/sessions", [cast.dave.id]));

step("a password is reset by a link", async () => {
  const { token } = await cast.alice.calls("POST /users/{id}/password-reset", [cast.dave.id]);
  await cast.dave.calls("POST /password-resets/{token}", [token], { password: `${PASSWORD}, again` });
  await cast.dave.signsIn(`${PASSWORD}, again`);
  await cast.dave.opensThePage();
});

step("a password is changed", () => cast.dave.calls("POST /me/password", [], { current: `${PASSWORD}, again`, new: PASSWORD }));

step("a second factor comes, and goes", async () => {
  const { bob } = cast;
  const { secret } = await bob.calls("POST /me/second-factor", [], { password: PASSWORD });
  const { recovery_codes: codes } = await bob.calls("POST /me/second-factor/confirm", [], { code: codeOf(secret) });
  const { recovery_codes: renewed } = await bob.calls("POST /me/second-factor/recovery-codes", [], { password: PASSWORD, code: codes[0] });
  await bob.calls("DELETE /me/second-factor", [], { password: PASSWORD, code: renewed[0] });
});

step("somebody's second factor is taken away", async () => {
  const { carol } = cast;
  const { secret } = await carol.calls("POST /me/second-factor", [], { password: PASSWORD });
  await carol.calls("POST /me/second-factor/confirm", [], { code: codeOf(secret) });
  await cast.alice.calls("DELETE /users/{id}/second-factor", [carol.id]);
});

step("tokens, and what is said by one", async () => {
  const { bob } = cast;
  const mine = await bob.calls("POST /me/tokens", [], { name: "script", access: "write" });
  const fresh = await bob.calls("POST /me/tokens", [], { name: "its successor", access: "write" });
  const socket = await TokenSocket.open(place, mine.token);
  await socket.asks({ type: "refresh", token: fresh.token });
  await socket.asks({ type: "post", room: rooms.lounge, client_id: crypto.randomUUID(), body: "by a script" });
  await bob.calls("DELETE /me/tokens/{id}", [mine.id]);
  await cast.alice.calls("DELETE /users/{id}/tokens/{token}", [bob.id, fresh.id]);
  await socket.isClosed();
});

// ── Nothing is left out, and nothing is overlooked ───────────────────────────────────────────────────────────────────────────

test("every client message was tried", async () => {
  const folder = new URL("../protocol/fixtures/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.startsWith("client_"));
  const types = await Promise.all(names.map(async (name) => JSON.parse(await readFile(new URL(name, folder), "utf8")).message.type));
  assert(types.length > 10);
  assert.deepEqual([...place.used.messages].sort(), types.sort());
});

test("every route that changes something was tried", async () => {
  const { paths } = await (await place.fetch("/api/v1/openapi.json", {})).json();
  const routes = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace("/api/v1", "")}`));
  const changing = routes.filter((route) => !route.startsWith("GET "));
  assert(changing.length > 30);
  assert.deepEqual([...place.used.routes].sort(), changing.sort());
});

test("every kind of event was heard", async () => {
  const folder = new URL("../protocol/fixtures/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.startsWith("server_event_"));
  const kinds = await Promise.all(names.map(async (name) => JSON.parse(await readFile(new URL(name, folder), "utf8")).message.event.kind));
  assert(kinds.length > 10);
  assert.deepEqual([...place.used.kinds].sort(), kinds.sort());
});

test("a page that misses an event is found out", async () => {
  const { bob } = cast;
  const deaf = await Screen.open(bob);
  assert(deaf);
  deaf.deafTo = "topic_set";
  await bob.asks({ type: "set_topic", room: rooms.lounge, topic: "nobody told me" });
  const fresh = await Screen.open(bob);
  await assert.rejects(agree(deaf, fresh, 1_000), /nobody told me/);
  deaf.sleeps();
  fresh?.sleeps();
});
