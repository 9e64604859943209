// Addresses of the page.
import { signal } from "./signal.js";

/**
 * @typedef {{ at: "home" } | { at: "setup" } | { at: "sign-in" } | { at: "sign-up" } | { at: "join", token: string }
 *   | { at: "reset", token: string }
 *   | { at: "room", room: number, number: number | null } | { at: "settings" } | { at: "nowhere" }} Route
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
  if (first === "join" && second && !third) return { at: "join", token: decode(second) };
  if (first === "reset" && second && !third) return { at: "reset", token: decode(second) };
  if (second !== undefined) return { at: "nowhere" };
  if (first === "setup" || first === "sign-in" || first === "sign-up" || first === "settings") return { at: first };
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
