// Reads new messages of the open room to those who listen: one short line each, in a region of its own, never the list itself.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { lastMessage } from "../state/log.js";

/** @import { App } from "../app.js" */

const MOST_LINES = 5;
const MOST_CHARACTERS = 160;

/**
 * @param {App} app
 * @param {number} room
 */
export function announcer(app, room) {
  const region = h("div", { class: "visually-hidden", role: "log", "aria-live": "polite", "aria-label": t("timeline.live") });
  /** @type {number | null} the newest message that was there before or has been read out */
  let known = null;
  effect(() => {
    const { log } = app.logs.of(room).value;
    if (!log || log.hasNewer) return;
    const last = lastMessage(log)?.number ?? 0;
    if (known !== null) {
      for (const { message } of log.items) {
        if (!message || message.number <= known || message.author === app.session.myId) continue;
        const text = [...message.body.replaceAll(/\s+/g, " ")].slice(0, MOST_CHARACTERS).join("");
        region.append(h("p", null, t("timeline.said", { who: app.people.name(message.author), text })));
      }
      while (region.childElementCount > MOST_LINES) region.firstElementChild?.remove();
    }
    known = Math.max(known ?? 0, last);
  });
  return region;
}
