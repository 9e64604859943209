// Ids that are made here.

/**
 * A UUID of version 7: it begins with the time, so that the server finds new ones side by side; the rest is random. `crypto.randomUUID`
 * makes another kind, and exists only on https and localhost; this works on a plain address of the house too.
 * @returns {string}
 */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70;
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80;
  const time = Date.now().toString(16).padStart(12, "0");
  const random = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [time.slice(0, 8), time.slice(8), random.slice(0, 4), random.slice(4, 8), random.slice(8)].join("-");
}
