CREATE TABLE messages_without_tags (
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

INSERT INTO messages_without_tags (id, room_id, number, seq, author_id, client_id, body, html, renderer, at)
SELECT id, room_id, number, seq, author_id, client_id, body, html, renderer, at FROM messages ORDER BY id;

CREATE TABLE all_events (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    seq BIGINT NOT NULL CHECK (seq > 0),
    tag BIGINT NOT NULL CHECK (tag BETWEEN 0 AND 4294967295),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    message_id BIGINT REFERENCES messages_without_tags (id),
    body TEXT,
    PRIMARY KEY (room_id, seq),
    CHECK ((message_id IS NULL) <> (body IS NULL))
) WITHOUT ROWID;

INSERT INTO all_events (room_id, seq, tag, kind, at, actor_id, body)
SELECT room_id, seq, tag, kind, at, actor_id, body FROM events;
INSERT INTO all_events (room_id, seq, tag, kind, at, actor_id, message_id)
SELECT room_id, seq, tag, 'posted', at, author_id, id FROM messages;

DROP TABLE events;
DROP TABLE messages;
ALTER TABLE messages_without_tags RENAME TO messages;
ALTER TABLE all_events RENAME TO events;
