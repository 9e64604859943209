// For admins: who changed what anyone may do, from where. The newest first.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { admin } from "../net/admin.js";
import { AuditLog, KINDS } from "../state/audit.js";
import { dayOf } from "../state/rows.js";
import { card, dotted } from "./card.js";
import { credentialOf, factsOf, sentenceOf } from "./audit_words.js";
import { explain } from "./explain.js";
import { select } from "./form.js";
import { clock, dayName, exact } from "./format.js";
import { icon } from "./icons.js";
import { saveFile } from "./save_file.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { AuditRecord } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {number | null} user
 */
export function auditCards(app, user) {
  const log = new AuditLog(admin.audit);
  /** @type {{ kind?: string, user?: number }} */
  const filter = user === null ? {} : { user };
  const show = () => void log.show(filter);
  const kinds = KINDS.map((kind) => ({ value: kind, label: t(`audit.kind.${kind}`) })).sort((one, other) => one.label.localeCompare(other.label));
  const kind = select({
    name: "kind",
    label: t("audit.what"),
    options: [{ value: "", label: t("audit.everything") }, ...kinds],
    onChange: (value) => {
      if (value === "") delete filter.kind;
      else filter.kind = value;
      show();
    },
  });
  show();
  return [
    card(
      t("settings.audit"),
      h("p", { class: "hint" }, t("audit.text")),
      h("div", { class: "in-columns" }, kind.element, personSelect(app, user, (id) => (id === null ? delete filter.user : (filter.user = id), show()))),
      records(app, log),
      h("div", { class: "buttons start" }, exportButton()),
    ),
  ];
}

/**
 * @param {App} app
 * @param {number | null} user
 * @param {(id: number | null) => void} onChange
 */
function personSelect(app, user, onChange) {
  const optionOf = (/** @type {{ id: number, display_name: string, username: string }} */ { id, display_name, username }) => ({ value: String(id), label: `${display_name} (@${username})` });
  const box = select({ name: "user", label: t("audit.who"), options: [], onChange: (value) => onChange(value === "" ? null : Number(value)) });
  // Everybody is known a moment later where this is the first page that was opened.
  /** @type {string | undefined} chosen by the address, until it could be shown */
  let chosen = user === null ? "" : String(user);
  effect(() => {
    const people = [...app.people.all.value.values()].sort((one, other) => one.display_name.localeCompare(other.display_name));
    box.offer([{ value: "", label: t("audit.everybody") }, ...people.map(optionOf)], chosen);
    if (box.read() === chosen) chosen = undefined;
  });
  return box.element;
}

/**
 * @param {App} app
 * @param {AuditLog} log
 */
function records(app, log) {
  const list = h("div", { class: "audit" });
  const note = h("p", { class: "hint", role: "status" });
  const more = h("button", { class: "button", type: "button", onclick: () => void log.older() }, t("audit.older"));
  effect(() => {
    const all = log.records.value;
    const { value: problem } = log.problem;
    fill(list, ...days(all ?? []).map((day) => dayOfRecords(app, day)));
    note.textContent = problem !== null ? explain(problem) : all === null ? "" : all.length === 0 ? t("audit.none") : t("audit.shown", { count: all.length });
    more.hidden = !log.more.value;
  });
  effect(() => {
    if (log.loading.value) more.setAttribute("aria-busy", "true");
    else more.removeAttribute("aria-busy");
  });
  return [list, h("div", { class: "buttons start" }, more), note];
}

/**
 * @param {readonly AuditRecord[]} records
 * @returns {AuditRecord[][]} those of a day together
 */
function days(records) {
  /** @type {AuditRecord[][]} */
  const found = [];
  for (const record of records) {
    const day = found.at(-1);
    if (day?.[0] && dayOf(day[0].at) === dayOf(record.at)) day.push(record);
    else found.push([record]);
  }
  return found;
}

/**
 * @param {App} app
 * @param {AuditRecord[]} day
 */
const dayOfRecords = (app, day) =>
  h("section", null, h("h3", null, dayName(day[0]?.at ?? 0)), h("ol", { class: "audit-day" }, ...day.map((record) => recordRow(app, record))));

/**
 * @param {App} app
 * @param {AuditRecord} record
 */
const recordRow = (app, record) =>
  h(
    "li",
    { class: "audit-record" },
    h("time", { datetime: new Date(record.at).toISOString(), title: exact(record.at) }, clock(record.at)),
    h("span", { class: "audit-text" }, h("span", null, sentenceOf(app, record)), h("small", null, dotted([...factsOf(app, record), record.address, credentialOf(record.credential)]))),
  );

function exportButton() {
  const button = h("button", { class: "button", type: "button" }, icon("download"), t("audit.export"));
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      saveFile("audit.jsonl", await admin.exportAudit());
      toast(t("audit.exported"));
    } catch (error) {
      toast(explain(error), "problem");
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return button;
}
