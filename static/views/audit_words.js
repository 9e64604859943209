// What the audit log says, as sentences.
import { h } from "../core/dom.js";
import { hasWords, t, tn } from "../core/i18n.js";
import { ABOUT_ACCOUNTS } from "../state/audit.js";
import { date } from "./format.js";
import { deviceName } from "./devices.js";
import { roomTitle } from "./room_label.js";

/** @import { App } from "../app.js" */
/** @import { AuditRecord } from "../wire/types.js" */

/** What the server writes where a `snug` command did it; no username can have a space in it. */
const COMMAND_LINE = "command line";

/**
 * The sentence of a record: under which key it stands, where one kind has several.
 * @param {AuditRecord} record
 */
export function keyOf({ kind, actor_id, subject_id, subject, details }) {
  const says = `audit.says.${kind}`;
  switch (kind) {
    case "signed_up":
      return details["by_invite"] === true ? `${says}.by_invite` : says;
    case "sign_in_failed":
      return subject === "" ? `${says}.nobody` : says;
    case "session_ended":
      return details["all"] === true ? `${says}.all` : says;
    case "token_created":
    case "token_revoked":
      return details["owner"] === undefined || details["owner"] === actor_id ? says : `${says}.other`;
    case "account_deleted":
      return actor_id !== null && actor_id === subject_id ? `${says}.own` : says;
    case "room_visibility_set":
      return `${says}.${details["visibility"]}`;
    case "room_archived":
      return details["archived"] === false ? `${says}.not` : says;
    case "sign_up_set":
      return `${says}.${details["mode"]}`;
    case "second_factor_rule_set":
      return `${says}.${details["rule"]}`;
    default:
      return says;
  }
}

/**
 * @param {App} app
 * @param {AuditRecord} record
 * @returns {Array<string | Node>}
 */
export function sentenceOf(app, record) {
  const { details, kind, subject, subject_id: id } = record;
  const key = keyOf(record);
  const who = actorOf(record);
  // A newer server may record what this page does not know yet.
  if (!hasWords(key)) return [who, ": ", kind, subject === "" ? "" : ` (${subject})`];
  const isRoom = kind.startsWith("room_") && !ABOUT_ACCOUNTS.includes(kind);
  return tn(key, {
    who,
    whom: strong(ABOUT_ACCOUNTS.includes(kind) ? subject : details["owner"] === undefined ? "" : nameOf(app, Number(details["owner"]))),
    what: strong(isRoom && subject === "" && id !== null ? roomOf(app, id) : subject),
    room: strong(details["room"] === undefined || details["room"] === null ? "" : roomOf(app, Number(details["room"]))),
    name: strong(typeof details["name"] === "string" ? details["name"] : ""),
    role: typeof details["role"] === "string" ? roleOf(kind, details["role"]) : "",
    count: typeof details["times"] === "number" ? details["times"] : 1,
  });
}

/**
 * What else there is to say of a record, each in a few words.
 * @param {App} app
 * @param {AuditRecord} record
 * @returns {string[]}
 */
export function factsOf(app, { kind, details }) {
  /** @type {string[]} */
  const facts = [];
  if (typeof details["agent"] === "string" && details["agent"] !== "") facts.push(deviceName(details["agent"]));
  if (typeof details["reason"] === "string" && details["reason"] !== "") facts.push(`“${details["reason"]}”`);
  if (typeof details["until"] === "number") facts.push(t("invites.expires", { when: date(details["until"]) }));
  if (kind === "token_created") facts.push(t(`access.${details["access"]}`));
  if (kind === "token_created" && typeof details["room"] === "number") facts.push(roomOf(app, details["room"]));
  if (kind === "invite_created" || kind === "invite_used") facts.push(t(`place_role.${details["role"]}`));
  if (kind === "invite_created" && typeof details["uses"] === "number") facts.push(t("invites.uses", { count: details["uses"] }));
  if (typeof details["expires_at"] === "number") facts.push(t("invites.expires", { when: date(details["expires_at"]) }));
  return facts;
}

/** @param {string | null} credential such as `login:7` */
export function credentialOf(credential) {
  const [kind, id = ""] = (credential ?? "").split(":");
  if (kind === "login") return t("audit.by_login", { number: id });
  if (kind === "token") return t("audit.by_token", { number: id });
  return kind === "jwt" ? t("audit.by_jwt") : "";
}

/** @param {string} text */
const strong = (text) => h("b", null, text);

/** @param {AuditRecord} record */
function actorOf({ actor, actor_id, address }) {
  if (actor === COMMAND_LINE) return strong(t("audit.command_line"));
  if (actor !== "") return strong(actor);
  return strong(actor_id === null && address === null ? t("audit.server") : t("line.someone"));
}

/** @param {App} app @param {number} id */
const nameOf = (app, id) => app.people.get(id)?.username ?? t("line.someone");

/** @param {App} app @param {number} id */
function roomOf(app, id) {
  const room = app.rooms.get(id);
  return room ? roomTitle(app, room) : t("room_number", { number: id });
}

/** @param {string} kind @param {string} role */
const roleOf = (kind, role) => (kind === "room_role_set" ? t(`role.${role}`) : t(`place_role.${role}`));
