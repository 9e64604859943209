// Addresses of the page.
import { signal } from "./signal.js";

/** @typedef {"you" | "security" | "devices" | "place" | "invites" | "audit"} Section of the settings */
/**
 * @typedef {{ at: "home" } | { at: "setup" } | { at: "sign-in" } | { at: "sign-up" } | { at: "join", token: string }
 *   | { at: "reset", token: string }
 *   | { at: "room", room: number, number: number | null } | { at: "people", user: number | null }
 *   | { at: "settings", section: Section, user: number | null } | { at: "nowhere" }} Route  `user` of the audit log: only theirs
 */

/**
 * @param {string} path
 * @returns {Route}
 */
export function parseRoute(path) {
  const [first = "", second, third, ...rest] = path.split("/").filter((part) => part !== "");
  if (rest.length > 0) return { at: "nowhere" };
  if (first === "") return { at: "home" };
  if (first === "room" && isId(second) && (third === undefined || isId(third))) {
    return { at: "room", room: Number(second), number: third === undefined ? null : Number(third) };
  }
  if (first === "people" && !third && (second === undefined || isId(second))) return { at: "people", user: second === undefined ? null : Number(second) };
  if (first === "settings") return parseSettings(second, third);
  if (first === "join" && second && !third) return { at: "join", token: decode(second) };
  if (first === "reset" && second && !third) return { at: "reset", token: decode(second) };
  if (second !== undefined) return { at: "nowhere" };
  if (first === "setup" || first === "sign-in" || first === "sign-up") return { at: first };
  return { at: "nowhere" };
}

/**
 * @param {string | undefined} section
 * @param {string | undefined} user
 * @returns {Route}
 */
function parseSettings(section, user) {
  if (section === "audit" && (user === undefined || isId(user))) return { at: "settings", section, user: user === undefined ? null : Number(user) };
  if (user !== undefined) return { at: "nowhere" };
  if (section === undefined) return { at: "settings", section: "you", user: null };
  if (section === "security" || section === "devices" || section === "place" || section === "invites") return { at: "settings", section, user: null };
  return { at: "nowhere" };
}

/** @param {string | undefined} part @returns {part is string} */
const isId = (part) => part !== undefined && /^[1-9][0-9]{0,15}$/.test(part);

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * @param {number} room
 * @param {number | null} [number]
 */
export const roomPath = (room, number = null) => (number === null ? `/room/${room}` : `/room/${room}/${number}`);

/** @param {number} user */
export const personPath = (user) => `/people/${user}`;

/** Keeps the address and the route together. */
export class Router {
  /** @param {Window} window */
  constructor(window) {
    this.window = window;
    /** The route of the address shown. */
    this.route = signal(parseRoute(window.location.pathname));
    window.addEventListener("popstate", () => this.#read());
  }

  /**
   * @param {string} path
   * @param {{ replace?: boolean }} [how]
   */
  go(path, { replace = false } = {}) {
    if (path === this.window.location.pathname) replace = true;
    this.window.history[replace ? "replaceState" : "pushState"](null, "", path);
    this.#read();
  }

  #read() {
    this.route.value = parseRoute(this.window.location.pathname);
  }
}
