//! Accounts.

use std::fmt;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::rows::UserRow;
use super::schema::{memberships as members, past_authors, rooms, users};
use super::{Connection, StoreError, Transaction, memberships, place, revocations};
use crate::domain::{
    Cause, Code, Credential, DisplayName, Event, Number, PlaceRole, Refusal, RoomId, RoomKind, RoomRole, Scope, User, UserId, Username,
};

/// An account to be made.
#[derive(Clone)]
pub struct NewUser {
    pub username: Username,
    pub display_name: DisplayName,
    /// The PHC string.
    pub password_hash: String,
    pub role: PlaceRole,
}

/// An account with what its password is checked against.
#[derive(Clone)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("username", &self.username).field("role", &self.role).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Makes an account with its hidden room. All but guests are in the place's room and in the default rooms from the start.
///
/// # Errors
/// Refused with [`Code::UsernameTaken`] where one looks like it, with [`Code::NotSetUp`] before there is a place.
pub fn create(tx: &mut Transaction<'_>, new: &NewUser) -> Result<User, StoreError> {
    let place_room = place::room(tx)?;
    let user = insert(tx, new)?;
    tx.log(place_room, Some(user.id), Event::UserJoined { user: user.clone() })?;
    if user.role == PlaceRole::Guest {
        return Ok(user);
    }
    memberships::insert(tx, place_room, user.id, RoomRole::Member, Number(0))?;
    enter_default_rooms(tx, &user)?;
    Ok(user)
}

/// Into the rooms where everyone is, unless they are there.
pub(super) fn enter_default_rooms(tx: &mut Transaction<'_>, user: &User) -> Result<(), StoreError> {
    let defaults: Vec<i64> = rooms::table.filter(rooms::is_default).order(rooms::id).select(rooms::id).load(&mut **tx)?;
    for room in defaults.into_iter().map(RoomId::new) {
        if memberships::role(tx, room, user.id)?.is_none() {
            memberships::admit(tx, room, user, RoomRole::Member, user.id)?;
            memberships::announce(tx, room, user.id, user.id)?;
        }
    }
    Ok(())
}

/// Tells how somebody's account looks now: the place, and each guest who meets them, since the place's log is not for guests.
pub(super) fn announce_change(tx: &mut Transaction<'_>, by: Option<UserId>, user: &User) -> Result<(), StoreError> {
    let place = place::room(tx)?;
    tx.log(place, by, Event::UserChanged { user: user.clone() })?;
    for guest in guests_who_meet(tx, user.id)? {
        tx.log(guest, by, Event::UserChanged { user: user.clone() })?;
    }
    Ok(())
}

/// The hidden rooms of all guests.
pub(super) fn guests(conn: &mut Connection) -> Result<Vec<RoomId>, StoreError> {
    let guests: Vec<i64> = users::table
        .filter(users::role.eq(PlaceRole::Guest.as_str()).and(users::deactivated_at.is_null()))
        .order(users::person_room_id)
        .select(users::person_room_id)
        .load(conn)?;
    Ok(guests.into_iter().map(RoomId::new).collect())
}

/// The hidden rooms of the guests who share a room with this person, or can read there what they said. A guest meets themselves.
fn guests_who_meet(conn: &mut Connection, user: UserId) -> Result<Vec<RoomId>, StoreError> {
    let theirs = diesel::alias!(members as theirs);
    let same_room = theirs.field(members::room_id).eq(members::room_id);
    let is_there = exists(theirs.filter(same_room).filter(theirs.field(members::user_id).eq(user.get())));
    let was_there = exists(past_authors::table.find((members::room_id, user.get())));
    let meets = exists(members::table.filter(members::user_id.eq(users::id)).filter(is_there.or(was_there)));
    let guests: Vec<i64> = users::table
        .filter(users::role.eq(PlaceRole::Guest.as_str()).and(users::deactivated_at.is_null()))
        .filter(users::id.eq(user.get()).or(meets))
        .order(users::person_room_id)
        .select(users::person_room_id)
        .load(conn)?;
    Ok(guests.into_iter().map(RoomId::new).collect())
}

fn insert(tx: &mut Transaction<'_>, new: &NewUser) -> Result<User, StoreError> {
    let now = tx.now().micros();
    let person: i64 = diesel::insert_into(rooms::table)
        .values((rooms::kind.eq(RoomKind::Person.as_str()), rooms::created_at.eq(now), rooms::last_at.eq(now)))
        .returning(rooms::id)
        .get_result(&mut **tx)?;
    let id: i64 = diesel::insert_into(users::table)
        .values((
            users::username.eq(new.username.as_str()),
            users::username_key.eq(new.username.key()),
            users::display_name.eq(new.display_name.as_str()),
            users::password_hash.eq(&new.password_hash),
            users::role.eq(new.role.as_str()),
            users::created_at.eq(now),
            users::person_room_id.eq(person),
        ))
        .returning(users::id)
        .get_result(&mut **tx)
        .map_err(|error| match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => taken().into(),
            other => StoreError::from(other),
        })?;
    let (id, person) = (UserId::new(id), RoomId::new(person));
    memberships::insert(tx, person, id, RoomRole::Member, Number(0))?;
    tx.log(person, Some(id), Event::Created)?;
    Ok(User { id, username: new.username.clone(), display_name: new.display_name.clone(), role: new.role, active: true })
}

fn taken() -> Refusal {
    Refusal::of(Code::UsernameTaken, "Someone has this username, or one that looks like it; choose another.").field("username")
}

/// The account of this name, deactivated or not.
///
/// # Errors
/// What the database answers.
pub fn credentials(conn: &mut Connection, username: &Username) -> Result<Option<Credentials>, StoreError> {
    let row: Option<(UserRow, String)> = users::table
        .filter(users::username.eq(username.as_str()))
        .select((UserRow::as_select(), users::password_hash))
        .get_result(conn)
        .optional()?;
    row.map(into_credentials).transpose()
}

/// The account of this id, deactivated or not.
///
/// # Errors
/// What the database answers.
pub fn credentials_of(conn: &mut Connection, user: UserId) -> Result<Option<Credentials>, StoreError> {
    let row: Option<(UserRow, String)> =
        users::table.find(user.get()).select((UserRow::as_select(), users::password_hash)).get_result(conn).optional()?;
    row.map(into_credentials).transpose()
}

/// Whether the account is active and its password is the one that was read. To check a password takes a while, and meanwhile another one
/// may have been set and every device signed out: a sign-in with the old one must not come in behind that.
///
/// # Errors
/// What the database answers.
pub fn still_holds(tx: &mut Transaction<'_>, read: &Credentials) -> Result<bool, StoreError> {
    let now = credentials_of(tx, read.user.id)?;
    Ok(now.is_some_and(|now| now.user.active && now.password_hash == read.password_hash))
}

fn into_credentials((user, password_hash): (UserRow, String)) -> Result<Credentials, StoreError> {
    Ok(Credentials { user: user.into_user()?, password_hash })
}

/// Sets the password and ends everything that the person has open, but what asked.
///
/// # Errors
/// Refused with [`Code::NotFound`] where there is no such account.
pub fn set_password(tx: &mut Transaction<'_>, user: UserId, hash: &str, keep: Credential) -> Result<(), StoreError> {
    replace_password(tx, user, hash)?;
    revocations::revoke(tx, Scope::Others { user, keep }, Cause::PasswordChanged)
}

/// Sets the password and nothing else.
///
/// # Errors
/// Refused with [`Code::NotFound`] where there is no such account.
pub fn replace_password(tx: &mut Transaction<'_>, user: UserId, hash: &str) -> Result<(), StoreError> {
    let changed = diesel::update(users::table.find(user.get())).set(users::password_hash.eq(hash)).execute(&mut **tx)?;
    if changed == 0 {
        return Err(Refusal::not_found().into());
    }
    Ok(())
}

/// Everyone, by id.
///
/// # Errors
/// What the database answers.
pub fn list(conn: &mut Connection) -> Result<Vec<User>, StoreError> {
    let rows: Vec<UserRow> = users::table.order(users::id).select(UserRow::as_select()).load(conn)?;
    rows.into_iter().map(UserRow::into_user).collect()
}

/// One account.
///
/// # Errors
/// What the database answers.
pub fn find(conn: &mut Connection, user: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = users::table.find(user.get()).select(UserRow::as_select()).get_result(conn).optional()?;
    row.map(UserRow::into_user).transpose()
}

/// Whether a guest knows of somebody: they share a room, or the guest can read in one what they said.
///
/// # Errors
/// What the database answers.
pub fn meets(conn: &mut Connection, guest: UserId, user: UserId) -> Result<bool, StoreError> {
    let theirs = diesel::alias!(members as theirs);
    let same_room = theirs.field(members::room_id).eq(members::room_id);
    let is_there = exists(theirs.filter(same_room).filter(theirs.field(members::user_id).eq(user.get())));
    let was_there = exists(past_authors::table.find((members::room_id, user.get())));
    let rooms = members::table.filter(members::user_id.eq(guest.get())).filter(is_there.or(was_there)).select(members::room_id);
    Ok(rooms.first::<i64>(conn).optional()?.is_some())
}

/// The people that somebody shares a room with, themselves included. By id.
///
/// # Errors
/// What the database answers.
pub fn met_by(conn: &mut Connection, user: UserId) -> Result<Vec<UserId>, StoreError> {
    let mine = diesel::alias!(members as mine);
    let rooms = mine.filter(mine.field(members::user_id).eq(user.get())).select(mine.field(members::room_id));
    let met: Vec<i64> =
        members::table.filter(members::room_id.eq_any(rooms)).select(members::user_id).distinct().order(members::user_id).load(conn)?;
    Ok(met.into_iter().map(UserId::new).collect())
}
