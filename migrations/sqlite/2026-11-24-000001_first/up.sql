-- Times are microseconds since 1970, UTC. A released migration never changes.

-- AUTOINCREMENT where a row can go while its id lives on elsewhere (in a cookie, a socket, another node): no id comes twice.
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    username_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    deactivated_at BIGINT,
    created_at BIGINT NOT NULL,
    person_room_id BIGINT NOT NULL UNIQUE REFERENCES rooms (id)
);

CREATE TABLE rooms (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('public', 'private', 'direct', 'place', 'person')),
    name TEXT,
    name_key TEXT,
    topic TEXT NOT NULL DEFAULT '',
    is_default BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_default IN (FALSE, TRUE)),
    archived_at BIGINT,
    created_by BIGINT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    last_seq BIGINT NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    last_tag BIGINT NOT NULL DEFAULT 0 CHECK (last_tag BETWEEN 0 AND 4294967295),
    last_number BIGINT NOT NULL DEFAULT 0 CHECK (last_number BETWEEN 0 AND last_seq),
    last_at BIGINT NOT NULL,
    direct_key TEXT UNIQUE,
    CHECK ((kind IN ('public', 'private')) = (name IS NOT NULL)),
    CHECK ((name IS NULL) = (name_key IS NULL)),
    CHECK ((kind = 'direct') = (direct_key IS NOT NULL)),
    CHECK (NOT is_default OR (kind = 'public' AND archived_at IS NULL))
);

-- Only public names are unique: a private one that is taken would tell a stranger that the room exists.
CREATE UNIQUE INDEX rooms_public_name ON rooms (name_key) WHERE kind = 'public';

-- One row: the place.
CREATE TABLE place (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    sign_up TEXT NOT NULL CHECK (sign_up IN ('invite', 'open')),
    epoch TEXT NOT NULL,
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    set_up_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'moderator', 'member')),
    joined_at BIGINT NOT NULL,
    read_number BIGINT NOT NULL DEFAULT 0 CHECK (read_number >= 0),
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

CREATE INDEX memberships_user ON memberships (user_id, room_id);

CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY,
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    number BIGINT NOT NULL CHECK (number > 0),
    seq BIGINT NOT NULL CHECK (seq >= number),
    author_id BIGINT NOT NULL REFERENCES users (id),
    client_id BLOB NOT NULL CHECK (length(client_id) = 16),
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    renderer INTEGER NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (room_id, number),
    UNIQUE (room_id, author_id, client_id)
);

-- The log. A posted event holds no body: replay joins the message as it is now.
CREATE TABLE events (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    seq BIGINT NOT NULL CHECK (seq > 0),
    tag BIGINT NOT NULL CHECK (tag BETWEEN 0 AND 4294967295),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    message_id BIGINT REFERENCES messages (id),
    body TEXT,
    PRIMARY KEY (room_id, seq),
    CHECK ((message_id IS NULL) <> (body IS NULL))
) WITHOUT ROWID;

-- No cookie, only the hash of the one that opens the row.
CREATE TABLE login_sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    handle_hash BLOB UNIQUE CHECK (length(handle_hash) = 32),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);

CREATE INDEX login_sessions_user ON login_sessions (user_id);

CREATE TABLE invites (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_by BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    uses_left INTEGER CHECK (uses_left >= 0),
    used INTEGER NOT NULL DEFAULT 0,
    revoked_at BIGINT
);

-- Without references: a revocation outlives nothing, and is forgotten after a while.
CREATE TABLE revocations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL CHECK (scope IN ('login_session', 'other_login_sessions', 'user', 'room_member')),
    user_id BIGINT,
    login_session_id BIGINT,
    room_id BIGINT,
    cause TEXT NOT NULL CHECK (cause IN ('signed_out', 'password_changed', 'deactivated', 'left_room')),
    at BIGINT NOT NULL
);

CREATE INDEX revocations_at ON revocations (at);
