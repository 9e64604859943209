// An authenticator app: RFC 6238 with what every app takes for granted, SHA-1, six digits and half a minute.
import { createHmac } from "node:crypto";

const STEP_S = 30;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** @param {string} text base32, as a person would type it */
function bytesOf(text) {
  const bits = [...text.replaceAll(/\s/g, "")].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/**
 * The code of so many steps from now. The server takes one step on either side, and each code once.
 * @param {string} secret
 * @param {number} steps
 */
export function codeOf(secret, steps) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1_000 / STEP_S) + steps));
  const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}
