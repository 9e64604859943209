// Where I am signed in, and ending it.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { rest } from "../net/rest.js";
import { Listing } from "../state/listing.js";
import { act } from "./act.js";
import { card, entry, keepFresh, listed } from "./card.js";
import { confirmDialog } from "./dialog.js";
import { ago, exact } from "./format.js";
import { icon } from "./icons.js";

/** @import { Device } from "../wire/types.js" */

/**
 * @param {string} agent what the browser says of itself
 * @returns {string} the part a person recognises
 */
export function deviceName(agent) {
  const browsers = /** @type {const} */ ([["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["CriOS", "Chrome"], ["Safari", "Safari"]]);
  const systems = /** @type {const} */ ([["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]]);
  const browser = browsers.find(([sign]) => agent.includes(sign))?.[1];
  const system = systems.find(([sign]) => agent.includes(sign))?.[1];
  if (browser && system) return `${browser} · ${system}`;
  return browser ?? system ?? (agent === "" ? t("devices.unknown") : agent.slice(0, 60));
}

export function devicesCard() {
  const devices = new Listing(async () => inOrder(await rest.devices()));
  const run = async (/** @type {Promise<void>} */ work) => {
    await act(work, t("devices.ended"));
    await devices.load();
  };
  const endOthers = () =>
    confirmDialog({ title: t("devices.end_others"), text: t("devices.end_others_text"), yes: t("devices.end_others"), danger: true, onYes: () => void run(rest.endOtherDevices()) });
  const others = h("div", { class: "buttons start" });
  effect(() => {
    fill(others, (devices.items.value?.length ?? 0) > 1 ? h("button", { class: "button", type: "button", onclick: endOthers }, t("devices.end_others")) : null);
  });
  const end = (/** @type {Device} */ device) =>
    h("button", { class: "button", type: "button", "aria-label": t("devices.end_named", { name: deviceName(device.agent) }), onclick: () => void run(rest.endDevice(device.id)) }, t("devices.end"));
  keepFresh(devices);
  return card(t("devices.title"), h("p", { class: "hint" }, t("devices.text")), listed(devices, (device) => deviceRow(device, device.current ? null : end(device)), t("devices.none")), others);
}

/** @param {Device[]} devices */
export const inOrder = (devices) => devices.sort((one, other) => Number(other.current) - Number(one.current) || other.last_seen_at - one.last_seen_at);

/**
 * @param {Device} device
 * @param {import("../core/dom.js").Child} action
 */
export const deviceRow = (device, action) =>
  entry({
    sign: icon("device"),
    title: [h("span", { title: device.agent }, deviceName(device.agent)), device.current ? h("span", { class: "badge" }, t("devices.this")) : null],
    facts: [
      device.address,
      socketsOpen(device.open_sockets) ?? h("span", { title: exact(device.last_seen_at) }, t("devices.seen", { when: ago(device.last_seen_at) })),
      h("span", { title: exact(device.created_at) }, t("devices.since", { when: ago(device.created_at) })),
    ],
    action,
  });

/** @param {number} count */
export const socketsOpen = (count) => (count > 0 ? h("span", { class: "live" }, t("devices.open", { count })) : null);
