// The second factor of one's account: setting it up, its recovery codes, turning it off.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, signal } from "../core/signal.js";
import { security } from "../net/security.js";
import { card } from "./card.js";
import { copyText } from "./clipboard.js";
import { openDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { field, form } from "./form.js";
import { date } from "./format.js";
import { icon } from "./icons.js";
import { saveFile } from "./save_file.js";
import { toast } from "./toast.js";

/** @import { Enrolment, Factor } from "../wire/types.js" */

export function factorCard() {
  const factor = signal(/** @type {Factor | null} */ (null));
  const problem = signal("");
  const load = async () => {
    try {
      factor.value = await security.factor();
    } catch (error) {
      problem.value = explain(error);
    }
  };
  const stand = h("p", { class: "hint", role: "status" });
  const buttons = h("div", { class: "buttons start" });
  const button = (/** @type {string} */ words, /** @type {() => void} */ onclick) => h("button", { class: "button", type: "button", onclick }, words);
  effect(() => {
    const now = factor.value;
    const few = now?.enabled === true && now.recovery_codes_left < 3;
    stand.classList.toggle("problem", few);
    stand.textContent = now?.enabled
      ? `${t("factor.on", { when: date(now.confirmed_at ?? 0) })} ${t("factor.left", { count: now.recovery_codes_left })}`
      : problem.value || (now ? t("factor.text") : "");
    if (now?.enabled) fill(buttons, button(t("factor.renew"), () => openRenew(load)), button(t("factor.remove"), () => openRemove(load)));
    else fill(buttons, now ? button(t("factor.set_up"), () => openEnrolment(load)) : null);
  });
  void load();
  return card(t("factor.title"), stand, buttons);
}

/** @param {() => Promise<void>} changed */
const openEnrolment = (changed) =>
  openDialog({
    title: t("factor.set_up"),
    content: (close) => [enrolment({ confirmed: () => void changed(), done: () => close() })],
  });

/**
 * Password, the code to photograph, a first code of the app, the recovery codes: one after the other.
 * @param {object} how
 * @param {() => void} how.confirmed from now on a sign-in asks for it
 * @param {() => void} how.done the recovery codes were kept
 */
export function enrolment({ confirmed, done }) {
  const stage = h("div", { class: "stage" });
  const show = (/** @type {import("../core/dom.js").Child[]} */ ...children) => {
    fill(stage, ...children);
    const first = stage.querySelector("[data-focus]") ?? stage.querySelector("input");
    if (first instanceof HTMLElement) first.focus();
  };
  const toCodes = (/** @type {string[]} */ codes) => {
    confirmed();
    show(...recoveryCodes(codes, done));
  };
  const toApp = (/** @type {Enrolment} */ { secret, uri, svg }) =>
    show(
      h("p", { class: "dialog-text" }, t("factor.scan")),
      h("img", { class: "qr", src: `data:image/svg+xml,${encodeURIComponent(svg)}`, alt: t("factor.qr"), width: 192, height: 192 }),
      h("p", { class: "hint" }, t("factor.or_type"), " ", h("code", { class: "secret" }, secret.replaceAll(/(.{4})(?=.)/g, "$1 ")), " ", h("a", { href: uri }, t("factor.open_app"))),
      form({
        fields: [codeField(t("factor.first_code"), t("factor.first_code_hint"), { inputmode: "numeric" })],
        submit: t("factor.confirm"),
        onSubmit: async ({ code = "" }) => toCodes((await security.confirmFactor(code)).recovery_codes),
      }),
    );
  fill(
    stage,
    h("p", { class: "dialog-text" }, t("factor.begin")),
    form({
      fields: [passwordField()],
      submit: t("setup.next"),
      onSubmit: async ({ password = "" }) => toApp(await security.beginFactor(password)),
    }),
  );
  return stage;
}

/**
 * @param {string[]} codes
 * @param {() => void} done
 * @returns {HTMLElement[]}
 */
function recoveryCodes(codes, done) {
  const text = `${codes.join("\n")}\n`;
  return [
    h("h3", { tabindex: "-1", data: { focus: "" } }, t("factor.codes_title")),
    h("p", { class: "dialog-text" }, t("factor.codes_text")),
    h("ul", { class: "codes" }, ...codes.map((code) => h("li", null, code))),
    h(
      "div",
      { class: "buttons start" },
      h("button", { class: "button", type: "button", onclick: () => void copyText(text, t("factor.copied")) }, icon("copy"), t("copy")),
      h("button", { class: "button", type: "button", onclick: () => saveFile("snug-recovery-codes.txt", new Blob([text], { type: "text/plain" })) }, icon("download"), t("download")),
    ),
    h("div", { class: "buttons" }, h("button", { class: "button primary", type: "button", onclick: done }, t("factor.kept"))),
  ];
}

const passwordField = () => field({ name: "password", label: t("account.password"), input: { type: "password", autocomplete: "current-password" } });

/** @param {string} label @param {string} hint @param {Record<string, string>} [more] */
const codeField = (label, hint, more = {}) => field({ name: "code", label, hint, input: { autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", maxlength: 32, ...more } });

/** @param {() => Promise<void>} changed */
const openRenew = (changed) =>
  openDialog({
    title: t("factor.renew"),
    content: (close) => {
      const stage = h("div", { class: "stage" });
      fill(
        stage,
        h("p", { class: "dialog-text" }, t("factor.renew_text")),
        form({
          fields: [passwordField(), codeField(t("sign_in.code"), t("sign_in.code_hint"))],
          submit: t("factor.renew"),
          onSubmit: async ({ password = "", code = "" }) => {
            const { recovery_codes: codes } = await security.renewCodes(password, code);
            void changed();
            fill(stage, ...recoveryCodes(codes, () => close()));
            stage.querySelector("h3")?.focus();
          },
        }),
      );
      return [stage];
    },
  });

/** @param {() => Promise<void>} changed */
const openRemove = (changed) =>
  openDialog({
    title: t("factor.remove"),
    class: "small",
    content: (close) => [
      h("p", { class: "dialog-text" }, t("factor.remove_text")),
      form({
        fields: [passwordField(), codeField(t("sign_in.code"), t("sign_in.code_hint"))],
        submit: t("factor.remove"),
        danger: true,
        onSubmit: async ({ password = "", code = "" }) => {
          await security.removeFactor(password, code);
          close();
          toast(t("factor.removed"));
          await changed();
        },
      }),
    ],
  });
