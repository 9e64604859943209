ALTER TABLE messages ADD UNIQUE (room_id, number);
DROP INDEX messages_log;

ALTER TABLE events ALTER COLUMN body DROP NOT NULL;
ALTER TABLE events ADD COLUMN message_id BIGINT REFERENCES messages (id);
INSERT INTO events (room_id, seq, tag, kind, at, actor_id, message_id)
SELECT room_id, seq, tag, 'posted', at, author_id, id FROM messages;
ALTER TABLE events ADD CHECK ((message_id IS NULL) <> (body IS NULL));

ALTER TABLE messages DROP COLUMN tag;
