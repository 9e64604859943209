// For admins: the name of the place, who may sign up, who needs a second factor.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { rest } from "../net/rest.js";
import { card } from "./card.js";
import { explain } from "./explain.js";
import { choice, field, form } from "./form.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { FactorRule } from "../wire/types.js" */

/** @param {App} app */
export function placeCard(app) {
  const rules = h("div", { class: "made" });
  const element = h("div", { class: "cards" }, nameCard(app), rules);
  rest.place().then(
    ({ second_factor: rule }) => rules.replaceChildren(ruleCard(rule ?? "optional")),
    (error) => rules.replaceChildren(h("p", { class: "hint problem", role: "alert" }, explain(error))),
  );
  return element;
}

/** @param {App} app */
const nameCard = (app) =>
  card(
    t("place.title"),
    form({
      fields: [
        field({ name: "place_name", label: t("place.name"), input: { value: app.session.place.peek(), maxlength: 64, autocomplete: "off" } }),
        signUpChoice(app.session.signUp.peek()),
      ],
      submit: t("save"),
      onSubmit: async ({ place_name = "", sign_up }) => {
        const mode = sign_up === "open" ? "open" : "invite";
        if (place_name !== app.session.place.peek()) await app.do.renamePlace(place_name);
        if (mode !== app.session.signUp.peek()) await app.do.setSignUp(mode);
        toast(t("saved"));
      },
    }),
  );

/** @param {FactorRule} rule the one in force */
function ruleCard(rule) {
  const option = (/** @type {FactorRule} */ value) => ({ value, label: t(`factor_rule.${value}`), hint: t(`factor_rule.${value}_hint`) });
  return card(
    t("factor.title"),
    form({
      fields: [choice({ name: "second_factor", label: t("factor_rule.title"), value: rule, options: [option("optional"), option("admins"), option("everyone")] })],
      submit: t("save"),
      onSubmit: async ({ second_factor: chosen }) => {
        await rest.setFactorRule(chosen === "everyone" || chosen === "admins" ? chosen : "optional");
        toast(t("saved"));
      },
    }),
  );
}

/** @param {string} value */
export const signUpChoice = (value) =>
  choice({
    name: "sign_up",
    label: t("place.sign_up"),
    value,
    options: [
      { value: "invite", label: t("sign_up_mode.invite"), hint: t("sign_up_mode.invite_hint") },
      { value: "open", label: t("sign_up_mode.open"), hint: t("sign_up_mode.open_hint") },
    ],
  });
