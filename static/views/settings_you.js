// Oneself and this browser.
import { h } from "../core/dom.js";
import { LANGUAGES, currentLanguage, t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { write } from "../state/storage.js";
import { card } from "./card.js";
import { confirmDialog } from "./dialog.js";
import { field, form } from "./form.js";
import { icon } from "./icons.js";
import { openKeys } from "./keys.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */

/** @param {App} app */
export function youCards(app) {
  const version = h("p", { class: "hint version" });
  effect(() => {
    version.textContent = `Snug ${app.session.version.value}`;
  });
  return [profileCard(app), lookCard(app), writingCard(app), leaveCard(app), version];
}

/** @param {App} app */
function profileCard(app) {
  const me = app.session.me.peek();
  return card(
    t("settings.profile"),
    form({
      fields: [
        field({
          name: "display_name",
          label: t("account.display_name"),
          hint: t("settings.username", { name: `@${me.username}` }),
          input: { value: me.display_name, maxlength: 64, autocomplete: "name" },
        }),
      ],
      submit: t("save"),
      onSubmit: async ({ display_name = "" }) => {
        await app.do.setDisplayName(display_name);
        toast(t("saved"));
      },
    }),
  );
}

/**
 * A row of choices of which one holds at once.
 * @param {string} label
 * @param {Array<{ value: string, label: string }>} options
 * @param {() => string} read
 * @param {(value: string) => void} choose
 */
function segments(label, options, read, choose) {
  const group = h("div", { class: "segments", role: "radiogroup", "aria-label": label });
  const name = `segments-${label}`;
  for (const option of options) {
    const input = h("input", { type: "radio", name, value: option.value, class: "visually-hidden", onchange: () => choose(option.value) });
    effect(() => {
      input.checked = read() === option.value;
    });
    group.append(h("label", { class: "segment" }, input, h("span", null, option.label)));
  }
  return h("div", { class: "setting" }, h("span", { class: "setting-label", "aria-hidden": "true" }, label), group);
}

/** @param {App} app */
function lookCard(app) {
  return card(
    t("settings.look"),
    segments(
      t("settings.theme"),
      [
        { value: "auto", label: t("theme.auto") },
        { value: "light", label: t("theme.light") },
        { value: "dark", label: t("theme.dark") },
      ],
      () => app.prefs.theme.value,
      (value) => app.prefs.setTheme(value === "light" || value === "dark" ? value : "auto"),
    ),
    segments(
      t("settings.language"),
      Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
      currentLanguage,
      (value) => {
        write("snug.lang", value);
        window.location.reload();
      },
    ),
  );
}

/** @param {App} app */
function writingCard(app) {
  return card(
    t("settings.writing"),
    segments(
      t("settings.enter"),
      [
        { value: "sends", label: t("settings.enter_sends") },
        { value: "breaks", label: t("settings.enter_breaks") },
      ],
      () => (app.prefs.enterSends.value ? "sends" : "breaks"),
      (value) => app.prefs.setEnterSends(value === "sends"),
    ),
    segments(
      t("settings.single_keys"),
      [
        { value: "on", label: t("on") },
        { value: "off", label: t("off") },
      ],
      () => (app.prefs.singleKeys.value ? "on" : "off"),
      (value) => app.prefs.setSingleKeys(value === "on"),
    ),
    h("button", { class: "row-button", type: "button", onclick: openKeys }, icon("keyboard"), t("keys.title")),
  );
}

/** @param {App} app */
function leaveCard(app) {
  const signOut = () => {
    const unsent = app.pending.all.peek().length;
    if (unsent === 0) void app.do.signOut();
    else confirmDialog({ title: t("sign_out"), text: t("settings.sign_out_unsent", { count: unsent }), yes: t("sign_out"), danger: true, onYes: () => void app.do.signOut() });
  };
  return card(t("sign_out"), h("p", { class: "hint" }, t("settings.sign_out_text")), h("div", { class: "buttons start" }, h("button", { class: "button", type: "button", onclick: signOut }, icon("leave"), t("sign_out"))));
}
