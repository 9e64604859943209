// A program that comes with an API token: it opens a socket and only listens.
import { randomBytes } from "node:crypto";
import { request } from "node:http";

export class Bot {
  /** The code that the server closed the socket with. @type {Promise<number>} */
  closed;

  /** @param {import("node:stream").Duplex} stream */
  constructor(stream) {
    this.stream = stream;
    let heard = Buffer.alloc(0);
    this.closed = new Promise((resolve, reject) => {
      stream.on("data", (/** @type {Buffer} */ chunk) => {
        heard = Buffer.concat([heard, chunk]);
        for (let frame = first(heard); frame; frame = first(heard)) {
          if (frame.opcode === 8) resolve(frame.payload.readUInt16BE(0));
          heard = heard.subarray(frame.size);
        }
      });
      stream.on("close", () => reject(new Error("the socket ended without a word")));
      stream.on("error", reject);
    });
    // Whoever waits for it hears of it; nobody has to.
    this.closed.catch(() => {});
  }

  /** @param {string} address @param {string} token @returns {Promise<Bot>} */
  static connects(address, token) {
    const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": randomBytes(16).toString("base64"), Authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const asked = request(`${address}/ws`, { headers });
      asked.on("upgrade", (_, stream, head) => {
        const bot = new Bot(stream);
        if (head.length > 0) stream.unshift(head);
        resolve(bot);
      });
      asked.on("response", (response) => reject(new Error(`refused with ${response.statusCode}`)));
      asked.on("error", reject);
      asked.end();
    });
  }

  leaves() {
    this.stream.destroy();
  }
}

/** @param {Buffer} bytes @returns {{ opcode: number, payload: Buffer, size: number } | null} the first whole frame; a server masks none */
function first(bytes) {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return null;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < head + length) return null;
  return { opcode: (bytes[0] ?? 0) & 0xf, payload: bytes.subarray(head, head + length), size: head + length };
}
