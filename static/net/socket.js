// The one connection to the server: opens it, watches it, opens it again.
import { signal } from "../core/signal.js";
import { afterRestart, backoff } from "./backoff.js";
import { RESTARTING, thenAfter } from "./close.js";
import { NoAnswer, Refused } from "./refused.js";
import { Requests } from "./requests.js";

/** @import { Request, ServerMessage } from "../wire/types.js" */

/**
 * @typedef {{ is: "connecting", first: boolean } | { is: "open" } | { is: "waiting", why: "lost" | "restarting", until: number }
 *   | { is: "signed_out", code: number } | { is: "given_up", code: number }} Line
 */

/**
 * @typedef {object} Surroundings
 * @property {() => WebSocket} open
 * @property {() => Promise<boolean>} signedIn asks the server, where the socket was refused without a word
 * @property {(message: ServerMessage) => void} onMessage
 * @property {Window} window
 */

/** After so long without a word the page asks whether anyone is there. The server itself pings every 25 s. */
const QUIET_MS = 30_000;
/** And gives up on the line when that is not answered. */
const PATIENCE_MS = 10_000;
/** A socket that does not say `ready` by then is as good as none. */
const READY_MS = 15_000;

export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  #requests = new Requests();
  #failures = 0;
  #timer = 0;
  #watch = 0;
  #heard = 0;
  #isReady = false;
  #running = false;

  /** @param {Surroundings} around */
  constructor(around) {
    this.around = around;
    /** @type {import("../core/signal.js").Signal<Line>} */
    this.line = signal(/** @type {Line} */ ({ is: "connecting", first: true }));
  }

  /** Whether `ready` was heard on the line there is. */
  get isReady() {
    return this.#isReady;
  }

  start() {
    this.#running = true;
    const { window } = this.around;
    window.addEventListener("online", this.#now);
    window.document.addEventListener("visibilitychange", this.#now);
    this.#open();
  }

  stop() {
    this.#running = false;
    const { window } = this.around;
    window.removeEventListener("online", this.#now);
    window.document.removeEventListener("visibilitychange", this.#now);
    window.clearTimeout(this.#timer);
    this.#drop();
  }

  /** Tries at once instead of waiting out the back-off. */
  retry() {
    if (this.#running && this.line.peek().is !== "open") {
      this.#failures = 0;
      this.#drop();
      this.#open();
    }
  }

  /**
   * @param {Request} request
   * @returns {Promise<any>} the reply; rejects with Refused or NoAnswer
   */
  request(request) {
    if (!this.#isReady) return Promise.reject(new NoAnswer());
    const { ref, answer } = this.#requests.begin();
    this.#write({ ...request, ref });
    return answer;
  }

  /**
   * For requests that are answered by other messages: only a refusal comes back by itself.
   * @param {Request} request
   * @param {(refused: Refused) => void} onRefused
   */
  tell(request, onRefused) {
    this.request(request).catch((error) => {
      if (error instanceof Refused) onRefused(error);
    });
  }

  /** @param {number} room best effort: no `ref`, no answer */
  typing(room) {
    if (this.#isReady) this.#write({ type: "typing", room });
  }

  /** @param {Extract<ServerMessage, { type: "reply" | "error" | "pong" | "page" }>} message */
  settle(message) {
    this.#requests.settle(message);
  }

  #now = () => {
    if (this.line.peek().is === "waiting" && !this.around.window.document.hidden) this.retry();
    else if (this.line.peek().is === "open") this.#checkSoon(0);
  };

  #open() {
    const { window, open } = this.around;
    window.clearTimeout(this.#timer);
    const before = this.line.peek();
    this.line.value = { is: "connecting", first: before.is === "connecting" && before.first };
    /** @type {WebSocket} */
    let socket;
    try {
      socket = open();
    } catch {
      this.#lost(1006);
      return;
    }
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = ({ code }) => this.#closed(socket, code);
    this.#watch = window.setTimeout(() => this.#fail(socket), READY_MS);
  }

  /** @param {string} text */
  #hear(text) {
    this.#heard = Date.now();
    /** @type {ServerMessage} */
    const message = JSON.parse(text);
    if (message.type === "ready") {
      this.#isReady = true;
      this.#failures = 0;
      this.#checkSoon(QUIET_MS);
      this.around.onMessage(message);
      this.line.value = { is: "open" };
    } else {
      this.around.onMessage(message);
    }
  }

  /** @param {number} delay */
  #checkSoon(delay) {
    const { window } = this.around;
    window.clearTimeout(this.#watch);
    this.#watch = window.setTimeout(() => this.#check(), delay);
  }

  #check() {
    const socket = this.#socket;
    if (!socket || !this.#isReady) return;
    const { window } = this.around;
    const asked = Date.now();
    this.request({ type: "ping" }).catch(() => {});
    window.clearTimeout(this.#watch);
    this.#watch = window.setTimeout(() => {
      if (this.#heard >= asked) this.#checkSoon(QUIET_MS);
      else this.#fail(socket);
    }, PATIENCE_MS);
  }

  /** @param {WebSocket} socket one that says nothing: not waited for, its close might never come */
  #fail(socket) {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#lost(1006);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    const wasReady = this.#isReady;
    this.#drop();
    const then = thenAfter(code);
    if (then === "sign_in") this.line.value = { is: "signed_out", code };
    else if (then === "give_up") this.line.value = { is: "given_up", code };
    else if (wasReady) this.#lost(code);
    else void this.#refused(code);
  }

  /**
   * A browser does not say why a handshake was refused, so the page asks by HTTP.
   * @param {number} code
   */
  async #refused(code) {
    this.#lost(code);
    const signedIn = await this.around.signedIn().catch(() => true);
    if (signedIn || !this.#running || this.line.peek().is === "open") return;
    this.around.window.clearTimeout(this.#timer);
    this.#drop();
    this.line.value = { is: "signed_out", code };
  }

  /** @param {number} code */
  #lost(code) {
    if (!this.#running) return;
    const delay = code === RESTARTING ? afterRestart() : backoff(this.#failures);
    this.#failures += 1;
    this.line.value = { is: "waiting", why: code === RESTARTING ? "restarting" : "lost", until: Date.now() + delay };
    this.#timer = this.around.window.setTimeout(() => this.#open(), delay);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#isReady = false;
    this.around.window.clearTimeout(this.#watch);
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    this.#requests.cut();
  }

  /** @param {import("../wire/types.js").ClientMessage} message */
  #write(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else this.#requests.cut();
  }
}
