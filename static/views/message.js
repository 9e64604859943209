// One message in the timeline.
import { fill, h, setAttribute } from "../core/dom.js";
import { setMessageHtml } from "../core/html.js";
import { t } from "../core/i18n.js";
import { roomPath } from "../core/router.js";
import { avatar } from "./avatar.js";
import { sayCode } from "./explain.js";
import { clock, exact } from "./format.js";
import { icon } from "./icons.js";

/** @import { App } from "../app.js" */
/** @import { MessageRow, UnsentRow } from "../state/rows.js" */

/**
 * @typedef {object} Look what of the surroundings a message shows
 * @property {boolean} offline there is no line: what is not sent waits for one
 * @property {number | null} target the number a permalink points at
 */

/**
 * @param {App} app
 * @param {MessageRow | UnsentRow} row
 * @param {Look} look
 */
export function createMessage(app, row, look) {
  const element = h("article", { tabindex: "-1" });
  updateMessage(app, element, row, look);
  return element;
}

/**
 * @param {App} app
 * @param {HTMLElement} element
 * @param {MessageRow | UnsentRow} row
 * @param {Look} look
 */
export function updateMessage(app, element, row, look) {
  const authorId = row.message?.author ?? app.session.myId;
  const author = app.people.get(authorId);
  const state = row.message ? "stored" : row.unsent.refused ? `failed ${row.unsent.refused.code}` : look.offline ? "waiting" : "sending";
  const target = row.message !== null && row.message.number === look.target;
  const drawn = [row.grouped, author?.display_name, state, target, row.message?.id].join("\n");
  if (element.dataset["drawn"] === drawn) return;
  element.dataset["drawn"] = drawn;
  if (!author) void app.do.meet(authorId);
  element.className = ["message", row.grouped ? "grouped" : "first", state.split(" ")[0], target ? "target" : ""].join(" ").trim();

  const id = row.message ? `m${row.message.number}` : `u${row.unsent.client_id}`;
  element.id = id;
  setAttribute(element, "aria-labelledby", `${id}-author ${id}-body ${id}-time`);
  setAttribute(element, "aria-posinset", row.message ? row.message.number : null);
  setAttribute(element, "aria-setsize", row.message ? -1 : null);
  if (row.message) element.dataset["number"] = String(row.message.number);

  const body = h("div", { class: "body", id: `${id}-body` });
  if (row.message) {
    setMessageHtml(body, row.message.html);
    decorate(body);
  } else {
    body.classList.add("plain");
    body.textContent = row.unsent.body;
  }
  fill(
    element,
    h("div", { class: "gutter" }, row.grouped ? null : avatar(author)),
    h(
      "div",
      { class: "content" },
      h(
        "div",
        { class: row.grouped ? "byline visually-hidden" : "byline" },
        h("span", { class: "author", id: `${id}-author`, title: author ? `@${author.username}` : null }, author?.display_name ?? "…"),
        row.grouped ? null : time(row, id),
      ),
      body,
      status(app, row, look),
    ),
    row.grouped ? time(row, id) : null,
    row.message ? actions() : null,
  );
}

/**
 * @param {MessageRow | UnsentRow} row
 * @param {string} id
 */
function time(row, id) {
  const at = row.message?.at ?? row.unsent?.at ?? 0;
  const inside = h("time", { id: `${id}-time`, datetime: new Date(at).toISOString(), title: exact(at) }, clock(at));
  if (!row.message) return h("span", { class: "when" }, inside);
  return h("a", { class: "when", href: roomPath(row.message.room, row.message.number), tabindex: "-1", data: { do: "go" } }, inside);
}

const actions = () =>
  h(
    "div",
    { class: "actions" },
    h(
      "button",
      { class: "icon-button", type: "button", tabindex: "-1", "aria-label": t("message.copy_link"), title: t("message.copy_link"), data: { do: "copy-link" } },
      icon("link"),
    ),
    h(
      "button",
      { class: "icon-button", type: "button", tabindex: "-1", "aria-label": t("message.copy_text"), title: t("message.copy_text"), data: { do: "copy-text" } },
      icon("copy"),
    ),
  );

/**
 * @param {App} app
 * @param {MessageRow | UnsentRow} row
 * @param {Look} look
 */
function status(app, row, look) {
  if (row.message) return null;
  const { refused, client_id } = row.unsent;
  if (!refused) return h("p", { class: "send-state" }, icon("clock"), look.offline ? t("send.waiting") : t("send.sending"));
  const button = (/** @type {string} */ what, /** @type {import("./icons.js").IconName} */ sign, /** @type {string} */ label) =>
    h("button", { class: "small-button", type: "button", data: { do: what, client: client_id } }, icon(sign), label);
  return h(
    "p",
    { class: "send-state failed" },
    icon("alert"),
    h("span", null, `${t("send.failed")} ${sayCode(refused, { count: app.session.limits.peek().message_chars })}`),
    button("retry", "retry", t("send.retry")),
    button("discard", "trash", t("send.discard")),
  );
}

/**
 * Links to elsewhere open elsewhere; what scrolls sideways can be reached with the keyboard.
 * @param {HTMLElement} body
 */
function decorate(body) {
  for (const link of body.querySelectorAll("a")) {
    if (link.origin === window.location.origin) continue;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const block of body.querySelectorAll("pre")) {
    block.tabIndex = 0;
    block.setAttribute("role", "region");
    block.setAttribute("aria-label", t("message.code"));
  }
}
