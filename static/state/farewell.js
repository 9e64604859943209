// Why the page went away, kept for the page that comes then: which socket close ended it.

const KEY = "snug.why";

/** Closes after which there is nothing to show of this person any more, whether they may sign in again or not. */
export const ENDINGS = /** @type {const} */ ([4100, 4101, 4102, 4103, 4200, 4203, 4204]);
/** The account is gone: then nothing of it may stay in this browser. */
export const DELETED = 4204;

/** @typedef {typeof ENDINGS[number]} Ending */

/** @param {number} code @returns {code is Ending} */
export const isEnding = (code) => ENDINGS.some((ending) => ending === code);

/**
 * @param {Storage | undefined} storage of this tab
 * @param {number} code
 */
export function leaveWord(storage, code) {
  try {
    storage?.setItem(KEY, String(code));
  } catch {
    // Then the next page says nothing.
  }
}

/**
 * Said once.
 * @param {Storage | undefined} storage
 * @returns {Ending | null}
 */
export function takeWord(storage) {
  try {
    const code = Number(storage?.getItem(KEY));
    storage?.removeItem(KEY);
    return isEnding(code) ? code : null;
  } catch {
    return null;
  }
}
