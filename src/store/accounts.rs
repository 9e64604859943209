//! What is done to accounts: roles, and whether they are active.

use diesel::prelude::*;

use super::rows::word;
use super::schema::{
    api_tokens, jwt_accounts, login_sessions, memberships as members, password_resets, recovery_codes, rooms, second_factors, users,
    ws_tickets,
};
use super::users as people;
use super::{Connection, Effect, StoreError, Transaction, memberships, place, revocations};
use crate::domain::{BanReason, Cause, Inactive, Number, PlaceRole, Refusal, RoomId, RoomKind, RoomRole, Scope, Timestamp, User, UserId};

/// Why an account is not active, as admins see it, and as its owner is told who knows the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub inactive_because: Inactive,
    pub banned_until: Option<Timestamp>,
    pub ban_reason: Option<String>,
}

/// When and why it was shut, until when, and the reason that was given.
type Row = (Option<i64>, Option<String>, Option<i64>, Option<String>);

/// `None` for an account that is active, or that is not there.
///
/// # Errors
/// What the database answers.
pub fn standing(conn: &mut Connection, user: UserId) -> Result<Option<Standing>, StoreError> {
    let row: Option<Row> = users::table
        .find(user.get())
        .select((users::deactivated_at, users::inactive_because, users::banned_until, users::ban_reason))
        .get_result(conn)
        .optional()?;
    let Some((Some(_), because, until, ban_reason)) = row else {
        return Ok(None);
    };
    let inactive_because = because.map_or(Ok(Inactive::Deactivated), |because| word(&because, Inactive::from_word))?;
    Ok(Some(Standing { inactive_because, banned_until: until.map(Timestamp::from_micros), ban_reason }))
}

/// Whether the account was deleted.
pub(super) fn is_deleted(conn: &mut Connection, user: UserId) -> Result<bool, StoreError> {
    Ok(standing(conn, user)?.is_some_and(|standing| standing.inactive_because == Inactive::Deleted))
}

/// Whether the place has an active owner beside this person.
///
/// # Errors
/// What the database answers.
pub fn other_owners(conn: &mut Connection, user: UserId) -> Result<bool, StoreError> {
    let others: i64 = users::table
        .filter(users::role.eq(PlaceRole::Owner.as_str()))
        .filter(users::deactivated_at.is_null())
        .filter(users::id.ne(user.get()))
        .count()
        .get_result(conn)?;
    Ok(others > 0)
}

/// Gives somebody another role. Their sockets end and come back with what they see now.
pub(super) fn set_role(tx: &mut Transaction<'_>, by: Option<UserId>, user: UserId, role: PlaceRole) -> Result<(), StoreError> {
    let before = people::find(tx, user)?.ok_or_else(Refusal::not_found)?;
    if before.role == role {
        return Ok(());
    }
    diesel::update(users::table.find(user.get())).set(users::role.eq(role.as_str())).execute(&mut **tx)?;
    let place_room = place::room(tx)?;
    match (before.role, role) {
        // The place's log is not for guests.
        (_, PlaceRole::Guest) => leave_quietly(tx, place_room, user)?,
        (PlaceRole::Guest, _) => {
            memberships::insert(tx, place_room, user, RoomRole::Member, Number(0))?;
            people::enter_default_rooms(tx, &User { role, ..before })?;
        }
        (_, _) => {}
    }
    tell(tx, by, user)?;
    revocations::revoke(tx, Scope::UserSockets(user), Cause::RoleChanged)
}

/// Shuts an account: it opens nothing any more, and what it has open ends. What it said stays.
///
/// # Errors
/// Refused as not found for one that is not there, or was deleted; what the database answers.
pub fn deactivate(tx: &mut Transaction<'_>, by: Option<UserId>, user: UserId) -> Result<(), StoreError> {
    shut(tx, by, user, Inactive::Deactivated, None, None)
}

/// The same, with a reason, and perhaps for a while.
pub(super) fn ban(
    tx: &mut Transaction<'_>,
    by: Option<UserId>,
    user: UserId,
    until: Option<Timestamp>,
    reason: &BanReason,
) -> Result<(), StoreError> {
    shut(tx, by, user, Inactive::Banned, until, Some(reason.as_str()))
}

fn shut(
    tx: &mut Transaction<'_>,
    by: Option<UserId>,
    user: UserId,
    because: Inactive,
    until: Option<Timestamp>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    if is_deleted(tx, user)? {
        return Err(Refusal::not_found().into());
    }
    let now = tx.now().micros();
    diesel::update(users::table.find(user.get()))
        .set((
            users::deactivated_at.eq(now),
            users::inactive_because.eq(because.as_str()),
            users::banned_until.eq(until.map(Timestamp::micros)),
            users::ban_reason.eq(reason),
        ))
        .execute(&mut **tx)?;
    for room in owned_by(tx, user)? {
        memberships::succeed(tx, room)?;
    }
    tell(tx, by, user)?;
    let cause = match because {
        Inactive::Deactivated => Cause::Deactivated,
        Inactive::Banned => Cause::Banned,
        Inactive::Deleted => Cause::Deleted,
    };
    revocations::revoke(tx, Scope::User(user), cause)
}

/// Opens an account again, whose owner then signs in anew.
///
/// # Errors
/// Refused as not found for one that was deleted, or that is not shut for this reason.
pub fn reopen(tx: &mut Transaction<'_>, by: Option<UserId>, user: UserId, because: Inactive) -> Result<(), StoreError> {
    match standing(tx, user)? {
        Some(standing) if standing.inactive_because == because && because != Inactive::Deleted => {}
        Some(_) | None => return Err(Refusal::not_found().into()),
    }
    diesel::update(users::table.find(user.get()))
        .set((
            users::deactivated_at.eq(None::<i64>),
            users::inactive_because.eq(None::<String>),
            users::banned_until.eq(None::<i64>),
            users::ban_reason.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    tell(tx, by, user)
}

/// Lifts the bans whose time has come.
///
/// # Errors
/// What the database answers.
pub fn lift_ended_bans(tx: &mut Transaction<'_>) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let over: Vec<i64> = users::table
        .filter(users::inactive_because.eq(Inactive::Banned.as_str()))
        .filter(users::banned_until.le(now))
        .select(users::id)
        .load(&mut **tx)?;
    over.into_iter().try_for_each(|user| reopen(tx, None, UserId::new(user), Inactive::Banned))
}

/// Deletes an account: its name, its ways in and its places in rooms go. What it said stays, by "Deleted account". Direct rooms stay
/// with the others.
pub(super) fn delete(tx: &mut Transaction<'_>, by: Option<UserId>, user: UserId) -> Result<(), StoreError> {
    let rooms: Vec<(i64, String)> = members::table
        .inner_join(rooms::table)
        .filter(members::user_id.eq(user.get()))
        .order(members::room_id)
        .select((members::room_id, rooms::kind))
        .load(&mut **tx)?;
    for (room, kind) in rooms {
        let room = RoomId::new(room);
        match word(&kind, RoomKind::from_word)? {
            RoomKind::Public | RoomKind::Private => memberships::remove(tx, room, user, by.unwrap_or(user))?,
            RoomKind::Place => leave_quietly(tx, room, user)?,
            RoomKind::Direct | RoomKind::Person => {}
        }
    }
    let name = format!("deleted-{user}");
    diesel::update(users::table.find(user.get()))
        .set((
            users::username.eq(&name),
            users::username_key.eq(&name),
            users::display_name.eq("Deleted account"),
            users::password_hash.eq(""),
            users::role.eq(PlaceRole::Guest.as_str()),
        ))
        .execute(&mut **tx)?;
    shut(tx, by, user, Inactive::Deleted, None, None)?;
    let id = user.get();
    diesel::delete(ws_tickets::table.filter(ws_tickets::user_id.eq(id))).execute(&mut **tx)?;
    diesel::delete(login_sessions::table.filter(login_sessions::user_id.eq(id))).execute(&mut **tx)?;
    diesel::delete(api_tokens::table.filter(api_tokens::user_id.eq(id))).execute(&mut **tx)?;
    diesel::delete(jwt_accounts::table.filter(jwt_accounts::user_id.eq(id))).execute(&mut **tx)?;
    diesel::delete(second_factors::table.find(id)).execute(&mut **tx)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(id))).execute(&mut **tx)?;
    diesel::delete(password_resets::table.filter(password_resets::user_id.eq(id))).execute(&mut **tx)?;
    Ok(())
}

/// Ends a membership of which nobody is told.
fn leave_quietly(tx: &mut Transaction<'_>, room: RoomId, user: UserId) -> Result<(), StoreError> {
    diesel::delete(members::table.find((room.get(), user.get()))).execute(&mut **tx)?;
    tx.effect(Effect::Left { user, room });
    revocations::revoke(tx, Scope::RoomMember { user, room }, Cause::LeftRoom)
}

fn owned_by(conn: &mut Connection, user: UserId) -> Result<Vec<RoomId>, StoreError> {
    let owned: Vec<i64> = members::table
        .filter(members::user_id.eq(user.get()))
        .filter(members::role.eq(RoomRole::Owner.as_str()))
        .order(members::room_id)
        .select(members::room_id)
        .load(conn)?;
    Ok(owned.into_iter().map(RoomId::new).collect())
}

/// Tells how the account looks now.
fn tell(tx: &mut Transaction<'_>, by: Option<UserId>, user: UserId) -> Result<(), StoreError> {
    let user = people::find(tx, user)?.ok_or_else(Refusal::not_found)?;
    people::announce_change(tx, by, &user)
}
