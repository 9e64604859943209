// The server's side of a WebSocket, as small as the tests need it: text frames, close, ping.
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export class FakeSocket extends EventEmitter {
  #buffer = Buffer.alloc(0);
  #stream;

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:stream").Duplex} stream
   */
  constructor(request, stream) {
    super();
    this.#stream = stream;
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
    stream.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    stream.on("data", (chunk) => this.#take(chunk));
    stream.on("close", () => this.emit("close"));
    stream.on("error", () => {});
  }

  /** @param {unknown} message */
  send(message) {
    this.#frame(1, Buffer.from(JSON.stringify(message)));
  }

  /** @param {number} code @param {string} [reason] */
  close(code, reason = "") {
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.#frame(8, payload);
    this.#stream.end();
  }

  /** Cuts the line without a word. */
  cut() {
    this.#stream.destroy();
  }

  /** @param {number} opcode @param {Buffer} payload */
  #frame(opcode, payload) {
    const { length } = payload;
    const head = length < 126 ? Buffer.from([0x80 | opcode, length]) : length < 65_536 ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 255]) : Buffer.alloc(10);
    if (length >= 65_536) {
      head[0] = 0x80 | opcode;
      head[1] = 127;
      head.writeBigUInt64BE(BigInt(length), 2);
    }
    if (!this.#stream.destroyed) this.#stream.write(Buffer.concat([head, payload]));
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const bytes = this.#buffer;
      if (bytes.length < 6) return;
      const short = /** @type {number} */ (bytes[1]) & 127;
      const start = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < start + 4) return;
      const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
      if (bytes.length < start + 4 + length) return;
      const mask = bytes.subarray(start, start + 4);
      const payload = Buffer.from(bytes.subarray(start + 4, start + 4 + length).map((byte, at) => byte ^ /** @type {number} */ (mask[at % 4])));
      this.#buffer = bytes.subarray(start + 4 + length);
      const opcode = /** @type {number} */ (bytes[0]) & 15;
      if (opcode === 1) this.emit("message", JSON.parse(payload.toString()));
      else if (opcode === 9) this.#frame(10, payload);
      else if (opcode === 8) {
        this.#frame(8, payload.subarray(0, 2));
        this.#stream.end();
      }
    }
  }
}
