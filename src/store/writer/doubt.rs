//! What became of a transaction whose COMMIT was not answered.
//!
//! The connection may break between COMMIT and its answer. Everyone in it would then be told *unknown*, and what was stored would be
//! heard by nobody until the next event of its room showed the hole. But an event carries a random tag: once the database can be reached
//! again, one look at its place says which of the two it was.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::ran::Ran;
use crate::domain::{Event, Message, MessageId, Outcome, RoomId, Seq, Tag};
use crate::faults::{self, Point};
use crate::store::connection::{begin, on_either, rollback};
use crate::store::schema::{events, messages, rooms};
use crate::store::{Cause, Connection, Trouble};

/// A transaction that may be stored or not.
pub struct Doubt {
    witness: Witness,
    /// What came of its jobs if it is.
    pub ran: Vec<Ran>,
}

/// Its last event. A transaction is stored as a whole or not at all, so one of them speaks for it.
struct Witness {
    room: RoomId,
    seq: Seq,
    tag: Tag,
}

/// What the database says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Stored,
    NotStored,
}

impl Doubt {
    /// Nothing where the transaction left no event: then there is nobody to tell, and a retry finds out by itself.
    pub fn about(ran: Vec<Ran>) -> Option<Self> {
        let last = ran.iter().rev().find_map(|ran| ran.entries.last())?;
        let witness = Witness { room: last.room, seq: last.seq, tag: last.tag };
        Some(Self { witness, ran })
    }

    /// Asks the database. Blocks for as long as the transaction is still at work in a server that has not noticed the end of its client.
    pub fn settle(&mut self, connection: &mut Connection) -> Result<Fate, Cause> {
        if faults::strikes(Point::Unsettled) {
            return Err(Cause::of(Trouble::Lost, "a fault on purpose"));
        }
        begin(connection, &[])?;
        let fate = self.look(connection);
        let ended = rollback(connection);
        let fate = fate?;
        ended?;
        Ok(fate)
    }

    fn look(&mut self, connection: &mut Connection) -> QueryResult<Fate> {
        let Witness { room, seq, tag } = self.witness;
        if let Connection::Postgres(postgres) = connection {
            // It holds the rooms it has numbered until it ends: who gets the lock sees its end. Only a statement that was sent without a
            // transaction and has not begun yet, on a server that stands still, is not seen; it stores nothing where one of its rooms goes
            // on without it, and never a second time.
            rooms::table.find(room.get()).select(rooms::id).for_no_key_update().first::<i64>(postgres).optional()?;
        }
        let tag = i64::from(tag.0);
        let at = messages::room_id.eq(room.get()).and(messages::seq.eq(seq.0)).and(messages::tag.eq(tag));
        let message = exists(messages::table.filter(at));
        let event = exists(events::table.find((room.get(), seq.0)).filter(events::tag.eq(tag)));
        let there = diesel::select((message, event));
        let (message, event): (bool, bool) = on_either!(connection, conn => there.get_result(conn))?;
        if !message && !event {
            return Ok(Fate::NotStored);
        }
        self.name(connection)?;
        Ok(Fate::Stored)
    }

    /// Posts that were stored in one journey, which only Postgres does, have not heard their ids.
    fn name(&mut self, connection: &mut Connection) -> QueryResult<()> {
        let Connection::Postgres(postgres) = connection else { return Ok(()) };
        let answered = self.ran.iter_mut().filter_map(|ran| match &mut ran.answer {
            Ok(Some(Outcome::Posted { message, .. })) => Some(message),
            _ => None,
        });
        let answered: Vec<&mut Message> = answered.collect();
        let client_ids: Vec<[u8; 16]> = answered.iter().map(|message| message.client_id.uuid().into_bytes()).collect();
        let stored = messages::table.filter(messages::client_id.eq_any(client_ids));
        let rows: Vec<(i64, i64, i64)> = stored.select((messages::room_id, messages::seq, messages::id)).load(postgres)?;
        let ids: HashMap<(i64, i64), MessageId> = rows.into_iter().map(|(room, seq, id)| ((room, seq), MessageId::new(id))).collect();
        let name = |message: &mut Message| {
            if let Some(id) = ids.get(&(message.room.get(), message.seq.0)) {
                message.id = *id;
            }
        };
        answered.into_iter().for_each(name);
        for entry in self.ran.iter_mut().flat_map(|ran| &mut ran.entries) {
            if let Event::Posted { message } = &mut entry.event {
                name(message);
            }
        }
        Ok(())
    }
}
