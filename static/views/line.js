// The quiet lines between messages: who came and went, what the room is called now.
import { h } from "../core/dom.js";
import { t, tn } from "../core/i18n.js";
import { clock, exact } from "./format.js";

/** @import { App } from "../app.js" */
/** @import { LogEntry } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {LogEntry} entry
 * @returns {Array<string | Node>}
 */
export function wordsOf(app, { by, event }) {
  const bold = (/** @type {string} */ text) => h("b", null, text);
  const who = bold(by === null ? t("line.someone") : app.people.name(by));
  switch (event.kind) {
    case "created":
      return tn("line.created", { who });
    case "joined":
      return by === null || by === event.user.id
        ? tn("line.joined", { who: bold(app.people.get(event.user.id)?.display_name ?? event.user.display_name) })
        : tn("line.added", { who, whom: bold(app.people.get(event.user.id)?.display_name ?? event.user.display_name) });
    case "left":
      return by === null || by === event.user ? tn("line.left", { who: bold(app.people.name(event.user)) }) : tn("line.removed", { who, whom: bold(app.people.name(event.user)) });
    case "role_set":
      return tn(`line.role.${event.role}`, { who: bold(app.people.name(event.user)) });
    case "renamed":
      return tn("line.renamed", { who, name: bold(event.name) });
    case "topic_set":
      return event.topic === "" ? tn("line.topic_cleared", { who }) : tn("line.topic_set", { who, topic: event.topic });
    case "visibility_set":
      return tn(`line.visibility.${event.visibility}`, { who });
    case "archived":
      return tn("line.archived", { who });
    case "unarchived":
      return tn("line.unarchived", { who });
    case "posted":
    case "room_added":
    case "room_removed":
    case "user_joined":
    case "user_changed":
    case "place_renamed":
    case "sign_up_set":
    case "room_listed":
    case "room_unlisted":
      return [];
  }
}

/**
 * @param {App} app
 * @param {LogEntry} entry
 */
export const lineRow = (app, entry) =>
  h("div", { class: "line" }, h("span", { class: "line-text" }, wordsOf(app, entry)), h("span", { class: "line-time", title: exact(entry.at) }, clock(entry.at)));
