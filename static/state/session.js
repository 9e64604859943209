// Who I am and where.
import { signal } from "../core/signal.js";

/** @import { Limits, Ready, SignUpMode, User } from "../wire/types.js" */

/** @type {Limits} the server's defaults; `ready` brings the ones in force */
const USUAL = {
  frame_bytes: 65_536,
  message_chars: 8_000,
  posts_per_second: 10,
  posts_burst: 30,
  frames_per_second: 50,
  sockets_per_user: 20,
  sockets_per_address: 2_000,
  handshakes_per_second: 200,
  connections_per_address: 4_000,
  outbox_bytes: 1_048_576,
  backlog: 4_096,
  replay_events: 1_000,
  sign_in_per_minute: 5,
};

export class Session {
  /**
   * @param {User} me
   * @param {string} place
   * @param {SignUpMode} signUp
   * @param {string} build of the page that runs
   */
  constructor(me, place, signUp, build) {
    this.build = build;
    this.me = signal(me);
    this.place = signal(place);
    this.signUp = signal(signUp);
    this.limits = signal(USUAL);
    this.version = signal("");
    /** Another build of the page is served now. */
    this.outdated = signal(false);
    /** @type {string | null} */
    this.epoch = null;
  }

  get myId() {
    return this.me.peek().id;
  }

  get runsThePlace() {
    const { role } = this.me.value;
    return role === "owner" || role === "admin";
  }

  get isGuest() {
    return this.me.value.role === "guest";
  }

  /** @param {Ready} ready */
  ready(ready) {
    this.me.value = ready.me;
    this.place.value = ready.place;
    this.signUp.value = ready.sign_up;
    this.limits.value = ready.limits;
    this.version.value = ready.version;
    this.epoch = ready.epoch;
    // A page that was not served by Snug itself has no build to compare.
    if (!this.build.includes("%") && this.build !== ready.build) this.outdated.value = true;
  }
}
