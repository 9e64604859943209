-- A post stands in the log once: as its message, which has the tag now. What it had among the events as well cost as much as the message.

CREATE TABLE messages_with_tags (
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

INSERT INTO messages_with_tags (id, room_id, number, seq, author_id, client_id, body, html, renderer, at, tag)
SELECT m.id, m.room_id, m.number, m.seq, m.author_id, m.client_id, m.body, m.html, m.renderer, m.at, e.tag
FROM messages m JOIN events e ON e.room_id = m.room_id AND e.seq = m.seq
ORDER BY m.id;

-- Everything else that happens.
CREATE TABLE other_events (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    seq BIGINT NOT NULL CHECK (seq > 0),
    tag BIGINT NOT NULL CHECK (tag BETWEEN 0 AND 4294967295),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    body TEXT NOT NULL,
    PRIMARY KEY (room_id, seq)
) WITHOUT ROWID;

INSERT INTO other_events (room_id, seq, tag, kind, at, actor_id, body)
SELECT room_id, seq, tag, kind, at, actor_id, body FROM events WHERE message_id IS NULL;

DROP TABLE events;
DROP TABLE messages;
ALTER TABLE messages_with_tags RENAME TO messages;
ALTER TABLE other_events RENAME TO events;

-- By its place in the log a message is found by its number too: the two go up together.
CREATE UNIQUE INDEX messages_log ON messages (room_id, seq, number);
