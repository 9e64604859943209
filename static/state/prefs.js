// What this browser remembers of how one likes it.
import { signal } from "../core/signal.js";
import { forgetAll, read, write } from "./storage.js";

/** @typedef {"auto" | "light" | "dark"} Theme */

const MOST_RECENT = 12;

export class Prefs {
  constructor() {
    const theme = read("snug.theme");
    this.theme = signal(/** @type {Theme} */ (theme === "light" || theme === "dark" ? theme : "auto"));
    this.enterSends = signal(read("snug.enter") !== "breaks");
    this.singleKeys = signal(read("snug.keys") !== "off");
    this.details = signal(read("snug.details") === "open");
  }

  /** @param {Theme} theme */
  setTheme(theme) {
    this.theme.value = theme;
    write("snug.theme", theme === "auto" ? null : theme);
  }

  /** @param {boolean} sends */
  setEnterSends(sends) {
    this.enterSends.value = sends;
    write("snug.enter", sends ? null : "breaks");
  }

  /** @param {boolean} on */
  setSingleKeys(on) {
    this.singleKeys.value = on;
    write("snug.keys", on ? null : "off");
  }

  /** @param {boolean} open */
  setDetails(open) {
    this.details.value = open;
    write("snug.details", open ? "open" : null);
  }
}

/** What belongs to one person, and goes when they sign out. */
export class Desk {
  /** @param {number} user */
  constructor(user) {
    this.prefix = `snug.user.${user}.`;
    /** Rooms in the order they were opened, the last one first. */
    this.recent = signal(this.#readRecent());
  }

  #readRecent() {
    const numbers = (read(`${this.prefix}recent`) ?? "").split(",").map(Number);
    return numbers.filter((id) => Number.isSafeInteger(id) && id > 0);
  }

  /** @param {number} room */
  opened(room) {
    this.recent.value = [room, ...this.recent.peek().filter((id) => id !== room)].slice(0, MOST_RECENT);
    write(`${this.prefix}recent`, this.recent.peek().join(","));
  }

  /** @param {number} room */
  draft(room) {
    return read(`${this.prefix}draft.${room}`) ?? "";
  }

  /**
   * @param {number} room
   * @param {string} text
   */
  keepDraft(room, text) {
    write(`${this.prefix}draft.${room}`, text);
  }

  forget() {
    forgetAll(this.prefix);
  }
}
