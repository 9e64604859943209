// Settings: oneself, the ways into one's account, one's devices and tokens; and for those who run it the place.
import { fill, h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { auditCards } from "./audit.js";
import { devicesCard } from "./devices.js";
import { go } from "./go.js";
import { icon } from "./icons.js";
import { invitesCard } from "./invites.js";
import { placeCard } from "./place_settings.js";
import { securityCards } from "./security.js";
import { youCards } from "./settings_you.js";
import { tokensCard } from "./tokens.js";

/** @import { App } from "../app.js" */
/** @import { Section } from "../core/router.js" */

/** Those of the whole place, in the order of the list. @type {readonly Section[]} */
const OF_THE_PLACE = ["place", "invites", "audit"];
/** @type {readonly Section[]} */
const OWN = ["you", "security", "devices"];

/** @param {Section} section */
export const isOfThePlace = (section) => OF_THE_PLACE.includes(section);

/** @param {Section} section */
export const sectionTitle = (section) => t(`settings.${section}`);

/** @param {Section} section */
const pathOf = (section) => (section === "you" ? "/settings" : `/settings/${section}`);

/**
 * @param {App} app
 * @param {HTMLElement} menuButton
 * @param {Section} section
 * @param {number | null} user whose records of the audit log
 */
export function settings(app, menuButton, section, user) {
  const back = h("button", { class: "icon-button", type: "button", "aria-label": t("settings.back"), title: t("settings.back"), onclick: () => app.router.go("/") }, icon("back"));
  const main = h(
    "main",
    { class: "room-main", id: "main", tabindex: "-1", "aria-label": `${t("settings.title")}, ${sectionTitle(section)}` },
    h("header", { class: "room-head" }, menuButton, back, h("div", { class: "room-title" }, h("h1", null, t("settings.title")))),
    h("div", { class: "settings" }, h("div", { class: "settings-frame" }, sections(app, section), h("div", { class: "settings-column" }, cardsOf(app, section, user)))),
  );
  return { element: h("div", { class: "room" }, main), toEnd: () => app.router.go("/"), focus: () => main.focus() };
}

/**
 * @param {App} app
 * @param {Section} section
 * @param {number | null} user
 */
function cardsOf(app, section, user) {
  switch (section) {
    case "you":
      return youCards(app);
    case "security":
      return securityCards(app);
    case "devices":
      return [devicesCard(), tokensCard(app)];
    case "place":
      return [placeCard(app)];
    case "invites":
      return [invitesCard(app)];
    case "audit":
      return auditCards(app, user);
  }
}

/**
 * @param {App} app
 * @param {Section} here
 */
function sections(app, here) {
  const list = h("ul");
  const link = (/** @type {Section} */ section) => {
    const anchor = h("a", { href: pathOf(section), onclick: go(app, pathOf(section)) }, sectionTitle(section));
    setAttribute(anchor, "aria-current", section === here ? "page" : null);
    return h("li", null, anchor);
  };
  // A role can be given and taken while one looks.
  effect(() => fill(list, ...OWN.map(link), ...(app.session.runsThePlace ? OF_THE_PLACE.map(link) : [])));
  return h("nav", { class: "settings-nav", "aria-label": t("settings.sections") }, list);
}
