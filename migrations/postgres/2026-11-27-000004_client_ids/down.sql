DROP TRIGGER users_stay ON users;
DROP TRIGGER rooms_stay ON rooms;
DROP FUNCTION refuse_to_delete();

ALTER TABLE messages ADD FOREIGN KEY (author_id) REFERENCES users (id);
ALTER TABLE messages ADD FOREIGN KEY (room_id) REFERENCES rooms (id);

ALTER TABLE messages ADD UNIQUE (room_id, author_id, client_id);
DROP INDEX messages_client_id;

DROP TABLE past_authors;
ALTER TABLE memberships DROP COLUMN has_posted;
