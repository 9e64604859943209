// Everything the server can say, and who hears it. One switch and no silent default: a message it does not know means that the
// page is older than the server, and the type checker refuses a switch that forgets one.

/** @import { ErrorMessage, LogEntry, PageMessage, PongMessage, Presence, Ready, ReplyMessage, Cursor, ServerMessage } from "./wire/types.js" */

/**
 * @typedef {object} Hearers
 * @property {(ready: Ready) => void} ready
 * @property {(answer: ReplyMessage | ErrorMessage | PongMessage | PageMessage) => void} answer
 * @property {(entry: LogEntry) => void} event
 * @property {(room: number, cursor: Cursor) => void} resumed
 * @property {(room: number) => void} reset
 * @property {(room: number, number: number) => void} read
 * @property {(room: number, user: number) => void} typing
 * @property {(presence: Presence) => void} presence
 * @property {(at: number | null) => void} expiring
 * @property {(message: unknown) => void} unknown
 */

/**
 * @param {ServerMessage} message
 * @param {Hearers} to
 */
export function dispatch(message, to) {
  switch (message.type) {
    case "ready":
      return to.ready(message);
    case "reply":
    case "error":
    case "pong":
    case "page":
      return to.answer(message);
    case "event":
      return to.event(message);
    case "resumed":
      return to.resumed(message.room, message.cursor);
    case "reset":
      return to.reset(message.room);
    case "read":
      return to.read(message.room, message.number);
    case "typing":
      return to.typing(message.room, message.user);
    case "presence":
      return to.presence(message);
    // For clients that come by a token. The page comes by its cookie, which lasts while it is used.
    case "expiring":
      return to.expiring(message.at);
    case "refreshed":
      return to.expiring(message.expires_at);
  }
  return to.unknown(/** @type {never} */ (message));
}
