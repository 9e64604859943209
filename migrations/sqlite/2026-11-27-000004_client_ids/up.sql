-- What tells a retry is sorted by client_id first: ids that begin with the time, as ours do, lie side by side there, where each author in
-- each room had a page of their own that every post had to write.

-- Who has spoken in a room was read from the old index. Now each author of a message is a member who has posted since they joined, or stands
-- among the past authors.
ALTER TABLE memberships ADD COLUMN has_posted BOOLEAN NOT NULL DEFAULT FALSE CHECK (has_posted IN (FALSE, TRUE));

UPDATE memberships SET has_posted = TRUE
WHERE EXISTS (SELECT 1 FROM messages WHERE messages.room_id = memberships.room_id AND messages.author_id = memberships.user_id);

CREATE TABLE past_authors (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

INSERT INTO past_authors (room_id, user_id)
SELECT DISTINCT room_id, author_id FROM messages
WHERE NOT EXISTS (SELECT 1 FROM memberships WHERE memberships.room_id = messages.room_id AND memberships.user_id = messages.author_id);

CREATE TABLE messages_by_client_id (
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
    tag BIGINT NOT NULL CHECK (tag BETWEEN 0 AND 4294967295)
);

INSERT INTO messages_by_client_id (id, room_id, number, seq, author_id, client_id, body, html, renderer, at, tag)
SELECT id, room_id, number, seq, author_id, client_id, body, html, renderer, at, tag FROM messages ORDER BY id;

DROP TABLE messages;
ALTER TABLE messages_by_client_id RENAME TO messages;

-- By its place in the log a message is found by its number too: the two go up together.
CREATE UNIQUE INDEX messages_log ON messages (room_id, seq, number);
CREATE UNIQUE INDEX messages_client_id ON messages (client_id, author_id, room_id);
