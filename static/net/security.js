// How one's account is entered: API tokens, the second factor, and the end of the account.
import { call } from "./call.js";

/** @import { ApiToken, Enrolment, Factor, MadeToken, NewToken } from "../wire/types.js" */

export const security = {
  /** @returns {Promise<ApiToken[]>} */
  tokens: () => call("GET", "/me/tokens"),
  /** @param {NewToken} form @returns {Promise<MadeToken>} */
  makeToken: (form) => call("POST", "/me/tokens", form),
  /** @param {number} id @returns {Promise<void>} */
  endToken: (id) => call("DELETE", `/me/tokens/${id}`),
  /** @returns {Promise<Factor>} */
  factor: () => call("GET", "/me/second-factor"),
  /** @param {string} password @returns {Promise<Enrolment>} */
  beginFactor: (password) => call("POST", "/me/second-factor", { password }),
  /** @param {string} code @returns {Promise<{ recovery_codes: string[] }>} */
  confirmFactor: (code) => call("POST", "/me/second-factor/confirm", { code }),
  /** @param {string} password @param {string} code @returns {Promise<void>} */
  removeFactor: (password, code) => call("DELETE", "/me/second-factor", { password, code }),
  /** @param {string} password @param {string} code @returns {Promise<{ recovery_codes: string[] }>} */
  renewCodes: (password, code) => call("POST", "/me/second-factor/recovery-codes", { password, code }),
  /** @param {string} password @returns {Promise<void>} */
  deleteAccount: (password) => call("POST", "/me/delete", { password }),
};
