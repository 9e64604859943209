// A program's socket: by a token, without a page.
import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";

/** @import { Request } from "../../static/wire/types.js" */
/** @import { Place } from "./place.mjs" */

export class TokenSocket {
  #ref = 0;

  /** @param {Place} place @param {WebSocket} socket */
  constructor(place, socket) {
    this.place = place;
    this.socket = socket;
    this.closed = once(socket, "close");
  }

  /** @param {Place} place @param {string} token */
  static async open(place, token) {
    const socket = new TokenSocket(place, new WebSocket(`${place.address.replace("http", "ws")}/ws`, { headers: { authorization: `Bearer ${token}` } }));
    await socket.#answer((message) => message.type === "ready");
    return socket;
  }

  /** @param {Request | { type: "refresh", token: string }} request */
  async asks(request) {
    const ref = (this.#ref += 1);
    const answer = this.#answer((message) => message.ref === ref);
    this.socket.send(JSON.stringify({ ...request, ref }));
    const { type, error } = await answer;
    assert.notEqual(type, "error", error?.message);
    this.place.used.messages.add(request.type);
  }

  async isClosed() {
    const late = setTimeout(() => this.socket.emit("error", new Error("the socket is still open after 10 s")), 10_000);
    await this.closed;
    clearTimeout(late);
  }

  /** @param {(message: any) => boolean} wanted @returns {Promise<any>} */
  #answer(wanted) {
    return new Promise((resolve, reject) => {
      const hear = (/** @type {import("ws").RawData} */ data) => {
        const message = JSON.parse(String(data));
        if (!wanted(message)) return;
        this.socket.off("message", hear);
        resolve(message);
      };
      this.socket.on("message", hear);
      this.closed.then(([code]) => reject(new Error(`the socket was closed with ${code}`)), reject);
    });
  }
}
