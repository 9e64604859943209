// The few things that go by HTTP: everything before there is a socket, and what only one person sees.
import { call } from "./call.js";

/** @import { Device, FactorRule, ListedRoom, Member, Membership, Myself, NewInvite, Place, RoomBan, SignUpMode, User } from "../wire/types.js" */

export const rest = {
  /** @returns {Promise<Place>} */
  place: () => call("GET", "/place"),
  /** @param {FactorRule} rule @returns {Promise<void>} */
  setFactorRule: (rule) => call("PATCH", "/place", { second_factor: rule }),
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
  /** @returns {Promise<Myself>} */
  me: () => call("GET", "/me"),
  /** @param {string} current @param {string} next @returns {Promise<void>} */
  changePassword: (current, next) => call("POST", "/me/password", { current, new: next }),
  /** @returns {Promise<Device[]>} */
  devices: () => call("GET", "/me/sessions"),
  /** @param {number} id @returns {Promise<void>} */
  endDevice: (id) => call("DELETE", `/me/sessions/${id}`),
  /** @returns {Promise<void>} */
  endOtherDevices: () => call("DELETE", "/me/sessions"),
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
  /** @param {number} room @returns {Promise<RoomBan[]>} */
  roomBans: (room) => call("GET", `/rooms/${room}/bans`),
};

/** @typedef {typeof rest} Rest */
