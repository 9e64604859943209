// Moments and lists in the reader's language.
import { locale, t } from "../core/i18n.js";
import { dayOf } from "../state/rows.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {number} at
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(at, options) {
  const key = locale() + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale(), options)));
  return found.format(at);
}

/** @param {number} at */
export const clock = (at) => format(at, { hour: "numeric", minute: "2-digit" });

/** @param {number} at */
export const exact = (at) => format(at, { dateStyle: "full", timeStyle: "medium" });

/** @param {number} at */
export const date = (at) => format(at, { dateStyle: "medium" });

/**
 * @param {number} at
 * @param {number} [now]
 */
export function dayName(at, now = Date.now()) {
  if (dayOf(at) === dayOf(now)) return t("day.today");
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(at) === dayOf(yesterday.getTime())) return t("day.yesterday");
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(at, { weekday: "long", day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) });
}

/** @param {readonly string[]} names */
export const listOf = (names) => new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);

/**
 * @param {number} at
 * @param {number} [now]
 */
export function ago(at, now = Date.now()) {
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const minutes = Math.round((at - now) / 60_000);
  if (minutes > -2) return t("time.now");
  if (minutes > -60) return relative.format(minutes, "minute");
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), "hour");
  if (minutes > -60 * 24 * 30) return relative.format(Math.round(minutes / 60 / 24), "day");
  return date(at);
}

/** @param {number} count */
export const number = (count) => new Intl.NumberFormat(locale()).format(count);
