//! Who is in a room: the rows, and what a room and a person are told when they change.

use diesel::prelude::*;

use super::connection::on_either;
use super::rows::word;
use super::schema::{memberships, past_authors, rooms, users};
use super::{Connection, Effect, StoreError, Transaction, revocations};
use crate::domain::{Cause, Event, Number, RoomId, RoomRole, Scope, User, UserId};

/// The role of a user in a room; `None` for one who is not in it.
pub fn role(conn: &mut Connection, room: RoomId, user: UserId) -> Result<Option<RoomRole>, StoreError> {
    let role: Option<String> = memberships::table.find((room.get(), user.get())).select(memberships::role).get_result(conn).optional()?;
    role.map(|role| word(&role, RoomRole::from_word)).transpose()
}

/// Whether the room has an owner beside this person.
pub fn other_owners(conn: &mut Connection, room: RoomId, user: UserId) -> Result<bool, StoreError> {
    let others: i64 = memberships::table
        .filter(memberships::room_id.eq(room.get()))
        .filter(memberships::role.eq(RoomRole::Owner.as_str()))
        .filter(memberships::user_id.ne(user.get()))
        .count()
        .get_result(conn)?;
    Ok(others > 0)
}

/// Gives somebody who is in the room another role there.
pub fn set_role(tx: &mut Transaction<'_>, room: RoomId, user: UserId, role: RoomRole, by: UserId) -> Result<(), StoreError> {
    if self::role(tx, room, user)? != Some(role) {
        diesel::update(memberships::table.find((room.get(), user.get()))).set(memberships::role.eq(role.as_str())).execute(&mut **tx)?;
        tx.log(room, Some(by), Event::RoleSet { user, role })?;
    }
    Ok(())
}

/// Puts someone into a hidden room, which nobody is told of.
pub fn insert(tx: &mut Transaction<'_>, room: RoomId, user: UserId, role: RoomRole, read: Number) -> Result<(), StoreError> {
    let now = tx.now();
    diesel::insert_into(memberships::table)
        .values((
            memberships::room_id.eq(room.get()),
            memberships::user_id.eq(user.get()),
            memberships::role.eq(role.as_str()),
            memberships::joined_at.eq(now.micros()),
            memberships::read_number.eq(read.0),
        ))
        .execute(&mut **tx)?;
    tx.effect(Effect::Entered { user, room });
    Ok(())
}

/// Lets someone in and tells the room. What was said before can be read, and does not count as unread. [`announce`] tells the person
/// once the room's log is at rest.
pub fn admit(tx: &mut Transaction<'_>, room: RoomId, user: &User, role: RoomRole, by: UserId) -> Result<(), StoreError> {
    let read: i64 = rooms::table.find(room.get()).select(rooms::last_number).get_result(&mut **tx)?;
    insert(tx, room, user.id, role, Number(read))?;
    tx.log(room, Some(by), Event::Joined { user: user.clone(), role })?;
    Ok(())
}

/// Tells a person that they are in a room, which they get as it is now.
pub fn announce(tx: &mut Transaction<'_>, room: RoomId, user: UserId, by: UserId) -> Result<(), StoreError> {
    let membership = super::rooms::membership(tx, user, room)?;
    let person = person_room(tx, user)?;
    tx.log(person, Some(by), Event::RoomAdded { room: membership })?;
    Ok(())
}

/// Takes someone out of a room, tells the room and the person, and ends what their sockets hear of it on every node. Where the last
/// owner goes another takes over: the longest-standing moderator, else the longest-standing member.
pub fn remove(tx: &mut Transaction<'_>, room: RoomId, user: UserId, by: UserId) -> Result<(), StoreError> {
    let has_posted: Option<bool> = diesel::delete(memberships::table.find((room.get(), user.get())))
        .returning(memberships::has_posted)
        .get_result(&mut **tx)
        .optional()?;
    if has_posted == Some(true) {
        let row = (past_authors::room_id.eq(room.get()), past_authors::user_id.eq(user.get()));
        on_either!(&mut **tx, conn => diesel::insert_into(past_authors::table).values(row).on_conflict_do_nothing().execute(conn))?;
    }
    tx.effect(Effect::Left { user, room });
    revocations::revoke(tx, Scope::RoomMember { user, room }, Cause::LeftRoom)?;
    tx.log(room, Some(by), Event::Left { user })?;
    let person = person_room(tx, user)?;
    tx.log(person, Some(by), Event::RoomRemoved { room })?;
    succeed(tx, room)
}

/// Where no active owner is left another takes over.
pub fn succeed(tx: &mut Transaction<'_>, room: RoomId) -> Result<(), StoreError> {
    let in_line: Vec<(i64, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::room_id.eq(room.get()).and(users::deactivated_at.is_null()))
        .order((memberships::joined_at, memberships::user_id))
        .select((memberships::user_id, memberships::role))
        .load(&mut **tx)?;
    let first = |role: RoomRole| in_line.iter().find(|(_, held)| held == role.as_str()).map(|(user, _)| UserId::new(*user));
    if first(RoomRole::Owner).is_some() {
        return Ok(());
    }
    let Some(heir) = first(RoomRole::Moderator).or_else(|| first(RoomRole::Member)) else {
        return Ok(());
    };
    diesel::update(memberships::table.find((room.get(), heir.get())))
        .set(memberships::role.eq(RoomRole::Owner.as_str()))
        .execute(&mut **tx)?;
    tx.log(room, None, Event::RoleSet { user: heir, role: RoomRole::Owner })?;
    Ok(())
}

fn person_room(conn: &mut Connection, user: UserId) -> Result<RoomId, StoreError> {
    Ok(users::table.find(user.get()).select(users::person_room_id).get_result(conn).map(RoomId::new)?)
}
