CREATE TABLE messages_by_author (
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
    tag BIGINT NOT NULL CHECK (tag BETWEEN 0 AND 4294967295),
    UNIQUE (room_id, author_id, client_id)
);

INSERT INTO messages_by_author (id, room_id, number, seq, author_id, client_id, body, html, renderer, at, tag)
SELECT id, room_id, number, seq, author_id, client_id, body, html, renderer, at, tag FROM messages ORDER BY id;

DROP TABLE messages;
ALTER TABLE messages_by_author RENAME TO messages;
CREATE UNIQUE INDEX messages_log ON messages (room_id, seq, number);

DROP TABLE past_authors;
ALTER TABLE memberships DROP COLUMN has_posted;
