// Everybody of the place, as far as one may know them.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { personPath } from "../core/router.js";
import { effect, signal } from "../core/signal.js";
import { find } from "../state/fuzzy.js";
import { avatar } from "./avatar.js";
import { go } from "./go.js";
import { icon } from "./icons.js";

/** @import { App } from "../app.js" */
/** @import { User } from "../wire/types.js" */

/** More than that nobody looks through; typing finds the rest. */
const MOST_SHOWN = 200;

/**
 * @param {App} app
 * @param {HTMLElement} menuButton
 */
export function people(app, menuButton) {
  const typed = signal("");
  const list = h("ul", { class: "people-page-list" });
  const note = h("p", { class: "hint", role: "status" });
  const input = h("input", { class: "input", type: "search", placeholder: t("people_page.find"), "aria-label": t("people_page.find"), oninput: () => (typed.value = input.value) });
  const invite = h("a", { class: "button", href: "/settings/invites", onclick: go(app, "/settings/invites") }, icon("link"), t("people_page.invite"));
  effect(() => {
    invite.hidden = !app.session.runsThePlace;
  });
  effect(() => {
    const all = [...app.people.all.value.values()].sort((one, other) => Number(other.active) - Number(one.active) || one.display_name.localeCompare(other.display_name));
    const found = find(typed.value, all, (user) => ({ texts: [user.display_name, user.username], bonus: user.active ? 1 : 0 }));
    const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement.dataset["user"] : undefined;
    fill(list, ...found.slice(0, MOST_SHOWN).map((user) => row(app, user)));
    const again = focused === undefined ? null : list.querySelector(`[data-user="${focused}"]`);
    if (again instanceof HTMLElement) again.focus();
    note.textContent = found.length === 0 ? t("picker.none") : found.length > MOST_SHOWN ? t("people_page.more", { count: found.length - MOST_SHOWN }) : t("people", { count: found.length });
  });
  const main = h(
    "main",
    { class: "room-main", id: "main", tabindex: "-1", "aria-label": t("people_page.title") },
    h("header", { class: "room-head" }, menuButton, h("div", { class: "room-title" }, h("h1", null, t("people_page.title")))),
    h("div", { class: "settings" }, h("div", { class: "settings-column" }, h("div", { class: "people-page-tools" }, input, invite), list, note)),
  );
  return { element: h("div", { class: "room" }, main), toEnd: () => app.router.go("/"), focus: () => main.focus() };
}

/**
 * @param {App} app
 * @param {User} user
 */
function row(app, user) {
  const online = app.people.online.value.has(user.id);
  return h(
    "li",
    null,
    h(
      "a",
      { class: user.active ? "person-link" : "person-link inactive", href: personPath(user.id), data: { user: String(user.id) }, onclick: go(app, personPath(user.id)) },
      avatar(user, { online }),
      h(
        "span",
        { class: "person-text" },
        h("span", { class: "person-name" }, user.display_name, user.id === app.session.myId ? h("span", { class: "faint" }, ` ${t("you")}`) : null),
        h("small", null, `@${user.username}`, user.active ? h("span", { class: "visually-hidden" }, `, ${online ? t("presence.online") : t("presence.offline")}`) : null),
      ),
      standing(user),
    ),
  );
}

/** What stands out about somebody: another role than most, or an account that is shut. @param {User} user */
export const standing = (user) =>
  !user.active ? h("span", { class: "badge quiet" }, t("person.inactive")) : user.role === "member" ? null : h("span", { class: "badge" }, t(`place_role.${user.role}`));
