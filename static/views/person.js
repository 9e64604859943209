// One person: who they are, and for those who run the place what can be done about their account.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { computed, effect, scope, signal } from "../core/signal.js";
import { avatar } from "./avatar.js";
import { explain } from "./explain.js";
import { icon } from "./icons.js";
import { standing } from "./people.js";
import { accountCards } from "./person_account.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { User } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {HTMLElement} menuButton
 * @param {number} id
 */
export function person(app, menuButton, id) {
  const title = h("h1", null, "…");
  const profile = h("div");
  const account = h("div", { class: "cards" });
  const back = h("button", { class: "icon-button", type: "button", "aria-label": t("person.back"), title: t("person.back"), onclick: () => app.router.go("/people") }, icon("back"));
  const asked = signal(app.people.all.peek().has(id));
  if (!asked.peek()) void app.do.meet(id).catch(() => {}).finally(() => (asked.value = true));
  effect(() => {
    const user = app.people.get(id);
    title.textContent = user?.display_name ?? (asked.value ? t("nowhere.title") : "…");
    fill(profile, user ? profileOf(app, user) : asked.value ? h("p", { class: "hint" }, t("person.unknown")) : null);
  });
  // Anew only where other things can be done: what is typed into a form stays while the person comes and goes.
  const runs = computed(() => app.session.runsThePlace && app.people.get(id) !== undefined);
  effect(() => {
    if (!runs.value) {
      fill(account);
      return;
    }
    const [cards, end] = scope(() => accountCards(app, id));
    fill(account, cards);
    return end;
  });
  const main = h(
    "main",
    { class: "room-main", id: "main", tabindex: "-1", "aria-label": t("person.title") },
    h("header", { class: "room-head" }, menuButton, back, h("div", { class: "room-title" }, title)),
    h("div", { class: "settings" }, h("div", { class: "settings-column" }, profile, account)),
  );
  return { element: h("div", { class: "room" }, main), toEnd: () => app.router.go("/people"), focus: () => main.focus() };
}

/**
 * @param {App} app
 * @param {User} user
 */
function profileOf(app, user) {
  const online = app.people.online.value.has(user.id);
  const mayWrite = user.id !== app.session.myId && user.active && !app.session.isGuest;
  const write = () => void app.do.openDirect([user.id]).catch((error) => toast(explain(error), "problem"));
  return h(
    "section",
    { class: "card profile", "aria-label": t("person.profile") },
    avatar(user, { size: "large", online }),
    h(
      "div",
      { class: "person-text" },
      h("b", null, user.display_name, standing(user)),
      h("small", null, `@${user.username}`, user.active ? ` · ${online ? t("presence.online") : t("presence.offline")}` : ""),
    ),
    mayWrite ? h("button", { class: "button", type: "button", onclick: write }, icon("mail"), t("person.write")) : null,
  );
}
