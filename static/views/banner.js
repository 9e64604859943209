// Says what the line is doing, without moving anything: connecting, cut, restarting, given up, and that a new version is here.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, onEnd, signal } from "../core/signal.js";

/** @import { App } from "../app.js" */

/** A line that is back within this time was never worth a word. */
const PATIENCE_MS = 1_200;

/** @param {App} app */
export function banner(app) {
  const element = h("div", { class: "banner", role: "status" });
  const slow = signal(false);
  const now = signal(Date.now());
  let timer = 0;
  const ticking = setInterval(() => {
    if (app.connection.line.peek().is === "waiting") now.value = Date.now();
  }, 1_000);
  onEnd(() => clearInterval(ticking));

  effect(() => {
    const line = app.connection.line.value;
    if (line.is === "open") {
      clearTimeout(timer);
      timer = 0;
      slow.value = false;
    } else if (timer === 0) {
      timer = window.setTimeout(() => (slow.value = true), PATIENCE_MS);
    }
  });
  effect(() => {
    const line = app.connection.line.value;
    const words = line.is === "given_up" || slow.value ? wordsOf(app, now.value) : null;
    const news = line.is === "open" && app.session.outdated.value;
    element.classList.toggle("on", words !== null || news);
    element.classList.toggle("news", news);
    if (words) fill(element, ...words);
    else if (news) {
      fill(element, h("span", null, t("banner.new_version")), h("button", { class: "small-button", type: "button", onclick: () => window.location.reload() }, t("banner.reload")));
    } else {
      fill(element);
    }
  });
  return element;
}

/**
 * @param {App} app
 * @param {number} now
 * @returns {Array<Node> | null}
 */
function wordsOf(app, now) {
  const line = app.connection.line.value;
  const again = h("button", { class: "small-button", type: "button", onclick: () => app.connection.retry() }, t("banner.try_now"));
  switch (line.is) {
    case "open":
    case "signed_out":
      return null;
    case "connecting":
      return [h("span", { class: "spinner", "aria-hidden": "true" }), h("span", null, line.first ? t("banner.connecting") : t("banner.reconnecting"))];
    case "waiting": {
      const seconds = Math.max(1, Math.ceil((line.until - now) / 1_000));
      const text = line.why === "restarting" ? t("banner.restarting") : t("banner.offline");
      // The count is for the eyes only: read out every second it would be a torment.
      return [h("span", null, text), h("span", { class: "faint", "aria-hidden": "true" }, t("banner.again_in", { count: seconds })), again];
    }
    case "given_up":
      return [h("span", null, t(line.code === 4201 || line.code === 4202 ? `banner.given_up.${line.code}` : "banner.given_up")), again];
  }
}
