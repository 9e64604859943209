DROP TABLE revocations;
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
DROP TABLE audit_log;
ALTER TABLE place DROP COLUMN second_factor;
DROP TABLE room_bans;
ALTER TABLE users DROP COLUMN ban_reason;
ALTER TABLE users DROP COLUMN banned_until;
ALTER TABLE users DROP COLUMN inactive_because;
DROP TABLE invite_rooms;
ALTER TABLE invites DROP COLUMN role;
DROP TABLE password_resets;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
DROP TABLE jwt_accounts;
DROP TABLE revoked_jwts;
DROP TABLE ws_tickets;
DROP TABLE api_tokens;
