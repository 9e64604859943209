//! Conversations of two to nine people.

use diesel::prelude::*;

use super::rooms::person;
use crate::domain::{DirectPeers, Event, Outcome, Refusal, RoomId, RoomKind, RoomRole, User, UserId};
use crate::store::schema::rooms;
use crate::store::{StoreError, Transaction, memberships, rooms as read, users};

/// Opens the conversation with these people, the same one each time, and makes it the first time. Everyone in it is told.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound) where one of them has no account, or it is deactivated and there is
/// no conversation yet.
pub fn open(tx: &mut Transaction<'_>, by: UserId, peers: &DirectPeers) -> Result<Outcome, StoreError> {
    let key = peers.key(by);
    let there: Option<i64> = rooms::table.filter(rooms::direct_key.eq(&key)).select(rooms::id).get_result(&mut **tx).optional()?;
    let room = match there {
        Some(id) => RoomId::new(id),
        None => make(tx, by, peers, &key)?,
    };
    Ok(Outcome::Entered { room: read::membership(tx, by, room)? })
}

fn make(tx: &mut Transaction<'_>, by: UserId, peers: &DirectPeers, key: &str) -> Result<RoomId, StoreError> {
    let mut people: Vec<User> = vec![person(tx, by)?];
    for peer in peers.iter() {
        people.push(users::find(tx, peer)?.filter(|user| user.active).ok_or_else(Refusal::not_found)?);
    }
    let now = tx.now().micros();
    // Another node that makes the same one at this moment wins or loses here, on the key; the loser is run again and finds it.
    let id: i64 = diesel::insert_into(rooms::table)
        .values((
            rooms::kind.eq(RoomKind::Direct.as_str()),
            rooms::direct_key.eq(key),
            rooms::created_by.eq(by.get()),
            rooms::created_at.eq(now),
            rooms::last_at.eq(now),
        ))
        .returning(rooms::id)
        .get_result(&mut **tx)?;
    let room = RoomId::new(id);
    tx.log(room, Some(by), Event::Created)?;
    for user in &people {
        memberships::admit(tx, room, user, RoomRole::Member, by)?;
    }
    for user in &people {
        memberships::announce(tx, room, user.id, by)?;
    }
    Ok(room)
}
