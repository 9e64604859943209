// The wizard of a new Snug: one code, the place, the first account, and whether the browser's line to the server works.
import { fill, focusFirst, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { rest } from "../net/rest.js";
import { accountFields, frame } from "./doors.js";
import { field, form } from "./form.js";
import { icon } from "./icons.js";
import { linkBox } from "./copy_box.js";
import { signUpChoice } from "./place_settings.js";

/** @import { NewInvite } from "../wire/types.js" */
/** @import { Door } from "./doors.js" */

/** @typedef {{ code: string, place_name: string, sign_up: "invite" | "open" }} SoFar */

const SOCKET_MS = 8_000;

/** @param {string} hash @returns {string} the code that the printed address carries behind its `#` */
export const codeFrom = (hash) => new URLSearchParams(hash.replace(/^#/, "")).get("code") ?? "";

/** @param {Door} door */
export function setup(door) {
  /** @type {SoFar} */
  const soFar = { code: codeFrom(window.location.hash), place_name: "", sign_up: "invite" };
  const stage = h("div", { class: "stage" });
  const element = frame({ title: t("setup.title"), text: t("setup.text"), content: [stage] });
  const show = (/** @type {Node[]} */ ...children) => {
    fill(stage, ...children);
    focusFirst(stage, "input, h2[tabindex]");
  };
  const toPlace = () => show(steps(1), placeStep(soFar, toAccount));
  const toAccount = () => show(steps(2), accountStep(soFar, toPlace, toDone));
  const toDone = (/** @type {NewInvite} */ invite) => show(steps(3), doneStep(door, invite));
  toPlace();
  return element;
}

/** @param {number} now */
const steps = (now) =>
  h(
    "ol",
    { class: "steps", "aria-label": t("setup.steps") },
    ...[t("setup.step_place"), t("setup.step_you"), t("setup.step_done")].map((name, index) =>
      h("li", { class: index + 1 < now ? "done" : index + 1 === now ? "now" : "", "aria-current": index + 1 === now ? "step" : null }, name),
    ),
  );

/**
 * @param {SoFar} soFar
 * @param {() => void} next
 */
function placeStep(soFar, next) {
  const code = field({ name: "code", label: t("setup.code"), hint: t("setup.code_hint"), input: { value: soFar.code, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", placeholder: "XXXX-XXXX-XXXX" } });
  const name = field({ name: "place_name", label: t("place.name"), hint: t("place.name_hint"), input: { value: soFar.place_name, maxlength: 64, autocomplete: "organization" } });
  const needsCode = codeFrom(window.location.hash) === "";
  return form({
    fields: [...(needsCode ? [code] : []), name, signUpChoice(soFar.sign_up)],
    submit: t("setup.next"),
    onSubmit: async (values) => {
      const empty = [code, name].find((one) => one.name in values && one.read().trim() === "");
      if (empty) {
        empty.complain(t("form.needed"));
        empty.focus();
        return;
      }
      soFar.code = (values["code"] ?? soFar.code).trim();
      soFar.place_name = values["place_name"] ?? "";
      soFar.sign_up = values["sign_up"] === "open" ? "open" : "invite";
      next();
    },
  });
}

/**
 * @param {SoFar} soFar
 * @param {() => void} back
 * @param {(invite: NewInvite) => void} done
 */
const accountStep = (soFar, back, done) =>
  form({
    fields: accountFields(),
    submit: t("setup.make"),
    beside: h("button", { class: "button", type: "button", onclick: back }, t("back")),
    onSubmit: async ({ username = "", display_name = "", password = "" }) => {
      const { invite } = await rest.setUp({ ...soFar, username, display_name, password });
      done(invite);
    },
  });

/**
 * @param {Door} door
 * @param {NewInvite} invite
 */
function doneStep(door, invite) {
  const check = h("p", { class: "socket-check", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), t("setup.checking"));
  checkSocket().then(
    () => {
      check.className = "socket-check good";
      fill(check, icon("check"), t("setup.socket_good"));
    },
    () => {
      check.className = "socket-check bad";
      fill(check, icon("alert"), t("setup.socket_bad"));
    },
  );
  return h(
    "div",
    { class: "setup-done" },
    h("h2", { tabindex: "-1" }, t("setup.done")),
    h("p", null, t("setup.invite_text")),
    linkBox(invite.url),
    check,
    h("div", { class: "buttons" }, h("button", { class: "button primary", type: "button", onclick: () => void door.enter() }, t("setup.go"))),
  );
}

/** @returns {Promise<void>} settled when the server has said `ready`; a proxy that does not pass WebSockets shows here */
function checkSocket() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}/ws`);
    const end = (/** @type {boolean} */ good) => {
      clearTimeout(timer);
      socket.onclose = null;
      socket.close();
      if (good) resolve();
      else reject(new Error("no socket"));
    };
    const timer = setTimeout(() => end(false), SOCKET_MS);
    socket.onmessage = () => end(true);
    socket.onclose = () => end(false);
  });
}
