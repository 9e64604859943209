-- A post stands in the log once: as its message, which has the tag now. What it had among the events as well cost as much as the message.

ALTER TABLE messages ADD COLUMN tag BIGINT CHECK (tag BETWEEN 0 AND 4294967295);
UPDATE messages SET tag = events.tag FROM events WHERE events.room_id = messages.room_id AND events.seq = messages.seq;
ALTER TABLE messages ALTER COLUMN tag SET NOT NULL;

-- Everything else that happens stays an event.
DELETE FROM events WHERE message_id IS NOT NULL;
ALTER TABLE events DROP COLUMN message_id;
ALTER TABLE events ALTER COLUMN body SET NOT NULL;

-- By its place in the log a message is found by its number too: the two go up together.
CREATE UNIQUE INDEX messages_log ON messages (room_id, seq, number);
ALTER TABLE messages DROP CONSTRAINT messages_room_id_number_key;
