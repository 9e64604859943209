// What went wrong, in words for a person.
import { hasWords, t } from "../core/i18n.js";
import { Refused } from "../net/refused.js";

/**
 * @param {unknown} error
 * @param {Record<string, string | number>} [values]
 */
export function explain(error, values = {}) {
  if (!(error instanceof Refused)) return t("error.no_answer");
  const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000));
  return sayCode(error, { count: seconds, message: error.message, ...values });
}

/**
 * @param {{ code: string, message: string }} refusal
 * @param {Record<string, string | number>} [values]
 */
export const sayCode = (refusal, values = {}) => (hasWords(`error.${refusal.code}`) ? t(`error.${refusal.code}`, values) : refusal.message);
