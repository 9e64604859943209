// The messages of the open room.
import { delegate } from "../core/actions.js";
import { h, setAttribute, setText } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { patchList } from "../core/list.js";
import { roomPath } from "../core/router.js";
import { computed, effect, onEnd, signal, untracked } from "../core/signal.js";
import { lastMessage } from "../state/log.js";
import { markOnNews, markOnOpen, readNow } from "../state/reading.js";
import { rowsOf } from "../state/rows.js";
import { unreadIn } from "../state/rooms.js";
import { copyText } from "./clipboard.js";
import { dayName } from "./format.js";
import { icon } from "./icons.js";
import { intro, skeleton } from "./intro.js";
import { lineRow } from "./line.js";
import { createMessage, updateMessage } from "./message.js";
import { roomTitle } from "./room_label.js";
import { rove } from "./roving.js";
import { Scroller } from "./scroller.js";

/** @import { App } from "../app.js" */
/** @import { Row } from "../state/rows.js" */

/**
 * @param {App} app
 * @param {number} roomId
 */
export function timeline(app, roomId) {
  const room = () => app.rooms.all.peek().get(roomId);
  const opened = room();
  const mark = signal(markOnOpen(roomId, opened?.read_number ?? 0, opened?.last_number ?? 0));
  const away = signal(false);
  /** @type {number | null | undefined} what was scrolled to last: a message, or the place where one left */
  let shownTarget;

  const feed = h("div", { class: "feed" });
  const top = h("div", { class: "top" });
  const element = h("div", { class: "scroller" }, top, feed);
  const pill = h("button", { class: "pill", type: "button", hidden: true });
  const scroller = new Scroller(element, feed, { onMove: () => moved(true) });
  const keepStop = rove(feed, "article");
  onEnd(() => scroller.end());

  /** @param {boolean} again whether to ask for more after a failure: only a new line or the reader's own scrolling do, else each failure would ask anew */
  const moved = (again) => {
    const { log, loading, failed } = app.logs.of(roomId).peek();
    app.logs.follow(roomId, scroller.following);
    away.value = !scroller.following && (scroller.fromEnd() > 300 || log?.hasNewer === true);
    if (log && !loading && app.connection.isReady && (again || !failed)) {
      if (log.hasOlder && scroller.nearStart) void app.do.older(roomId);
      else if (log.hasNewer && scroller.nearEnd) void app.do.newer(roomId);
    }
    look();
  };

  /** Reads what is seen, or remembers where the "New" line has to stand. */
  const look = () => {
    const here = room();
    const { log } = app.logs.of(roomId).peek();
    if (!here || !log) return;
    const [focused, visible] = [document.hasFocus(), document.visibilityState === "visible"];
    const bottomSeen = scroller.following && !log.hasNewer;
    const lastShown = log.hasNewer ? 0 : Math.max(lastMessage(log)?.number ?? 0, log.items.length === 0 ? here.last_number : 0);
    mark.value = markOnNews(mark.peek(), { looking: focused && visible && bottomSeen, read: here.read_number, last: here.last_number });
    const number = readNow({ focused, visible, bottomSeen, lastShown, read: here.read_number });
    if (number !== null) app.do.seen(roomId, number);
  };

  /** From here on the end is what is looked at: the address no longer names a message, and the same link leads back to it. */
  const leaveTarget = () => {
    if (target.peek() !== null) app.router.go(roomPath(roomId), { replace: true });
  };

  const jump = async () => {
    leaveTarget();
    if (app.logs.of(roomId).peek().log?.hasNewer) await app.do.present(roomId);
    scroller.toEnd();
    moved(true);
  };

  const target = computed(() => targetOf(app, roomId));
  const how = rowMaker(app, () => ({ offline: app.connection.line.value.is !== "open", target: target.value }));
  effect(() => {
    const { log, loading, failed } = app.logs.of(roomId).value;
    const unsent = app.pending.in(roomId);
    const here = app.rooms.get(roomId);
    app.people.all.value;
    app.connection.line.value;
    const number = target.value;
    feed.setAttribute("aria-busy", String(loading));
    // An empty feed is none: it would promise articles that are not there.
    const isFeed = here !== undefined && (unsent.length > 0 || log?.items.some(({ message }) => message !== null) === true);
    setAttribute(feed, "role", isFeed ? "feed" : null);
    setAttribute(feed, "aria-label", isFeed ? t("timeline.label", { room: roomTitle(app, here) }) : null);
    if (!log) {
      patchList(feed, /** @type {Row[]} */ ([]), how);
      top.replaceChildren(failed ? retryNote(() => app.do.load(roomId, number)) : skeleton());
      shownTarget = undefined;
      return;
    }
    const rows = rowsOf({ items: log.items, unsent, me: app.session.myId, newAfter: mark.value.after, atPresent: !log.hasNewer });
    scroller.keep(() => {
      top.replaceChildren(...(here && !log.hasOlder ? [intro(app, here)] : loading && log.hasOlder ? [skeleton()] : []));
      patchList(feed, rows, how);
    });
    keepStop();
    untracked(() => {
      if (shownTarget !== number && place(feed, scroller, number)) shownTarget = number;
      requestAnimationFrame(() => moved(false));
    });
  });

  const load = (/** @type {number | null} */ number) => untracked(() => void app.do.load(roomId, number).catch(() => {}));
  effect(() => {
    const number = target.value;
    if (app.connection.line.peek().is === "open") load(number);
  });
  // Nothing is held, at first or after a reset: as soon as there is a line, it is asked for. What is held is left alone, so that a
  // line that comes back does not tear away what is being read.
  const missing = computed(() => {
    const { log, loading, failed } = app.logs.of(roomId).value;
    return !log && !loading && !failed;
  });
  effect(() => {
    if (app.connection.line.value.is !== "open") return;
    const { log, failed } = app.logs.of(roomId).peek();
    if (missing.value || (!log && failed)) load(target.peek());
    else if (failed) requestAnimationFrame(() => moved(true));
  });
  effect(() => {
    const here = app.rooms.get(roomId);
    const count = here ? unreadIn(here) : 0;
    pill.hidden = !away.value;
    pill.replaceChildren(icon("down"), count > 0 ? t("timeline.new", { count }) : t("timeline.present"));
  });
  pill.addEventListener("click", () => void jump());
  for (const type of /** @type {const} */ (["focus", "blur"])) {
    window.addEventListener(type, look);
    onEnd(() => window.removeEventListener(type, look));
  }
  document.addEventListener("visibilitychange", look);
  onEnd(() => document.removeEventListener("visibilitychange", look));
  wire(app, roomId, feed);

  return {
    element: h("div", { class: "timeline" }, element, pill),
    toEnd: () => {
      mark.value = { room: roomId, after: null };
      const here = room();
      if (here && unreadIn(here) > 0) app.do.seen(roomId, here.last_number);
      void jump();
    },
    sent: () => {
      mark.value = { room: roomId, after: null };
      leaveTarget();
      scroller.toEnd();
    },
    focusLast: () => {
      const last = [...feed.querySelectorAll("article")].at(-1);
      if (last instanceof HTMLElement) last.focus();
    },
  };
}

/**
 * @param {App} app
 * @param {number} roomId
 */
function targetOf(app, roomId) {
  const route = app.router.route.value;
  return route.at === "room" && route.room === roomId ? route.number : null;
}

/**
 * The first look at a room: at the message a link points at, else where one left, else at the end.
 * @param {HTMLElement} feed
 * @param {Scroller} scroller
 * @param {number | null} target
 * @returns {boolean} false while the message is not there yet
 */
function place(feed, scroller, target) {
  const row = target === null ? feed.querySelector(".new-line") : feed.querySelector(`[data-number="${target}"]`);
  if (row instanceof HTMLElement) scroller.toRow(row, target === null ? 0.2 : 0.35);
  else if (target === null) scroller.toEnd();
  else return false;
  return true;
}

/**
 * @param {App} app
 * @param {() => import("./message.js").Look} look
 */
function rowMaker(app, look) {
  return {
    key: (/** @type {Row} */ row) => row.key,
    create: (/** @type {Row} */ row) => {
      if (row.kind === "message") return createMessage(app, row, look());
      if (row.kind === "line") return lineRow(app, row.entry);
      if (row.kind === "new") return h("div", { class: "new-line" }, h("span", null, t("timeline.new_line")));
      return h("div", { class: "day" }, h("span", null, dayName(row.at)));
    },
    update: (/** @type {HTMLElement} */ element, /** @type {Row} */ row) => {
      if (row.kind === "message") updateMessage(app, element, row, look());
      else if (row.kind === "day" && element.firstChild) setText(element.firstChild, dayName(row.at));
    },
  };
}

/** @param {() => Promise<void>} again */
const retryNote = (again) =>
  h("p", { class: "note" }, t("timeline.failed"), " ", h("button", { class: "small-button", type: "button", onclick: () => void again().catch(() => {}) }, t("try_again")));

/**
 * @param {App} app
 * @param {number} roomId
 * @param {HTMLElement} feed
 */
function wire(app, roomId, feed) {
  const numberAt = (/** @type {Element} */ inside) => Number(inside.closest("article")?.dataset["number"]);
  const bodyOf = (/** @type {number} */ number) => app.logs.of(roomId).peek().log?.items.find(({ message }) => message?.number === number)?.message?.body;
  delegate(feed, {
    "copy-link": (button) => void copyText(window.location.origin + roomPath(roomId, numberAt(button)), t("message.link_copied")),
    "copy-text": (button) => void copyText(bodyOf(numberAt(button)) ?? "", t("message.text_copied")),
    retry: (button) => void app.do.retry(button.dataset["client"] ?? ""),
    discard: (button) => void app.do.discard(button.dataset["client"] ?? ""),
  });
  feed.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.origin !== window.location.origin || event.ctrlKey || event.metaKey || event.shiftKey || !link.pathname.startsWith("/room/")) return;
    event.preventDefault();
    app.router.go(link.pathname);
  });
}
