// A team that has been talking for a while.
import { uuid } from "../../static/state/ids.js";

/** @import { FakeServer } from "./fake_server.mjs" */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {FakeServer} server */
export function fillPlace(server) {
  const { place } = server;
  const password = "correct horse battery";
  const maya = server.setUp({ place_name: "Corner House", sign_up: "invite", username: "maya", display_name: "Maya Lindqvist", password });
  const add = (/** @type {string} */ username, /** @type {string} */ display_name) => place.addUser({ username, display_name, password }, "member");
  const [jonas, anna, omar, yuki, lea, tom] = [add("jonas", "Jonas Weber"), add("anna.k", "Anna Kowalska"), add("omar", "Omar Haddad"), add("yuki", "Yuki Tanaka"), add("lea", "Léa Fontaine"), add("tom", "Tom")];
  const everyone = [maya, jonas, anna, omar, yuki, lea, tom];
  server.alsoOnline = [jonas.id, anna.id, yuki.id];
  server.invite(maya.id);

  const now = Date.now();
  const said = (/** @type {any} */ held, /** @type {{ id: number }} */ who, /** @type {number} */ at, /** @type {string} */ body) => place.post(held, who.id, uuid(), body, at);
  const general = [...place.rooms.values()].find(({ room }) => room.is_default);
  if (!general) throw new Error("no general");
  for (let index = 0; index < 400; index += 1) {
    const who = everyone[(index * 7 + (index >> 2)) % everyone.length] ?? maya;
    said(general, who, now - 9 * DAY + index * 31 * MINUTE, SMALL_TALK[index % SMALL_TALK.length] ?? "");
  }
  general.read.set(maya.id, 360);

  const make = (/** @type {any} */ how, /** @type {Array<{ id: number }>} */ members) =>
    place.makeRoom(how, members.map((user, index) => [user.id, index === 0 ? "owner" : "member"]), members[0]?.id ?? null, now - 12 * DAY);
  const workshop = make({ kind: "public", name: "workshop", topic: "The new greenhouse: plans, parts and who brings the ladder" }, [maya, jonas, anna, omar]);
  const yesterday = now - DAY;
  said(workshop, jonas, yesterday - 2 * HOUR, "Morning! The glass arrives on **Thursday**, between 9 and 12.");
  said(workshop, jonas, yesterday - 2 * HOUR + MINUTE, "Someone has to be there to sign for it.");
  said(workshop, anna, yesterday - HOUR, "I can be there. Shall I bring the suction cups?");
  said(workshop, maya, yesterday - HOUR + 2 * MINUTE, "Yes please. What we still need:\n\n- two ladders\n- gloves, *the thick ones*\n- somebody who is not afraid of heights");
  said(workshop, omar, now - 50 * MINUTE, "The watering script posts its readings now. It is really just this:\n\n```rust\nfn committed(reading: &Reading) -> bool {\n    // Dry for two hours in a row: open the valve, once.\n    reading.history.iter().rev().take(4).all(|level| *level < DRY)\n}\n```");
  said(workshop, omar, now - 49 * MINUTE, "Run it with `cargo run --release`, or read [the notes](https://example.org/greenhouse) first.");
  said(workshop, maya, now - 46 * MINUTE, "Works on my machine 🌱");
  place.say(workshop, jonas.id, { kind: "topic_set", topic: workshop.room.topic }, now - 30 * MINUTE);
  place.enter(workshop, yuki.id, jonas.id);
  said(workshop, anna, now - 12 * MINUTE, "1. unload\n2. sort by size\n3. coffee");
  workshop.read.set(maya.id, workshop.room.last_number);

  make({ kind: "public", name: "lunch", topic: "Lunch plans, every day at 12" }, [anna, jonas, lea]);
  const design = make({ kind: "private", name: "money", topic: "" }, [maya, anna]);
  said(design, anna, now - 3 * HOUR, "The invoice for the timber is in.");
  said(design, anna, now - 3 * HOUR, "I will pay it on Friday.");
  const archive = make({ kind: "public", name: "old shed", topic: "" }, [maya, jonas]);
  said(archive, jonas, now - 8 * DAY, "And that was that. Thank you all!");
  archive.read.set(maya.id, 1);
  archive.room.archived = true;
  place.say(archive, maya.id, { kind: "archived" });
  const group = make({ kind: "direct" }, [maya, anna, omar]);
  const pair = make({ kind: "direct" }, [maya, anna]);
  said(pair, anna, now - 25 * MINUTE, "Do you have a minute later? I would like to show you something.");
  const tired = make({ kind: "direct" }, [maya, tom]);
  said(tired, tom, now - 2 * DAY, "See you on Monday");
  tired.read.set(maya.id, 1);
  return { maya, jonas, anna, omar, general: general.room.id, workshop: workshop.room.id, group: group.room.id, archive: archive.room.id, pair: pair.room.id };
}

const SMALL_TALK = [
  "Good morning, everyone.",
  "Has anyone seen the key to the back door?",
  "On the hook, where it belongs 😄",
  "Then it must have walked back by itself.",
  "I moved the meeting to three, so that those from the early train can make it. Tell me if that does not suit you, and we will find another time.",
  "Three is fine.",
  "Same here.",
  "Minutes are in `notes/2026-11.md`, as always.",
  "Thank you for writing them down!",
  "Who waters the plants this week?",
  "I did on Tuesday. They are still wet.",
];
