// Words in the reader's language. Sentences live in i18n/<lang>.json; dates, numbers and plurals come from Intl.

export const LANGUAGES = /** @type {const} */ ({ en: "English", de: "Deutsch" });

/** @typedef {keyof typeof LANGUAGES} Language */
/** @typedef {string | Record<string, string>} Entry  one sentence, or one for each plural form */

/** @type {Record<string, Entry>} */
let words = {};
/** @type {Language} */
let language = "en";
let plural = new Intl.PluralRules("en");

/**
 * @param {string | null} chosen
 * @param {readonly string[]} preferred the browser's languages
 * @returns {Language}
 */
export function pickLanguage(chosen, preferred) {
  for (const wanted of [chosen ?? "", ...preferred]) {
    const short = wanted.toLowerCase().split("-")[0] ?? "";
    if (short in LANGUAGES) return /** @type {Language} */ (short);
  }
  return "en";
}

/**
 * @param {Language} to
 * @param {Record<string, Entry>} entries
 */
export function setWords(to, entries) {
  language = to;
  words = entries;
  plural = new Intl.PluralRules(to);
}

export const currentLanguage = () => language;

/**
 * The region of the browser's own language is kept (24 hours or 12), where it speaks the chosen one.
 * @param {readonly string[]} [preferred]
 */
export const locale = (preferred = globalThis.navigator?.languages ?? []) =>
  preferred.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;

/** @param {string} key */
export const hasWords = (key) => key in words;

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  return pieces(key, values)
    .map((piece) => (typeof piece === "string" ? piece : String(values[piece.name] ?? "")))
    .join("");
}

/**
 * The same with nodes among the words, such as a name in bold.
 * @param {string} key
 * @param {Record<string, string | number | Node>} values
 * @returns {Array<string | Node>}
 */
export function tn(key, values) {
  return pieces(key, values).map((piece) => {
    if (typeof piece === "string") return piece;
    const value = values[piece.name] ?? "";
    return typeof value === "number" ? String(value) : value;
  });
}

/**
 * @param {string} key
 * @param {Record<string, unknown>} values
 * @returns {Array<string | { name: string }>}
 */
function pieces(key, values) {
  const entry = words[key];
  if (entry === undefined) return [key];
  const sentence = typeof entry === "string" ? entry : (entry[plural.select(Number(values["count"] ?? 0))] ?? entry["other"] ?? key);
  const parts = sentence.split(/(\{[a-z_]+\})/).filter((part) => part !== "");
  return parts.map((part) => (part.startsWith("{") ? { name: part.slice(1, -1) } : part));
}
