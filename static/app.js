// Puts the signed-in page together: the state, the line to the server, and how one feeds the other. No views here.
import { Connection } from "./net/socket.js";
import { Refused } from "./net/refused.js";
import { rest } from "./net/rest.js";
import { dispatch } from "./dispatch.js";
import { Intents } from "./intents.js";
import { Directory } from "./state/directory.js";
import { History } from "./state/history.js";
import { uuid } from "./state/ids.js";
import { makeLeader } from "./state/leader.js";
import { Logs } from "./state/logs.js";
import { Members } from "./state/members.js";
import { Outbox } from "./state/outbox.js";
import { Pending } from "./state/pending.js";
import { People } from "./state/people.js";
import { Desk } from "./state/prefs.js";
import { Rooms } from "./state/rooms.js";
import { Session } from "./state/session.js";
import { storage } from "./state/storage.js";
import { Sync } from "./state/sync.js";
import { Typing } from "./state/typing.js";

/** @import { Membership, Place, Ready, ServerMessage, User } from "./wire/types.js" */
/** @import { Router } from "./core/router.js" */
/** @import { Store } from "./state/outbox.js" */
/** @import { Prefs } from "./state/prefs.js" */

/**
 * @typedef {object} App
 * @property {Session} session
 * @property {Rooms} rooms
 * @property {People} people
 * @property {Logs} logs
 * @property {Members} members
 * @property {Directory} directory
 * @property {Typing} typing
 * @property {Pending} pending
 * @property {History} history
 * @property {Outbox} outbox
 * @property {Sync} sync
 * @property {Connection} connection
 * @property {Router} router
 * @property {Prefs} prefs
 * @property {Desk} desk
 * @property {Intents} do
 * @property {() => Promise<void>} forgetEverything what this browser keeps of this person
 */

const later = (/** @type {() => void} */ work, /** @type {number} */ ms) => void setTimeout(work, ms);

/**
 * @param {{ me: User, place: Place, build: string, router: Router, prefs: Prefs, store: Store }} given
 * @returns {App}
 */
export function makeApp({ me, place, build, router, prefs, store }) {
  const session = new Session(me, place.name ?? "Snug", place.sign_up, build);
  const [rooms, people, logs, members, directory, pending] = [new Rooms(), new People(), new Logs(), new Members(), new Directory(), new Pending()];
  const typing = new Typing({ now: Date.now, later });
  people.learn(me);

  const connection = new Connection({
    window,
    open: () => new WebSocket(`${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}/ws`),
    signedIn,
    onMessage: (message) => hear(message),
  });
  const state = { session, rooms, people, logs, members, directory, typing };
  const sync = new Sync(state, {
    resume: (some, onRefused) => connection.tell({ type: "resume", rooms: some }, (refused) => onRefused(refused.retryAfterMs ?? 2_000)),
    room: rest.room,
    everyone: () => void people.load(() => (session.isGuest ? whomIMeet(session.me.peek(), rooms.visible.peek()) : rest.users())).catch(() => {}),
    myRooms: () => void rest.rooms().then((mine) => mine.forEach((room) => sync.entered(room)), () => {}),
    later,
  });
  const history = new History(logs, (request) => connection.request(request));

  const leader = makeLeader({
    name: `snug-outbox-${me.id}`,
    id: uuid(),
    locks: /** @type {LockManager | undefined} */ (navigator.locks),
    storage,
    window,
    onLead: () => void outbox.reload(),
  });
  const channel = new BroadcastChannel(`snug-outbox-${me.id}`);
  const outbox = new Outbox({
    pending,
    store,
    leader,
    tabs: { tell: (word) => channel.postMessage(word) },
    send: (unsent) =>
      connection.request({ type: "post", room: unsent.room, client_id: unsent.client_id, body: unsent.body }).then((reply) => {
        // The reply can be here before the event; the bubble must not vanish in between.
        logs.take(reply.message);
        return reply;
      }),
    isOpen: () => connection.isReady,
    later,
    now: Date.now,
  });
  channel.onmessage = ({ data }) => outbox.heard(data);

  /** @param {Ready} ready */
  const onReady = (ready) => {
    if (ready.me.id !== me.id) {
      // Another tab signed in as someone else: nothing of this page may be shown to them.
      window.location.reload();
      return;
    }
    const [firstEver, sameHistory] = [session.epoch === null, session.epoch === ready.epoch];
    sync.ready(ready);
    if (sameHistory) outbox.lineOpened();
    else void outbox.start(me.id, ready.epoch).then(firstEver ? leader.start : undefined);
  };

  /** @param {ServerMessage} message */
  const hear = (message) =>
    dispatch(message, {
      ready: onReady,
      answer: (answer) => connection.settle(answer),
      event: (entry) => {
        sync.event(entry);
        if (entry.event.kind === "posted" && entry.event.message.author === me.id) outbox.stored(entry.event.message.client_id);
      },
      resumed: (room, cursor) => sync.resumed(room, cursor),
      reset: (room) => sync.reset(room),
      read: (room, number) => rooms.read(room, number),
      // Only clients that come by a token are told so.
      expiring: () => {},
      typing: (room, user) => {
        if (user !== me.id) typing.heard(room, user);
      },
      presence: (presence) => people.presence(presence),
      unknown: () => {
        session.outdated.value = true;
      },
    });

  const desk = new Desk(me.id);
  const forgetEverything = async () => {
    desk.forget();
    pending.clear();
    await store.clear(me.id);
  };
  /** @type {App} */
  const app = { ...state, pending, history, outbox, sync, connection, router, prefs, desk, forgetEverything, do: /** @type {any} */ (null) };
  app.do = new Intents(app);
  return app;
}

/**
 * Guests are not shown the list of everybody.
 * @param {User} me
 * @param {readonly Membership[]} rooms
 */
async function whomIMeet(me, rooms) {
  const nobody = (/** @type {unknown} */ error) => {
    if (error instanceof Refused) return []; // I was taken out of this one at this moment.
    throw error;
  };
  const members = await Promise.all(rooms.map(({ id }) => rest.members(id).catch(nobody)));
  return [me, ...members.flat().map(({ user }) => user)];
}

/** @returns {Promise<boolean>} */
async function signedIn() {
  try {
    // Who still has to set up a second factor gets no socket either.
    return !(await rest.me()).second_factor_missing;
  } catch (error) {
    return !(error instanceof Refused && error.code === "unauthenticated");
  }
}
