// Where I am signed in, and ending it.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { rest } from "../net/rest.js";
import { confirmDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { ago, exact } from "./format.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

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
  const list = h("ul", { class: "device-list" });
  const others = h("div", { class: "buttons start" });
  const note = h("p", { class: "hint", role: "status" });
  const load = async () => {
    try {
      const devices = await rest.devices();
      devices.sort((one, other) => Number(other.current) - Number(one.current) || other.last_seen_at - one.last_seen_at);
      fill(list, ...devices.map((device) => row(device, () => end(device))));
      fill(others, devices.length > 1 ? h("button", { class: "button", type: "button", onclick: endOthers }, t("devices.end_others")) : null);
    } catch (error) {
      note.textContent = explain(error);
    }
  };
  const run = async (/** @type {Promise<void>} */ work) => {
    try {
      await work;
      toast(t("devices.ended"));
    } catch (error) {
      toast(explain(error), "problem");
    }
    await load();
  };
  const end = (/** @type {Device} */ device) => void run(rest.endDevice(device.id));
  const endOthers = () =>
    confirmDialog({ title: t("devices.end_others"), text: t("devices.end_others_text"), yes: t("devices.end_others"), danger: true, onYes: () => void run(rest.endOtherDevices()) });
  void load();
  return h("section", { class: "card", "aria-label": t("devices.title") }, h("h2", null, t("devices.title")), h("p", { class: "hint" }, t("devices.text")), note, list, others);
}

/**
 * @param {Device} device
 * @param {() => void} end
 */
const row = (device, end) =>
  h(
    "li",
    { class: "device" },
    icon("device"),
    h(
      "span",
      { class: "device-text" },
      h("b", { title: device.agent }, deviceName(device.agent), device.current ? h("span", { class: "badge" }, t("devices.this")) : null),
      h(
        "small",
        null,
        device.address,
        " · ",
        h("span", { title: exact(device.last_seen_at) }, device.open_sockets > 0 ? t("devices.open", { count: device.open_sockets }) : t("devices.seen", { when: ago(device.last_seen_at) })),
        " · ",
        h("span", { title: exact(device.created_at) }, t("devices.since", { when: ago(device.created_at) })),
      ),
    ),
    device.current ? null : h("button", { class: "button", type: "button", "aria-label": t("devices.end_named", { name: deviceName(device.agent) }), onclick: end }, t("devices.end")),
  );
