// The network between one person's browser and the server. It can be cut and mended, and it keeps its address while the server
// behind it restarts on another port. (Playwright's offline switch leaves open WebSockets alone, so it cannot play this part.)
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Wire {
  #isCut = false;
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();
  #server;

  /** @param {() => string} target the address of the server, asked for every connection */
  constructor(target) {
    this.#server = createServer((near) => {
      this.#keep(near);
      if (this.#isCut) {
        near.destroy();
        return;
      }
      const { hostname, port } = new URL(target());
      const far = this.#keep(connect(Number(port), hostname));
      near.setNoDelay(true);
      far.setNoDelay(true);
      near.pipe(far).pipe(near);
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
    });
  }

  /** @param {() => string} target */
  static async to(target) {
    const wire = new Wire(target);
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    return wire;
  }

  /** The host by which the browser asks for it; it is this machine, whatever it is called. */
  host = "127.0.0.1";

  /** The address the browser sees. */
  get address() {
    const at = this.#server.address();
    if (at === null || typeof at === "string") throw new Error("the wire is not open");
    return `http://${this.host}:${at.port}`;
  }

  /** Ends every connection and lets no new one through. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  async end() {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** @param {import("node:net").Socket} socket */
  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // a cut connection is what this is for
    return socket;
  }
}
