-- Other ways in than the cookie, what ends them, and the record of both.

-- No token, only the hash of the one that was shown once.
CREATE TABLE api_tokens (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    access TEXT NOT NULL CHECK (access IN ('read', 'write', 'admin')),
    room_id BIGINT REFERENCES rooms (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    last_used_from TEXT,
    last_agent TEXT,
    revoked_at BIGINT
);

CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- One-time tickets for a handshake that can set no header. A row goes when it is used. The credential is the one that minted it.
CREATE TABLE ws_tickets (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id BIGINT NOT NULL REFERENCES users (id),
    credential TEXT NOT NULL,
    credential_expires_at BIGINT,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE INDEX ws_tickets_expires ON ws_tickets (expires_at);

-- JWTs that were signed out before they expired; a row is forgotten once its token would be refused anyway.
CREATE TABLE revoked_jwts (
    jwt_key BLOB NOT NULL PRIMARY KEY CHECK (length(jwt_key) = 32),
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Which account an identity provider's subject is.
CREATE TABLE jwt_accounts (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;

-- The second factor. The secret is sealed with a key from the secrets file; last_step is the newest code that was used.
CREATE TABLE second_factors (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id),
    sealed_secret BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- A row goes when its code is used.
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id),
    code_hash BLOB NOT NULL CHECK (length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
) WITHOUT ROWID;

CREATE TABLE password_resets (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_by BIGINT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

ALTER TABLE invites ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('admin', 'member', 'guest'));

CREATE TABLE invite_rooms (
    invite_id BIGINT NOT NULL REFERENCES invites (id),
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    PRIMARY KEY (invite_id, room_id)
) WITHOUT ROWID;

-- Why an account is not active, where deactivated_at says that it is not.
ALTER TABLE users ADD COLUMN inactive_because TEXT CHECK (inactive_because IN ('deactivated', 'banned', 'deleted'));
ALTER TABLE users ADD COLUMN banned_until BIGINT;
ALTER TABLE users ADD COLUMN ban_reason TEXT;

CREATE TABLE room_bans (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    banned_by BIGINT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

-- Of whom a second factor is asked.
ALTER TABLE place ADD COLUMN second_factor TEXT NOT NULL DEFAULT 'optional' CHECK (second_factor IN ('optional', 'admins', 'everyone'));

-- Without references, since a record outlives what it is about; names are those of the time.
CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_id BIGINT,
    actor TEXT NOT NULL,
    subject_id BIGINT,
    subject TEXT NOT NULL,
    address TEXT,
    credential TEXT,
    details TEXT NOT NULL
);

CREATE INDEX audit_log_at ON audit_log (at);

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- Revocations name the credential in words, so that a new kind of credential needs no new column. What the old table held has been
-- applied by the server that stored it: nobody serves while this runs.
DROP TABLE revocations;

CREATE TABLE revocations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL CHECK (scope IN ('credential', 'other_logins', 'others', 'user', 'user_sockets', 'room_member')),
    user_id BIGINT,
    credential TEXT,
    room_id BIGINT,
    cause TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX revocations_at ON revocations (at);
