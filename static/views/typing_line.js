// Who is typing. Its line is always there, so that nothing moves.
import { h, setText } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { listOf } from "./format.js";

/** @import { App } from "../app.js" */

const MOST_NAMED = 3;

/**
 * @param {App} app
 * @param {number} room
 */
export function typingLine(app, room) {
  const dots = h("span", { class: "typing-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  const words = h("span");
  const element = h("span", { class: "typing" }, dots, words);
  effect(() => {
    const users = app.typing.in(room);
    element.classList.toggle("on", users.length > 0);
    if (users.length === 0) setText(words, "");
    else if (users.length > MOST_NAMED) setText(words, t("typing.many"));
    else setText(words, t("typing.some", { count: users.length, names: listOf(users.map((id) => app.people.name(id))) }));
  });
  return element;
}
