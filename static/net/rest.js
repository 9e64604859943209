// The few things that go by HTTP: everything before there is a socket, and what only one person sees.
import { NoAnswer, Refused } from "./refused.js";

/** @import { Device, Invite, ListedRoom, Member, Membership, NewInvite, Outcome, Place, SignUpMode, User } from "../wire/types.js" */

const API = "/api/v1";

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  /** @type {RequestInit} */
  const init = { method, credentials: "same-origin", cache: "no-store", headers: { accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  /** @type {Response} */
  let response;
  try {
    response = await fetch(API + path, init);
  } catch {
    throw new NoAnswer();
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw new Refused({
    code: typeof answer?.code === "string" ? answer.code : response.status === 401 ? "unauthenticated" : "internal",
    message: typeof answer?.message === "string" ? answer.message : response.statusText || String(response.status),
    field: answer?.field,
    retry_after_ms: answer?.retry_after_ms ?? (Number(response.headers.get("retry-after")) * 1000 || undefined),
  });
}

export const rest = {
  /** @returns {Promise<Place>} */
  place: () => call("GET", "/place"),
  /**
   * @param {{ code: string, place_name: string, sign_up: SignUpMode, username: string, display_name: string, password: string }} form
   * @returns {Promise<{ me: User, invite: NewInvite }>}
   */
  setUp: (form) => call("POST", "/setup", form),
  /** @param {string} token @returns {Promise<{ place_name: string, invited_by: string }>} */
  invite: (token) => call("GET", `/invites/${encodeURIComponent(token)}`),
  /**
   * @param {{ invite?: string, username: string, display_name: string, password: string }} form
   * @returns {Promise<{ me: User }>}
   */
  signUp: (form) => call("POST", "/sign-up", form),
  /** @param {string} token @returns {Promise<{ username: string }>} */
  reset: (token) => call("GET", `/password-resets/${encodeURIComponent(token)}`),
  /** @param {string} token @param {string} password @returns {Promise<void>} */
  setPassword: (token, password) => call("POST", `/password-resets/${encodeURIComponent(token)}`, { password }),
  /** @param {{ username: string, password: string, code?: string }} form @returns {Promise<{ me: User }>} */
  signIn: (form) => call("POST", "/sign-in", form),
  /** @returns {Promise<void>} */
  signOut: () => call("POST", "/sign-out"),
  /** @returns {Promise<{ me: User, login_session: number }>} */
  me: () => call("GET", "/me"),
  /** @param {string} current @param {string} next @returns {Promise<void>} */
  changePassword: (current, next) => call("POST", "/me/password", { current, new: next }),
  /** @returns {Promise<Device[]>} */
  devices: () => call("GET", "/me/sessions"),
  /** @param {number} id @returns {Promise<void>} */
  endDevice: (id) => call("DELETE", `/me/sessions/${id}`),
  /** @returns {Promise<void>} */
  endOtherDevices: () => call("DELETE", "/me/sessions"),
  /** @returns {Promise<Invite[]>} */
  invites: () => call("GET", "/invites"),
  /** @param {{ expires_in_s?: number, uses?: number }} form @returns {Promise<NewInvite>} */
  makeInvite: (form) => call("POST", "/invites", form),
  /** @param {number} id @returns {Promise<void>} */
  revokeInvite: (id) => call("DELETE", `/invites/${id}`),
  /** @returns {Promise<User[]>} */
  users: () => call("GET", "/users"),
  /** @param {number} id @returns {Promise<User>} */
  user: (id) => call("GET", `/users/${id}`),
  /** @returns {Promise<Membership[]>} */
  rooms: () => call("GET", "/rooms"),
  /** @param {number} id @returns {Promise<Membership>} */
  room: (id) => call("GET", `/rooms/${id}`),
  /** @returns {Promise<ListedRoom[]>} */
  publicRooms: () => call("GET", "/rooms/public"),
  /** @param {number} room @returns {Promise<Member[]>} */
  members: (room) => call("GET", `/rooms/${room}/members`),
};

/** @typedef {typeof rest} Rest */
