// The wire as src/domain and src/protocol write it. Types only: tests/page/wire.test.mjs holds them against the fixtures.

/** @typedef {{ seq: number, tag: number }} Cursor */
/** @typedef {"owner" | "admin" | "member" | "guest"} PlaceRole */
/** @typedef {"owner" | "moderator" | "member"} RoomRole */
/** @typedef {"public" | "private" | "direct" | "place" | "person"} RoomKind */
/** @typedef {"public" | "private"} Visibility */
/** @typedef {"invite" | "open"} SignUpMode */

/** @typedef {{ id: number, username: string, display_name: string, role: PlaceRole, active: boolean }} User */

/**
 * @typedef {object} Room
 * @property {number} id
 * @property {RoomKind} kind
 * @property {string | null} name
 * @property {string} topic
 * @property {boolean} is_default
 * @property {boolean} archived
 * @property {number} created_at
 * @property {Cursor} last
 * @property {number} last_number
 * @property {number} last_at
 * @property {number[]} people
 */

/** @typedef {Room & { role: RoomRole, read_number: number }} Membership */
/** @typedef {{ user: User, role: RoomRole }} Member */
/** @typedef {{ id: number, name: string, topic: string, members: number, archived: boolean, joined: boolean }} ListedRoom */

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {number} room
 * @property {number} number
 * @property {number} seq
 * @property {number} author
 * @property {string} client_id
 * @property {string} body
 * @property {string} html
 * @property {number} at
 */

/**
 * @typedef {object} Limits
 * @property {number} frame_bytes
 * @property {number} message_chars
 * @property {number} posts_per_second
 * @property {number} posts_burst
 * @property {number} frames_per_second
 * @property {number} sockets_per_user
 * @property {number} sockets_per_address
 * @property {number} handshakes_per_second
 * @property {number} connections_per_address
 * @property {number} outbox_bytes
 * @property {number} backlog
 * @property {number} replay_events
 * @property {number} sign_in_per_minute
 */

/**
 * @typedef {{ kind: "created" } | { kind: "posted", message: Message } | { kind: "joined", user: User, role: RoomRole }
 *   | { kind: "left", user: number } | { kind: "role_set", user: number, role: RoomRole } | { kind: "renamed", name: string }
 *   | { kind: "topic_set", topic: string } | { kind: "visibility_set", visibility: Visibility } | { kind: "archived" } | { kind: "unarchived" }
 *   | { kind: "room_added", room: Membership } | { kind: "room_removed", room: number }
 *   | { kind: "user_joined", user: User } | { kind: "user_changed", user: User } | { kind: "place_renamed", name: string }
 *   | { kind: "sign_up_set", mode: SignUpMode } | { kind: "room_listed", room: ListedRoom } | { kind: "room_unlisted", room: number }} RoomEvent
 */

/** @typedef {{ room: number, seq: number, tag: number, at: number, by: number | null, event: RoomEvent }} LogEntry */

/**
 * @typedef {{ did: "posted", message: Message, cursor: Cursor } | { did: "read", room: number, number: number }
 *   | { did: "entered", room: Membership } | { did: "changed", user: User } | { did: "done" }} Outcome
 */

/** @typedef {{ code: string, message: string, field?: string, retry_after_ms?: number }} ErrorBody */

/**
 * @typedef {object} Ready
 * @property {User} me
 * @property {Membership[]} rooms
 * @property {string} place
 * @property {SignUpMode} sign_up
 * @property {string} epoch
 * @property {Limits} limits
 * @property {string} version
 * @property {string} build
 */

/** @typedef {{ room: number, messages: Message[], has_older: boolean, has_newer: boolean, cursor: Cursor }} Page */
/** @typedef {{ presence: "snapshot", online: number[] } | { presence: "diff", online: number[], offline: number[] }} Presence */

/** @typedef {{ type: "ready" } & Ready} ReadyMessage */
/** @typedef {{ type: "reply", ref: number } & Outcome} ReplyMessage */
/** @typedef {{ type: "error", ref: number | null, error: ErrorBody }} ErrorMessage */
/** @typedef {{ type: "pong", ref: number }} PongMessage */
/** @typedef {{ type: "refreshed", ref: number, expires_at: number | null }} RefreshedMessage */
/** @typedef {{ type: "expiring", at: number }} ExpiringMessage */
/** @typedef {{ type: "page", ref: number } & Page} PageMessage */
/** @typedef {{ type: "event" } & LogEntry} EventMessage */
/** @typedef {{ type: "resumed", room: number, cursor: Cursor }} ResumedMessage */
/** @typedef {{ type: "reset", room: number }} ResetMessage */
/** @typedef {{ type: "read", room: number, number: number }} ReadMessage */
/** @typedef {{ type: "typing", room: number, user: number }} TypingMessage */
/** @typedef {{ type: "presence" } & Presence} PresenceMessage */

/**
 * @typedef {ReadyMessage | ReplyMessage | ErrorMessage | PongMessage | PageMessage | EventMessage | ResumedMessage | ResetMessage
 *   | ReadMessage | TypingMessage | PresenceMessage | RefreshedMessage | ExpiringMessage} ServerMessage
 */

/**
 * @typedef {{ type: "ping" } | { type: "post", room: number, client_id: string, body: string }
 *   | { type: "resume", rooms: Array<{ room: number, cursor: Cursor }> }
 *   | { type: "history", room: number, before?: number, after?: number, around?: number, limit?: number }
 *   | { type: "read", room: number, number: number } | { type: "create_room", name: string, topic: string, visibility: Visibility }
 *   | { type: "open_direct", users: number[] } | { type: "join_room", room: number } | { type: "leave_room", room: number }
 *   | { type: "add_member", room: number, user: number } | { type: "remove_member", room: number, user: number }
 *   | { type: "set_room_role", room: number, user: number, role: RoomRole } | { type: "ban_member", room: number, user: number }
 *   | { type: "unban_member", room: number, user: number }
 *   | { type: "rename_room", room: number, name: string } | { type: "set_topic", room: number, topic: string }
 *   | { type: "set_visibility", room: number, visibility: Visibility } | { type: "set_archived", room: number, archived: boolean }
 *   | { type: "set_display_name", display_name: string } | { type: "rename_place", name: string } | { type: "set_sign_up", mode: SignUpMode }} Request
 *   what is answered; the connection adds the `ref`
 */

/** @typedef {(Request & { ref: number }) | { type: "typing", room: number }} ClientMessage */

/** @typedef {"optional" | "admins" | "everyone"} FactorRule  of whom the place asks a second factor */
/** @typedef {{ set_up: boolean, name: string | null, sign_up: SignUpMode, second_factor?: FactorRule, version: string, build: string }} Place */
/** @typedef {{ me: User, login_session: number, second_factor_missing: boolean }} Myself */
/** @typedef {{ id: number, token: string, url: string }} NewInvite */
/** @typedef {{ expires_in_s?: number, uses?: number, role: PlaceRole, rooms: number[] }} NewInviteForm */
/**
 * @typedef {{ id: number, created_by: number, created_at: number, expires_at: number | null, uses_left: number | null, used: number,
 *   role: PlaceRole, rooms: number[] }} Invite
 */
/** @typedef {{ id: number, current: boolean, created_at: number, last_seen_at: number, address: string, agent: string, open_sockets: number }} Device */
/** @typedef {"read" | "write" | "admin"} Access */
/**
 * @typedef {{ id: number, name: string, access: Access, room: number | null, created_at: number, expires_at: number | null,
 *   last_used_at: number | null, last_used_from: string | null, last_agent: string | null, open_sockets: number }} ApiToken
 */
/** @typedef {{ name: string, access: Access, room?: number, expires_in_s?: number }} NewToken */
/** @typedef {{ id: number, token: string, expires_at: number | null }} MadeToken */
/** @typedef {{ enabled: boolean, confirmed_at: number | null, recovery_codes_left: number }} Factor */
/** @typedef {{ secret: string, uri: string, svg: string }} Enrolment */
/** @typedef {{ user: User, inactive_because?: "deactivated" | "banned" | "deleted", banned_until?: number, ban_reason?: string }} Account */
/** @typedef {{ token: string, url: string, expires_at: number }} ResetLink */
/** @typedef {{ user: User, banned_by: number, at: number }} RoomBan */
/**
 * @typedef {{ id: number, at: number, kind: string, actor_id: number | null, actor: string, subject_id: number | null, subject: string,
 *   address: string | null, credential: string | null, details: Record<string, any> }} AuditRecord
 */

export {};
