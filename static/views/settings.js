// Settings: oneself, this browser, one's devices; and for admins the place.
import { h, setAttribute } from "../core/dom.js";
import { LANGUAGES, currentLanguage, t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { rest } from "../net/rest.js";
import { write } from "../state/storage.js";
import { confirmDialog } from "./dialog.js";
import { devicesCard } from "./devices.js";
import { field, form } from "./form.js";
import { icon } from "./icons.js";
import { openKeys } from "./keys.js";
import { placeCards } from "./place_settings.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */

/**
 * @param {App} app
 * @param {HTMLElement} menuButton
 */
export function settings(app, menuButton) {
  const back = h("button", { class: "icon-button", type: "button", "aria-label": t("settings.back"), title: t("settings.back"), onclick: () => app.router.go("/") }, icon("back"));
  const version = h("p", { class: "hint version" });
  effect(() => {
    version.textContent = `Snug ${app.session.version.value}`;
  });
  const main = h(
    "main",
    { class: "room-main", id: "main", tabindex: "-1" },
    h("header", { class: "room-head" }, menuButton, back, h("div", { class: "room-title" }, h("h1", null, t("settings.title")))),
    h(
      "div",
      { class: "settings" },
      h(
        "div",
        { class: "settings-column" },
        profileCard(app),
        lookCard(app),
        writingCard(app),
        app.session.runsThePlace ? placeCards(app) : null,
        passwordCard(app),
        devicesCard(),
        leaveCard(app),
        version,
      ),
    ),
  );
  return { element: h("div", { class: "room" }, main), toEnd: () => app.router.go("/"), focus: () => main.focus() };
}

/**
 * @param {string} title
 * @param {...import("../core/dom.js").Child} children
 */
export const card = (title, ...children) => h("section", { class: "card", "aria-label": title }, h("h2", null, title), children);

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
function passwordCard(app) {
  const current = field({ name: "current", label: t("settings.password_now"), input: { type: "password", autocomplete: "current-password" } });
  const next = field({ name: "password", label: t("settings.password_new"), hint: t("account.password_hint"), input: { type: "password", autocomplete: "new-password" } });
  // So that password managers know whose password it is.
  const whose = h("input", { type: "text", name: "username", autocomplete: "username", value: app.session.me.peek().username, hidden: true });
  const element = form({
    fields: [current, next],
    submit: t("settings.password_change"),
    onSubmit: async ({ current: now = "", password = "" }) => {
      await rest.changePassword(now, password);
      element.reset();
      toast(t("settings.password_changed"));
    },
  });
  element.prepend(whose);
  setAttribute(element, "aria-label", t("settings.password"));
  return card(t("settings.password"), h("p", { class: "hint" }, t("settings.password_text")), element);
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
