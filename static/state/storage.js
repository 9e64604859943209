// localStorage that never throws: it can be full, switched off or cleared at any time, and then the page just forgets.

/** @param {() => Storage} open */
function working(open) {
  try {
    const storage = open();
    storage.setItem("snug.works", "1");
    storage.removeItem("snug.works");
    return storage;
  } catch {
    return undefined;
  }
}

export const storage = globalThis.window === undefined ? undefined : working(() => window.localStorage);
/** Of this tab alone, over reloads. */
export const tabStorage = globalThis.window === undefined ? undefined : working(() => window.sessionStorage);

/** @param {string} key @returns {string | null} */
export const read = (key) => storage?.getItem(key) ?? null;

/**
 * @param {string} key
 * @param {string | null} value
 */
export function write(key, value) {
  try {
    if (value === null || value === "") storage?.removeItem(key);
    else storage?.setItem(key, value);
  } catch {
    // Full: a draft or a preference is not worth an error.
  }
}

/** @param {string} prefix */
export function forgetAll(prefix) {
  for (const key of Object.keys(storage ?? {})) if (key.startsWith(prefix)) write(key, null);
}
