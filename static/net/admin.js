// What only those who run the place may ask for.
import { call, download } from "./call.js";

/** @import { Account, ApiToken, AuditRecord, Device, Invite, NewInvite, NewInviteForm, PlaceRole, ResetLink } from "../wire/types.js" */

export const admin = {
  /** @param {number} user @returns {Promise<Account>} */
  account: (user) => call("GET", `/users/${user}/account`),
  /** @param {number} user @param {PlaceRole} role @returns {Promise<void>} */
  setRole: (user, role) => call("PATCH", `/users/${user}`, { role }),
  /** @param {number} user @param {boolean} active @returns {Promise<void>} */
  setActive: (user, active) => call("PATCH", `/users/${user}`, { active }),
  /** @param {number} user @param {{ reason: string, until?: number }} form @returns {Promise<void>} */
  ban: (user, form) => call("PUT", `/users/${user}/ban`, form),
  /** @param {number} user @returns {Promise<void>} */
  unban: (user) => call("DELETE", `/users/${user}/ban`),
  /** @param {number} user @returns {Promise<void>} */
  deleteAccount: (user) => call("DELETE", `/users/${user}`),
  /** @param {number} user @returns {Promise<ResetLink>} */
  makeReset: (user) => call("POST", `/users/${user}/password-reset`),
  /** @param {number} user @returns {Promise<void>} */
  removeFactor: (user) => call("DELETE", `/users/${user}/second-factor`),
  /** @param {number} user @returns {Promise<Device[]>} */
  devices: (user) => call("GET", `/users/${user}/sessions`),
  /** @param {number} user @returns {Promise<void>} */
  endDevices: (user) => call("DELETE", `/users/${user}/sessions`),
  /** @param {number} user @returns {Promise<ApiToken[]>} */
  tokens: (user) => call("GET", `/users/${user}/tokens`),
  /** @param {number} user @param {number} token @returns {Promise<void>} */
  endToken: (user, token) => call("DELETE", `/users/${user}/tokens/${token}`),
  /** @returns {Promise<Invite[]>} */
  invites: () => call("GET", "/invites"),
  /** @param {NewInviteForm} form @returns {Promise<NewInvite>} */
  makeInvite: (form) => call("POST", "/invites", form),
  /** @param {number} id @returns {Promise<void>} */
  revokeInvite: (id) => call("DELETE", `/invites/${id}`),
  /** @param {{ before?: number, kind?: string, user?: number, limit?: number }} which @returns {Promise<AuditRecord[]>} */
  audit: (which) => call("GET", `/audit${queryOf(which)}`),
  /** @returns {Promise<Blob>} all of it, one record a line */
  exportAudit: () => download("POST", "/audit/export"),
};

/** @param {Record<string, string | number | undefined>} values */
function queryOf(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `?${query}` : "";
}
