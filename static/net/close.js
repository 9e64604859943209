// Why a socket ended and what to do then: src/protocol/close.rs, the other side of the table.

/** @typedef {"reconnect" | "sign_in" | "give_up"} Then */

/** @type {Readonly<Record<number, Then>>} */
export const CLOSES = {
  1000: "reconnect", // the server answered our own close
  1002: "give_up", // protocol error
  1003: "give_up", // not text
  1007: "give_up", // not UTF-8
  1009: "give_up", // too large
  1011: "reconnect", // internal error
  1012: "reconnect", // restarting
  4000: "reconnect", // slow
  4001: "reconnect", // silent
  4002: "reconnect", // unfinished frame
  4003: "reconnect", // role changed
  4100: "sign_in", // signed out
  4101: "sign_in", // expired
  4102: "sign_in", // password changed
  4103: "sign_in", // token revoked
  4104: "sign_in", // second factor needed
  4200: "give_up", // account deactivated
  4201: "give_up", // flooding
  4202: "give_up", // too many sockets
  4203: "give_up", // banned
  4204: "give_up", // account deleted
};

export const RESTARTING = 1012;

/**
 * A code that is not in the table comes from a proxy or the network, 1006 above all: try again.
 * @param {number} code
 * @returns {Then}
 */
export const thenAfter = (code) => CLOSES[code] ?? "reconnect";
