//! Coming into rooms and going out of them.

use super::{Facts, rooms::person};
use crate::domain::policy::{self, PersonFacts};
use crate::domain::{Action, Grant, Outcome, PlaceRole, Refusal, RoomId, RoomRole, UserId};
use crate::store::{Connection, StoreError, Transaction, memberships, room_bans, rooms as read, users};

/// Enters a public room. Who is in it already is told so and nothing happens.
pub fn join(tx: &mut Transaction<'_>, facts: &Facts, room: RoomId) -> Result<Outcome, StoreError> {
    let by = facts.actor().user;
    if facts.read_number().is_none() {
        let user = person(tx, by)?;
        memberships::admit(tx, room, &user, RoomRole::Member, by)?;
        memberships::announce(tx, room, by, by)?;
    }
    Ok(Outcome::Entered { room: read::membership(tx, by, room)? })
}

/// Brings someone in.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound) where there is no such account, or it is deactivated.
pub fn add(tx: &mut Transaction<'_>, by: UserId, room: RoomId, user: UserId) -> Result<Outcome, StoreError> {
    let user = users::find(tx, user)?.filter(|user| user.active).ok_or_else(Refusal::not_found)?;
    if memberships::role(tx, room, user.id)?.is_none() {
        memberships::admit(tx, room, &user, RoomRole::Member, by)?;
        memberships::announce(tx, room, user.id, by)?;
    }
    Ok(Outcome::Done)
}

/// Whether somebody may bring a newcomer with this role into a room: the rule of [`Action::AddMember`], for a person who is not there yet.
///
/// # Errors
/// Refused with the reason why not.
pub fn may_bring(conn: &mut Connection, by: UserId, room: RoomId, role: PlaceRole) -> Result<(), StoreError> {
    let facts = Facts::load(conn, by, Grant::FULL, Some(room))?;
    // No account has this id, so no ban is found for it.
    let action = Action::AddMember { room, user: UserId::new(0) };
    let newcomer = PersonFacts { role, other_owners: true, is_actor: false };
    let about = facts.about_room(conn, &action)?;
    Ok(policy::authorize(facts.actor(), &action, about, Some(newcomer))?)
}

/// Takes someone out, or goes.
pub fn remove(tx: &mut Transaction<'_>, by: UserId, room: RoomId, user: UserId) -> Result<Outcome, StoreError> {
    memberships::remove(tx, room, user, by)?;
    Ok(Outcome::Done)
}

/// Gives someone another role in the room.
pub fn set_role(tx: &mut Transaction<'_>, by: UserId, room: RoomId, user: UserId, role: RoomRole) -> Result<Outcome, StoreError> {
    memberships::set_role(tx, room, user, role, by)?;
    Ok(Outcome::Done)
}

/// Takes someone out, if they are in, and keeps them out.
pub fn ban(tx: &mut Transaction<'_>, by: UserId, room: RoomId, user: UserId) -> Result<Outcome, StoreError> {
    room_bans::create(tx, room, user, by)?;
    if memberships::role(tx, room, user)?.is_some() {
        memberships::remove(tx, room, user, by)?;
    }
    Ok(Outcome::Done)
}

/// Lets someone come in again.
pub fn unban(tx: &mut Transaction<'_>, room: RoomId, user: UserId) -> Result<Outcome, StoreError> {
    room_bans::lift(tx, room, user)?;
    Ok(Outcome::Done)
}
