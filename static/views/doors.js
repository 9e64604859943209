// What one sees before one is in: sign in, sign up.
import { append, focusFirst, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { Refused } from "../net/refused.js";
import { rest } from "../net/rest.js";
import { takeWord } from "../state/farewell.js";
import { tabStorage } from "../state/storage.js";
import { explain } from "./explain.js";
import { field, form } from "./form.js";
import { enrolment } from "./second_factor.js";

/** @import { Place } from "../wire/types.js" */
/** @typedef {{ go: (path: string) => void, enter: () => Promise<void> }} Door  `enter`: there is a sign-in now */

/**
 * @param {object} how
 * @param {string} how.title
 * @param {string} [how.text]
 * @param {Array<import("../core/dom.js").Child>} how.content
 */
export function frame({ title, text, content }) {
  document.title = `${title} – Snug`;
  const main = h(
    "main",
    { class: "door", id: "main" },
    h("img", { class: "door-mark", src: new URL("../favicon.svg", import.meta.url).href, alt: "", width: 52, height: 52 }),
    h("h1", null, title),
    text ? h("p", { class: "door-text" }, text) : null,
  );
  append(main, content);
  focusFirst(main, "input");
  return h("div", { class: "doors" }, main);
}

export const accountFields = () => [
  field({
    name: "display_name",
    label: t("account.display_name"),
    hint: t("account.display_name_hint"),
    input: { autocomplete: "name", maxlength: 64 },
  }),
  field({
    name: "username",
    label: t("account.username"),
    hint: t("account.username_hint"),
    input: { autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: 32 },
  }),
  field({ name: "password", label: t("account.password"), hint: t("account.password_hint"), input: { type: "password", autocomplete: "new-password" } }),
];

/**
 * @param {Door} door
 * @param {string} path
 * @param {string} words
 */
const link = (door, path, words) =>
  h(
    "a",
    {
      href: path,
      onclick: (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        door.go(path);
      },
    },
    words,
  );

/**
 * @param {Place} place
 * @param {Door} door
 */
export function signIn(place, door) {
  const fields = [
    field({ name: "username", label: t("account.username"), input: { autocomplete: "username", autocapitalize: "none", spellcheck: "false" } }),
    field({ name: "password", label: t("account.password"), input: { type: "password", autocomplete: "current-password" } }),
  ];
  // Asked for once the password was right and the account has a second factor.
  const code = field({
    name: "code",
    label: t("sign_in.code"),
    hint: t("sign_in.code_hint"),
    input: { autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", maxlength: 32 },
  });
  code.element.hidden = true;
  const why = takeWord(tabStorage);
  return frame({
    title: t("sign_in.title", { place: place.name ?? "Snug" }),
    content: [
      why === null ? null : h("p", { class: "door-note", role: "status" }, t(`why.${why}`)),
      form({
        fields: [...fields, code],
        submit: t("sign_in"),
        onSubmit: async ({ username = "", password = "", code: typed = "" }) => {
          try {
            await rest.signIn({ username, password, ...(code.element.hidden ? {} : { code: typed }) });
          } catch (error) {
            if (!(error instanceof Refused) || error.code !== "second_factor_needed" || !code.element.hidden) throw error;
            code.element.hidden = false;
            code.focus();
            return;
          }
          await door.enter();
        },
      }),
      h("p", { class: "door-foot" }, place.sign_up === "open" ? [t("sign_in.new"), " ", link(door, "/sign-up", t("sign_up.title_short"))] : t("sign_in.invite_only")),
    ],
  });
}

/**
 * The place asks for a second factor, and the account has none yet.
 * @param {Door} door
 */
export function factorDoor(door) {
  const signOut = async () => {
    await rest.signOut().catch(() => {});
    window.location.assign("/sign-in");
  };
  return frame({
    title: t("factor.needed"),
    text: t("factor.needed_text"),
    content: [
      enrolment({ confirmed: () => {}, done: () => void door.enter() }),
      h("p", { class: "door-foot" }, h("button", { class: "link-button", type: "button", onclick: () => void signOut() }, t("sign_out"))),
    ],
  });
}

/**
 * A new password by the link that an admin has handed out.
 * @param {Door} door
 * @param {string} token
 */
export function reset(door, token) {
  const whose = h("p", { class: "door-text" });
  const element = frame({
    title: t("reset.title"),
    content: [
      whose,
      form({
        fields: [field({ name: "password", label: t("reset.password"), hint: t("account.password_hint"), input: { type: "password", autocomplete: "new-password" } })],
        submit: t("reset.submit"),
        onSubmit: async ({ password = "" }) => {
          await rest.setPassword(token, password);
          door.go("/sign-in");
        },
      }),
    ],
  });
  rest.reset(token).then(
    ({ username }) => (whose.textContent = t("reset.text", { username })),
    (error) => element.replaceWith(frame({ title: t("reset.ended"), text: explain(error), content: [h("p", { class: "door-foot" }, link(door, "/sign-in", t("sign_in.go")))] })),
  );
  return element;
}

/**
 * @param {Place} place
 * @param {Door} door
 * @param {string | null} token
 */
export function signUp(place, door, token) {
  if (token === null && place.sign_up !== "open") return noEntry(door, t("sign_up.closed"));
  const invited = h("p", { class: "door-text" }, token === null ? t("sign_up.text") : "");
  const element = frame({
    title: t("sign_up.title", { place: place.name ?? "Snug" }),
    content: [
      invited,
      form({
        fields: accountFields(),
        submit: t("sign_up.submit"),
        onSubmit: async ({ username = "", display_name = "", password = "" }) => {
          await rest.signUp({ ...(token === null ? {} : { invite: token }), username, display_name, password });
          await door.enter();
        },
      }),
      h("p", { class: "door-foot" }, t("sign_up.have"), " ", link(door, "/sign-in", t("sign_in"))),
    ],
  });
  if (token !== null) {
    rest.invite(token).then(
      (invite) => (invited.textContent = t("sign_up.invited", { name: invite.invited_by, place: invite.place_name })),
      (error) => element.replaceWith(noEntry(door, explain(error))),
    );
  }
  return element;
}

/**
 * @param {Door} door
 * @param {string} text
 */
const noEntry = (door, text) => frame({ title: t("sign_up.no_entry"), text, content: [h("p", { class: "door-foot" }, link(door, "/sign-in", t("sign_in.go")))] });
