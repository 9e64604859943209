// How one's account is entered, and its end.
import { h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { rest } from "../net/rest.js";
import { security } from "../net/security.js";
import { card } from "./card.js";
import { openDialog } from "./dialog.js";
import { field, form } from "./form.js";
import { icon } from "./icons.js";
import { factorCard } from "./second_factor.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */

/** @param {App} app */
export const securityCards = (app) => [passwordCard(app), factorCard(), deletionCard(app)];

/** So that password managers know whose password it is. @param {App} app */
const whose = (app) => h("input", { type: "text", name: "username", autocomplete: "username", value: app.session.me.peek().username, hidden: true });

/** @param {App} app */
function passwordCard(app) {
  const current = field({ name: "current", label: t("settings.password_now"), input: { type: "password", autocomplete: "current-password" } });
  const next = field({ name: "password", label: t("settings.password_new"), hint: t("account.password_hint"), input: { type: "password", autocomplete: "new-password" } });
  const element = form({
    fields: [current, next],
    submit: t("settings.password_change"),
    onSubmit: async ({ current: now = "", password = "" }) => {
      await rest.changePassword(now, password);
      element.reset();
      toast(t("settings.password_changed"));
    },
  });
  element.prepend(whose(app));
  setAttribute(element, "aria-label", t("settings.password"));
  return card(t("settings.password"), h("p", { class: "hint" }, t("settings.password_text")), element);
}

/** @param {App} app */
const deletionCard = (app) =>
  card(
    t("deletion.title"),
    h("p", { class: "hint" }, t("deletion.text")),
    h("div", { class: "buttons start" }, h("button", { class: "button danger-quiet", type: "button", onclick: () => openDeletion(app) }, icon("trash"), t("deletion.open"))),
  );

/** @param {App} app */
const openDeletion = (app) =>
  openDialog({
    title: t("deletion.title"),
    class: "small",
    content: () => {
      const element = form({
        fields: [field({ name: "password", label: t("account.password"), input: { type: "password", autocomplete: "current-password" } })],
        submit: t("deletion.yes"),
        danger: true,
        onSubmit: async ({ password = "" }) => {
          await security.deleteAccount(password);
          await app.do.leaveForGood();
        },
      });
      element.prepend(whose(app));
      return [h("p", { class: "dialog-text" }, t("deletion.warning")), element];
    },
  });
