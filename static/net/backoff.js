// How long to wait before the next try.

export const LEAST_MS = 500;
export const MOST_MS = 30_000;

/**
 * Full jitter: anywhere between nothing and a ceiling that doubles, so that a thousand pages cut off together do not come back
 * together. Never less than half a second, never more than thirty.
 * @param {number} failures how many tries failed in a row
 * @param {() => number} [random]
 */
export function backoff(failures, random = Math.random) {
  const ceiling = Math.min(MOST_MS, LEAST_MS * 2 ** Math.min(failures, 16));
  return Math.max(LEAST_MS, Math.round(ceiling * random()));
}

/**
 * After "restarting" the server asks everyone to come back within five seconds, spread out.
 * @param {() => number} [random]
 */
export const afterRestart = (random = Math.random) => LEAST_MS + Math.round(4_500 * random());
