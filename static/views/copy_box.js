// Something to pass on or to keep, with a button that copies it.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { copyText } from "./clipboard.js";
import { icon } from "./icons.js";

/**
 * @param {{ label: string, value: string, copied: string }} how `copied`: what to say then
 */
export function copyBox({ label, value, copied }) {
  const input = h("input", { class: "input", readonly: true, value, "aria-label": label, onfocus: () => input.select() });
  return h("div", { class: "link-box" }, input, h("button", { class: "button primary", type: "button", onclick: () => void copyText(value, copied) }, icon("copy"), t("copy")));
}

/** @param {string} url of an invite */
export const linkBox = (url) => copyBox({ label: t("invites.link"), value: url, copied: t("invites.copied") });
