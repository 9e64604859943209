// Forms that say which field was refused, next to it, and send once at a time.
import { append, fill, h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { Refused } from "../net/refused.js";
import { explain } from "./explain.js";

let count = 0;

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {HTMLElement} element
 * @property {() => string} read
 * @property {(problem: string | null) => void} complain
 * @property {() => void} focus
 */

/**
 * @param {object} how
 * @param {string} how.name the field of the request, by which a refusal names it
 * @param {string} how.label
 * @param {string} [how.hint]
 * @param {boolean} [how.long] several lines
 * @param {Record<string, any>} [how.input] attributes of the input
 * @returns {Field}
 */
export function field({ name, label, hint, long = false, input: attributes = {} }) {
  const id = `field-${(count += 1)}`;
  const described = h("p", { class: "hint", id: `${id}-hint` }, hint ?? "");
  const input = h(long ? "textarea" : "input", {
    id,
    name,
    class: "input",
    "aria-describedby": described.id,
    ...(long ? { rows: 3 } : { type: "text" }),
    ...attributes,
  });
  const complain = (/** @type {string | null} */ problem) => {
    described.textContent = problem ?? hint ?? "";
    described.classList.toggle("problem", problem !== null);
    if (problem === null) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
  };
  input.addEventListener("input", () => complain(null));
  const inner = attributes["type"] === "password" ? h("div", { class: "with-button" }, input, reveal(/** @type {HTMLInputElement} */ (input))) : input;
  return {
    name,
    element: h("div", { class: "field" }, h("label", { for: id }, label), inner, described),
    read: () => input.value,
    complain,
    focus: () => input.focus(),
  };
}

/** @param {HTMLInputElement} input */
function reveal(input) {
  const button = h("button", { type: "button", class: "reveal", "aria-pressed": "false" }, t("form.show"));
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = shown ? t("form.hide") : t("form.show");
    button.setAttribute("aria-pressed", String(shown));
  });
  return button;
}

/**
 * @param {object} how
 * @param {string} how.name
 * @param {string} how.label
 * @param {Array<{ value: string, label: string, hint?: string }>} how.options
 * @param {string} how.value
 * @returns {Field}
 */
export function choice({ name, label, options, value }) {
  const group = `choice-${(count += 1)}`;
  const problem = h("p", { class: "hint problem", hidden: true });
  const element = h(
    "fieldset",
    { class: "field choice" },
    h("legend", null, label),
    h(
      "div",
      { class: "options" },
      ...options.map((option) =>
        h(
          "label",
          { class: "option" },
          h("input", { type: "radio", name: group, value: option.value, checked: option.value === value }),
          h("span", { class: "option-text" }, h("span", null, option.label), option.hint ? h("small", null, option.hint) : null),
        ),
      ),
    ),
    problem,
  );
  const checked = () => /** @type {HTMLInputElement | null} */ (element.querySelector("input:checked"));
  return {
    name,
    element,
    read: () => checked()?.value ?? value,
    complain: (text) => {
      problem.textContent = text ?? "";
      problem.hidden = text === null;
    },
    focus: () => checked()?.focus(),
  };
}

/**
 * One of several, where they are too many to be shown at once.
 * @param {object} how
 * @param {string} how.name
 * @param {string} how.label
 * @param {string} [how.hint]
 * @param {Array<{ value: string, label: string }>} how.options
 * @param {string} [how.value]
 * @param {(value: string) => void} [how.onChange]
 * @returns {Field & { offer: (options: Array<{ value: string, label: string }>, chosen?: string) => void }}
 *   `offer`: other options; what was chosen stays chosen, where nothing else is named
 */
export function select({ name, label, hint = "", options, value, onChange }) {
  const id = `field-${(count += 1)}`;
  const described = h("p", { class: "hint", id: `${id}-hint` }, hint);
  const box = h("select", { id, name, class: "input", "aria-describedby": described.id });
  const offer = (/** @type {Array<{ value: string, label: string }>} */ some, chosen = box.value) =>
    fill(box, ...some.map((option) => h("option", { value: option.value, selected: option.value === chosen }, option.label)));
  offer(options, value);
  const complain = (/** @type {string | null} */ problem) => {
    described.textContent = problem ?? hint;
    described.classList.toggle("problem", problem !== null);
    setAttribute(box, "aria-invalid", problem === null ? null : "true");
  };
  box.addEventListener("change", () => {
    complain(null);
    onChange?.(box.value);
  });
  return { name, element: h("div", { class: "field" }, h("label", { for: id }, label), box, described), read: () => box.value, complain, focus: () => box.focus(), offer };
}

/**
 * Any number of several; they can change while one looks, and what was chosen stays chosen.
 * @param {{ name: string, label: string }} how
 * @returns {Field & { offer: (options: Array<{ value: string, label: string }>) => void, hint: (text: string) => void }} read as values with spaces between them
 */
export function checks({ name, label }) {
  const id = `field-${(count += 1)}`;
  const described = h("p", { class: "hint", id: `${id}-hint` });
  const list = h("div", { class: "checks" });
  const element = h("fieldset", { class: "field", "aria-describedby": described.id }, h("legend", null, label), list, described);
  let usual = "";
  const chosen = () => [...list.querySelectorAll("input")].filter(({ checked }) => checked).map(({ value }) => value);
  const complain = (/** @type {string | null} */ problem) => {
    described.textContent = problem ?? usual;
    described.classList.toggle("problem", problem !== null);
  };
  return {
    name,
    element,
    offer: (options) => {
      const before = chosen();
      fill(list, ...options.map(({ value, label: words }) => h("label", { class: "check" }, h("input", { type: "checkbox", value, checked: before.includes(value), onchange: () => complain(null) }), h("span", null, words))));
    },
    hint: (text) => {
      usual = text;
      complain(null);
    },
    read: () => chosen().join(" "),
    complain,
    focus: () => list.querySelector("input")?.focus(),
  };
}

/**
 * @param {object} how
 * @param {Field[]} how.fields
 * @param {string} how.submit
 * @param {(values: Record<string, string>) => Promise<void>} how.onSubmit what it throws is shown
 * @param {import("../core/dom.js").Child} [how.beside] next to the button
 * @param {Record<string, string | number>} [how.values] for the words of a refusal
 * @param {boolean} [how.danger] it takes something away for good
 */
export function form({ fields, submit, onSubmit, beside, values, danger = false }) {
  const problem = h("p", { class: "form-problem", role: "alert" });
  const button = h("button", { class: danger ? "button danger" : "button primary", type: "submit" }, submit);
  const element = h("form", { class: "form", novalidate: true });
  append(element, [fields.map((one) => one.element), problem, h("div", { class: "buttons" }, beside, button)]);
  const blame = (/** @type {unknown} */ error) => {
    const named = error instanceof Refused ? fields.find(({ name }) => name === error.field) : undefined;
    const text = explain(error, values);
    if (named) {
      named.complain(text);
      named.focus();
    } else {
      problem.textContent = text;
    }
  };
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    problem.textContent = "";
    for (const one of fields) one.complain(null);
    button.setAttribute("aria-busy", "true");
    onSubmit(Object.fromEntries(fields.map((one) => [one.name, one.read()])))
      .catch(blame)
      .finally(() => button.removeAttribute("aria-busy"));
  });
  return element;
}
