//! The log: the one place where a `seq` comes from.

use diesel::prelude::*;

use super::connection::on_either;
use super::prepared::{NextEvent, NextMessage};
use super::schema::{events, messages};
use super::{StoreError, Transaction};
use crate::domain::{ClientId, Content, Cursor, Event, LogEntry, Message, MessageId, Number, RoomId, Seq, Tag, UserId};

impl Transaction<'_> {
    /// Numbers an event in a room's log, stores it in this transaction and leaves it for the centre. Messages have their own way in,
    /// [`Transaction::log_message`], because they are stored once and not in the event.
    ///
    /// # Errors
    /// What the database answers; [`StoreError::Broken`] for a room that does not exist.
    pub fn log(&mut self, room: RoomId, by: Option<UserId>, event: Event) -> Result<LogEntry, StoreError> {
        let tag = random_tag()?;
        // The update holds the room's row until the transaction ends: on Postgres no other node can number in between.
        let next = NextEvent { room: room.get(), tag: i64::from(tag.0) };
        let seq: i64 = on_either!(&mut **self, conn => next.get_result(conn))?;
        let body = serde_json::to_string(&event).map_err(|error| StoreError::broken(error.to_string()))?;
        let entry = LogEntry { room, seq: Seq(seq), tag, at: self.now(), by, event };
        self.store(&entry, None, Some(&body))?;
        self.entries.push(entry.clone());
        Ok(entry)
    }

    /// Stores a message with the next number of its room, and the event that says so.
    ///
    /// # Errors
    /// What the database answers.
    pub fn log_message(
        &mut self,
        room: RoomId,
        author: UserId,
        client_id: ClientId,
        content: &Content,
    ) -> Result<(Message, Cursor), StoreError> {
        let tag = random_tag()?;
        let at = self.now();
        let next = NextMessage { room: room.get(), tag: i64::from(tag.0), at: at.micros() };
        let (seq, number): (i64, i64) = on_either!(&mut **self, conn => next.get_result(conn))?;
        let uuid = client_id.uuid();
        let message = (
            messages::room_id.eq(room.get()),
            messages::number.eq(number),
            messages::seq.eq(seq),
            messages::author_id.eq(author.get()),
            messages::client_id.eq(&uuid.as_bytes()[..]),
            messages::body.eq(content.body.as_str()),
            messages::html.eq(content.html.as_str()),
            messages::renderer.eq(content.renderer),
            messages::at.eq(at.micros()),
        );
        let insert = diesel::insert_into(messages::table).values(message).returning(messages::id);
        let id: i64 = on_either!(&mut **self, conn => insert.get_result(conn))?;
        let message = Message {
            id: MessageId::new(id),
            room,
            number: Number(number),
            seq: Seq(seq),
            author,
            client_id,
            body: content.body.as_str().to_owned(),
            html: content.html.as_str().to_owned(),
            at,
        };
        let event = Event::Posted { message: message.clone() };
        let entry = LogEntry { room, seq: Seq(seq), tag, at, by: Some(author), event };
        self.store(&entry, Some(id), None)?;
        self.entries.push(entry);
        Ok((message, Cursor { seq: Seq(seq), tag }))
    }

    fn store(&mut self, entry: &LogEntry, message: Option<i64>, body: Option<&str>) -> Result<(), StoreError> {
        let event = (
            events::room_id.eq(entry.room.get()),
            events::seq.eq(entry.seq.0),
            events::tag.eq(i64::from(entry.tag.0)),
            events::kind.eq(entry.event.kind()),
            events::at.eq(entry.at.micros()),
            events::actor_id.eq(entry.by.map(UserId::get)),
            events::message_id.eq(message),
            events::body.eq(body),
        );
        let insert = diesel::insert_into(events::table).values(event);
        on_either!(&mut **self, conn => insert.execute(conn))?;
        Ok(())
    }
}

fn random_tag() -> Result<Tag, StoreError> {
    getrandom::u32().map(Tag).map_err(|error| StoreError::broken(format!("the system has no randomness: {error}")))
}
