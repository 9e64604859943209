//! The log: where a `seq` comes from. Posts take theirs in [`posts`](super::posts), many at once; a message is its own entry.

use diesel::prelude::*;

use super::connection::on_either;
use super::prepared::NextEvent;
use super::schema::events;
use super::{StoreError, Transaction};
use crate::domain::{Event, LogEntry, RoomId, Seq, Tag, UserId};

impl Transaction<'_> {
    /// Numbers an event in a room's log, stores it in this transaction and leaves it for the centre. Messages have their own way in,
    /// [`Transaction::store_posts`], because they stand in a table of their own.
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
        self.store(&entry, &body)?;
        self.entries.push(entry.clone());
        Ok(entry)
    }

    fn store(&mut self, entry: &LogEntry, body: &str) -> Result<(), StoreError> {
        let event = (
            events::room_id.eq(entry.room.get()),
            events::seq.eq(entry.seq.0),
            events::tag.eq(i64::from(entry.tag.0)),
            events::kind.eq(entry.event.kind()),
            events::at.eq(entry.at.micros()),
            events::actor_id.eq(entry.by.map(UserId::get)),
            events::body.eq(body),
        );
        let insert = diesel::insert_into(events::table).values(event);
        on_either!(&mut **self, conn => insert.execute(conn))?;
        Ok(())
    }
}

/// The marks that tell events from others with the same `seq`, of a history that a restored backup has undone.
pub(super) fn random_tags(many: usize) -> Result<impl Iterator<Item = Tag>, StoreError> {
    let mut tags = vec![[0; size_of::<u32>()]; many];
    getrandom::fill(tags.as_flattened_mut()).map_err(no_randomness)?;
    Ok(tags.into_iter().map(|tag| Tag(u32::from_ne_bytes(tag))))
}

/// As [`random_tags`], one.
pub(super) fn random_tag() -> Result<Tag, StoreError> {
    getrandom::u32().map(Tag).map_err(no_randomness)
}

fn no_randomness(error: getrandom::Error) -> StoreError {
    StoreError::broken(format!("the system has no randomness: {error}"))
}
