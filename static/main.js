// Where the page begins: words, the place, who one is; then the door or the room.
import { pickLanguage, setWords, t } from "./core/i18n.js";
import { h } from "./core/dom.js";
import { Router } from "./core/router.js";
import { effect, scope } from "./core/signal.js";
import { makeApp } from "./app.js";
import { Refused } from "./net/refused.js";
import { rest } from "./net/rest.js";
import { openStore } from "./state/outbox_store.js";
import { DELETED, isEnding, leaveWord } from "./state/farewell.js";
import { Prefs } from "./state/prefs.js";
import { read, tabStorage } from "./state/storage.js";
import { factorDoor, reset, signIn, signUp } from "./views/doors.js";
import { setup } from "./views/setup.js";
import { shell } from "./views/shell.js";
import { mountToasts } from "./views/toast.js";
import { keepInView } from "./views/viewport.js";

/** @import { App } from "./app.js" */
/** @import { Myself, Place, User } from "./wire/types.js" */

/** The part of the address under which this page was served: `/static/<build>/main.js`. */
const BUILD = new URL(import.meta.url).pathname.split("/")[2] ?? "";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
const router = new Router(window);
const prefs = new Prefs();

async function loadWords() {
  const language = pickLanguage(read("snug.lang"), navigator.languages);
  const answer = await fetch(new URL(`./i18n/${language}.json`, import.meta.url));
  setWords(language, await answer.json());
  document.documentElement.lang = language;
}

/** @returns {Promise<Myself | null>} */
async function whoAmI() {
  try {
    return await rest.me();
  } catch (error) {
    if (error instanceof Refused && error.code === "unauthenticated") return null;
    throw error;
  }
}

/**
 * @param {Place} place
 * @param {boolean} needsFactor they are in but for the second factor that the place asks for
 */
function showDoors(place, needsFactor) {
  const door = {
    go: (/** @type {string} */ path) => router.go(path),
    enter: async () => {
      // The address stays: who followed a link to a room and had to sign in first lands there.
      endDoors();
      await begin();
    },
  };
  const [, endDoors] = scope(() =>
    effect(() => {
      const route = router.route.value;
      const [element, end] = scope(() => {
        if (!place.set_up) return setup(door);
        if (needsFactor) return factorDoor(door);
        if (route.at === "reset") return reset(door, route.token);
        if (route.at === "join") return signUp(place, door, route.token);
        if (route.at === "sign-up") return signUp(place, door, null);
        return signIn(place, door);
      });
      root.replaceChildren(element);
      return end;
    }),
  );
}

/**
 * @param {User} me
 * @param {Place} place
 */
async function showRooms(me, place) {
  const store = await openStore(/** @type {IDBFactory | undefined} */ (globalThis.indexedDB));
  const app = makeApp({ me, place, build: BUILD, router, prefs, store });
  root.replaceChildren(shell(app));
  effect(() => {
    const line = app.connection.line.value;
    if (line.is === "signed_out" || (line.is === "given_up" && isEnding(line.code))) void leave(app, line.code);
  });
  app.connection.start();
}

/**
 * Nothing of the person stays on the screen; the page that comes says why.
 * @param {App} app
 * @param {number} code of the close
 */
async function leave(app, code) {
  if (code === DELETED) await app.forgetEverything();
  if (isEnding(code)) {
    leaveWord(tabStorage, code);
    window.location.assign("/sign-in");
  } else {
    // A refused handshake, or a second factor that is asked for now: `GET /me` knows more.
    window.location.reload();
  }
}

async function begin() {
  const place = await rest.place();
  const myself = place.set_up ? await whoAmI() : null;
  const { at } = router.route.peek();
  if (!place.set_up && at !== "setup") router.go(`/setup${window.location.hash}`, { replace: true });
  if (myself === null || at === "reset") return showDoors(place, false);
  if (myself.second_factor_missing) return showDoors(place, true);
  if (at !== "room" && at !== "settings" && at !== "people") router.go("/", { replace: true });
  return showRooms(myself.me, place);
}

/** Nothing works without the first answers: say so and try again by itself. */
async function start() {
  for (let wait = 1_000; ; wait = Math.min(wait * 2, 15_000)) {
    try {
      await loadWords();
      return await begin();
    } catch (error) {
      console.warn("Snug could not start yet", error);
      const words = t("boot.failed");
      const text = words === "boot.failed" ? "Snug cannot be reached. Trying again…" : words;
      root.replaceChildren(h("p", { class: "boot-note", role: "alert" }, text));
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

effect(() => {
  const theme = prefs.theme.value;
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
});
mountToasts();
keepInView(window);
void start();
