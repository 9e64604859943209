// Chooses people: a field to type in, a list to pick from, the chosen ones as chips.
import { fill, h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, signal } from "../core/signal.js";
import { find } from "../state/fuzzy.js";
import { avatar } from "./avatar.js";
import { icon } from "./icons.js";

/** @import { App } from "../app.js" */
/** @import { User } from "../wire/types.js" */

const MOST_SHOWN = 50;

/**
 * @param {App} app
 * @param {{ most: number, without: ReadonlySet<number>, label: string, onEnter: () => void }} how
 */
export function peoplePicker(app, { most, without, label, onEnter }) {
  const chosen = signal(/** @type {readonly number[]} */ ([]));
  const typed = signal("");
  const active = signal(0);
  const listId = "people-options";
  const input = h("input", {
    class: "picker-input",
    role: "combobox",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": label,
    "aria-expanded": "true",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    placeholder: label,
    data: { focus: "" },
  });
  const chips = h("div", { class: "picker-box" });
  const list = h("ul", { class: "picker-list", role: "listbox", id: listId, "aria-label": label, "aria-multiselectable": "true" });
  const note = h("p", { class: "hint", role: "status" });
  /** @type {User[]} */
  let shown = [];

  const toggle = (/** @type {User | undefined} */ user) => {
    if (!user) return;
    const has = chosen.peek().includes(user.id);
    if (has) chosen.value = chosen.peek().filter((id) => id !== user.id);
    else if (chosen.peek().length < most) chosen.value = [...chosen.peek(), user.id];
    input.value = "";
    typed.value = "";
    active.value = 0;
    input.focus();
  };

  effect(() => {
    const people = [...app.people.all.value.values()].filter((user) => user.active && !without.has(user.id));
    people.sort((one, other) => one.display_name.localeCompare(other.display_name));
    shown = find(typed.value, people, (user) => ({ texts: [user.display_name, user.username], bonus: app.people.online.value.has(user.id) ? 10 : 0 })).slice(0, MOST_SHOWN);
    const at = Math.min(active.value, Math.max(0, shown.length - 1));
    fill(list, ...shown.map((user, index) => option(app, user, chosen.value.includes(user.id), index === at)));
    setAttribute(input, "aria-activedescendant", shown.length > 0 ? `person-${shown[at]?.id}` : null);
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    note.textContent = shown.length === 0 ? t("picker.none") : chosen.value.length >= most && most > 1 ? t("picker.full", { count: most }) : "";
  });
  effect(() => {
    const focused = document.activeElement === input;
    fill(chips, ...chosen.value.map((id) => chip(app, id, () => toggle(app.people.get(id)))), input);
    input.placeholder = chosen.value.length === 0 ? label : "";
    if (focused) input.focus();
  });
  input.addEventListener("input", () => {
    typed.value = input.value;
    active.value = 0;
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") active.value = Math.min(shown.length - 1, active.peek() + 1);
    else if (event.key === "ArrowUp") active.value = Math.max(0, active.peek() - 1);
    else if (event.key === "Backspace" && input.value === "") chosen.value = chosen.peek().slice(0, -1);
    else if (event.key === "Enter") {
      if (input.value === "" && chosen.peek().length > 0) onEnter();
      else toggle(shown[active.peek()]);
    } else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-user]") : null;
    if (row instanceof HTMLElement) toggle(app.people.get(Number(row.dataset["user"])));
  });
  chips.addEventListener("click", () => input.focus());
  return { chosen, element: h("div", { class: "picker" }, chips, note, list) };
}

/**
 * @param {App} app
 * @param {User} user
 * @param {boolean} selected
 * @param {boolean} active
 */
const option = (app, user, selected, active) =>
  h(
    "li",
    {
      class: active ? "option-row active" : "option-row",
      role: "option",
      id: `person-${user.id}`,
      "aria-selected": String(selected),
      data: { user: String(user.id) },
    },
    avatar(user, { size: "small", online: app.people.online.value.has(user.id) }),
    h("span", { class: "option-name" }, user.display_name, user.id === app.session.myId ? ` ${t("you")}` : ""),
    h("small", null, `@${user.username}`),
    selected ? icon("check") : null,
  );

/**
 * @param {App} app
 * @param {number} id
 * @param {() => void} remove
 */
const chip = (app, id, remove) =>
  h("span", { class: "chip" }, app.people.name(id), h("button", { type: "button", class: "chip-remove", "aria-label": t("picker.remove", { name: app.people.name(id) }), onclick: remove }, icon("close")));
