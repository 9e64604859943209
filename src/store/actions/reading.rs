//! How far a person has read. It is pushed to their sessions and stands in `ready`; it is not logged.

use diesel::prelude::*;

use super::Facts;
use crate::domain::{Number, Outcome, RoomId, UserId};
use crate::store::connection::on_either;
use crate::store::prepared::ReadUpTo;
use crate::store::{Effect, StoreError, Transaction};

/// Moves the read position forward, never back and never past the newest message.
pub fn mark(tx: &mut Transaction<'_>, facts: &Facts, number: Number) -> Result<Outcome, StoreError> {
    let row = facts.room()?;
    let (room, last) = (RoomId::new(row.id), Number(row.last_number));
    let read = facts.read_number().unwrap_or_default();
    let number = number.min(last).max(read);
    if number > read {
        set(tx, facts.actor().user, room, number)?;
    }
    Ok(Outcome::Read { room, number })
}

/// Sets it and tells the person's sessions.
pub fn set(tx: &mut Transaction<'_>, user: UserId, room: RoomId, number: Number) -> Result<(), StoreError> {
    let update = ReadUpTo { room: room.get(), user: user.get(), number: number.0 };
    on_either!(&mut **tx, conn => update.execute(conn))?;
    tx.effect(Effect::ReadMoved { user, room, number });
    Ok(())
}
