// What those who run the place can do about somebody's account. Each offers only what the server would grant.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { computed, effect, scope, signal } from "../core/signal.js";
import { admin } from "../net/admin.js";
import { mayDelete, mayEnd, mayReset, mayShut, rolesFor } from "../state/may.js";
import { act } from "./act.js";
import { card } from "./card.js";
import { confirmDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { choice, form } from "./form.js";
import { exact } from "./format.js";
import { go } from "./go.js";
import { icon } from "./icons.js";
import { openBan } from "./person_ban.js";
import { accessCards } from "./person_access.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { Account, PlaceRole, User } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {number} id
 */
export function accountCards(app, id) {
  const account = signal(/** @type {Account | null} */ (null));
  const load = async () => {
    try {
      account.value = await admin.account(id);
    } catch (error) {
      toast(explain(error), "problem");
    }
  };
  const user = computed(() => app.people.get(id));
  // Whatever is told of the person may mean that the account stands differently.
  effect(() => {
    user.value;
    void load();
  });
  const cards = h("div", { class: "cards" });
  // What a form holds must outlive whatever does not change what can be done.
  const reach = computed(() => {
    const [me, person] = [app.session.me.value, user.value];
    if (!person) return "";
    const other = otherOwners(app, id);
    return JSON.stringify([person.role, rolesFor(me, person, other), mayEnd(me, person), mayReset(me, person), person.active]);
  });
  effect(() => {
    reach.value;
    const [me, person] = [app.session.me.peek(), app.people.all.peek().get(id)];
    if (!person) return undefined;
    const [made, end] = scope(() => [
      roleCard(person, rolesFor(me, person, otherOwners(app, id))),
      ...accessCards(app, person, { mayEnd: mayEnd(me, person), mayReset: mayReset(me, person) && person.active }),
    ]);
    fill(cards, made);
    return end;
  });
  return [stateCard(app, id, account, load), cards];
}

/** @param {App} app @param {number} id */
const otherOwners = (app, id) => [...app.people.all.value.values()].some((user) => user.role === "owner" && user.active && user.id !== id);

/**
 * @param {User} user
 * @param {PlaceRole[]} roles
 */
function roleCard(user, roles) {
  if (roles.length < 2 || !user.active) return null;
  return card(
    t("person.role"),
    form({
      fields: [choice({ name: "role", label: t("person.role_label", { name: user.display_name }), value: user.role, options: roles.map((role) => ({ value: role, label: t(`place_role.${role}`), hint: t(`place_role.${role}_hint`) })) })],
      submit: t("save"),
      onSubmit: async ({ role: chosen }) => {
        const role = roles.find((one) => one === chosen);
        if (!role || role === user.role) return;
        await admin.setRole(user.id, role);
        toast(t("person.role_set", { name: user.display_name, role: t(`place_role.${role}`) }));
      },
    }),
  );
}

/**
 * How the account stands, and shutting or opening it.
 * @param {App} app
 * @param {number} id
 * @param {import("../core/signal.js").Signal<Account | null>} account
 * @param {() => Promise<void>} load
 */
function stateCard(app, id, account, load) {
  const words = h("p", { role: "status" });
  const buttons = h("div", { class: "buttons start" });
  const run = (/** @type {Promise<unknown>} */ work, /** @type {string} */ done) => void act(work, done).then(load);
  effect(() => {
    const [stands, me, user] = [account.value, app.session.me.value, app.people.get(id)];
    words.textContent = stands ? stateOf(stands) : "";
    if (!stands || !user) return fill(buttons);
    const because = stands.inactive_because;
    const may = mayShut(me, user);
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, quiet = "") => h("button", { class: `button ${quiet}`, type: "button", onclick }, text);
    fill(
      buttons,
      may && because === "deactivated" ? button(t("person.reactivate"), () => run(admin.setActive(id, true), t("person.reactivated"))) : null,
      may && because === "banned" ? button(t("person.unban"), () => run(admin.unban(id), t("person.unbanned"))) : null,
      may && because === undefined ? button(t("person.deactivate"), () => askDeactivate(user, run)) : null,
      may && (because === undefined || because === "deactivated") ? button(t("person.ban"), () => openBan(user, load)) : null,
      because !== "deleted" && id !== me.id && mayDelete(me, user, otherOwners(app, id)) ? button(t("person.delete"), () => askDelete(app, user, run), "danger-quiet") : null,
    );
  });
  const log = h("a", { class: "row-button", href: `/settings/audit/${id}`, onclick: go(app, `/settings/audit/${id}`) }, icon("log"), t("person.audit"));
  return card(t("person.account"), words, buttons, log);
}

/** @param {Account} account */
function stateOf({ inactive_because: because, banned_until: until, ban_reason: reason }) {
  switch (because) {
    case undefined:
      return t("person.state_active");
    case "deactivated":
      return t("person.state_deactivated");
    case "deleted":
      return t("person.state_deleted");
    case "banned": {
      const banned = until === undefined ? t("person.state_banned") : t("person.state_banned_until", { when: exact(until) });
      return reason ? `${banned} ${t("person.ban_because", { reason })}` : banned;
    }
  }
}

/** @param {User} user @param {(work: Promise<unknown>, done: string) => void} run */
const askDeactivate = (user, run) =>
  confirmDialog({
    title: t("person.deactivate_title", { name: user.display_name }),
    text: t("person.deactivate_text"),
    yes: t("person.deactivate"),
    danger: true,
    onYes: () => run(admin.setActive(user.id, false), t("person.deactivated")),
  });

/** @param {App} app @param {User} user @param {(work: Promise<unknown>, done: string) => void} run */
const askDelete = (app, user, run) =>
  confirmDialog({
    title: t("person.delete_title", { name: user.display_name }),
    text: t("person.delete_text"),
    yes: t("person.delete"),
    danger: true,
    onYes: () => run(admin.deleteAccount(user.id), t("person.deleted")),
  });
