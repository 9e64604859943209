//! The stored sign-in behind each cookie.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::connection::on_either;
use super::rows::UserRow;
use super::schema::{login_sessions, place, second_factors, users};
use super::second_factors::{CallerRow, CallerTypes, caller, read_caller, with_caller};
use super::{Connection, StoreError, Transaction};
use crate::domain::{LoginSessionId, Timestamp, User, UserId};

/// A sign-in to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLogin {
    pub user: UserId,
    pub address: String,
    pub agent: String,
    pub expires_at: Timestamp,
}

/// A live login session with its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub id: LoginSessionId,
    pub user: User,
    /// Whether its user must have a second factor and has none.
    pub second_factor_missing: bool,
    pub expires_at: Timestamp,
}

/// A live login session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: LoginSessionId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub address: String,
    pub agent: String,
}

/// Stores a sign-in that no cookie opens yet.
///
/// # Errors
/// What the database answers.
pub fn create(tx: &mut Transaction<'_>, new: &NewLogin) -> Result<LoginSessionId, StoreError> {
    let now = tx.now().micros();
    let id: i64 = diesel::insert_into(login_sessions::table)
        .values((
            login_sessions::user_id.eq(new.user.get()),
            login_sessions::created_at.eq(now),
            login_sessions::last_seen_at.eq(now),
            login_sessions::expires_at.eq(new.expires_at.micros()),
            login_sessions::address.eq(&new.address),
            login_sessions::agent.eq(&new.agent),
        ))
        .returning(login_sessions::id)
        .get_result(&mut **tx)?;
    Ok(LoginSessionId::new(id))
}

/// Lets the cookie with this hash open a login session, in place of any cookie before it. Only a live one: not revoked, not expired,
/// its user active. Answers whether it was.
///
/// # Errors
/// What the database answers.
pub fn bind(tx: &mut Transaction<'_>, login: LoginSessionId, handle_hash: [u8; 32]) -> Result<bool, StoreError> {
    let now = tx.now().micros();
    let active = users::table.filter(users::deactivated_at.is_null()).select(users::id);
    let live = login_sessions::table
        .find(login.get())
        .filter(login_sessions::revoked_at.is_null())
        .filter(login_sessions::expires_at.gt(now))
        .filter(login_sessions::user_id.eq_any(active));
    let bound = diesel::update(live).set(login_sessions::handle_hash.eq(Some(&handle_hash[..]))).execute(&mut **tx)?;
    Ok(bound == 1)
}

/// The cookie with this hash opens nothing any more. The login session stays.
///
/// # Errors
/// What the database answers.
pub fn unbind(tx: &mut Transaction<'_>, handle_hash: [u8; 32]) -> Result<(), StoreError> {
    diesel::update(login_sessions::table.filter(login_sessions::handle_hash.eq(&handle_hash[..])))
        .set(login_sessions::handle_hash.eq(None::<&[u8]>))
        .execute(&mut **tx)?;
    Ok(())
}

/// The live login session that a cookie opens.
///
/// # Errors
/// What the database answers.
pub(super) fn load(conn: &mut Connection, handle_hash: [u8; 32]) -> Result<Option<Login>, StoreError> {
    let live = with_caller!(login_sessions::table)
        .filter(login_sessions::handle_hash.eq(&handle_hash[..]))
        .filter(login_sessions::revoked_at.is_null())
        .filter(login_sessions::expires_at.gt(Timestamp::now().micros()))
        .filter(users::deactivated_at.is_null());
    let row: Option<LoginRow> =
        on_either!(conn, conn => live.select((login_sessions::id, login_sessions::expires_at, caller!())).get_result(conn)).optional()?;
    row.map(into_login).transpose()
}

/// The live login session with this id.
///
/// # Errors
/// What the database answers.
pub fn by_id(conn: &mut Connection, login: LoginSessionId) -> Result<Option<Login>, StoreError> {
    let row: Option<LoginRow> = with_caller!(login_sessions::table)
        .filter(login_sessions::id.eq(login.get()))
        .filter(login_sessions::revoked_at.is_null())
        .filter(login_sessions::expires_at.gt(Timestamp::now().micros()))
        .filter(users::deactivated_at.is_null())
        .select((login_sessions::id, login_sessions::expires_at, caller!()))
        .get_result(conn)
        .optional()?;
    row.map(into_login).transpose()
}

/// A login session as it is read: its id, its expiry, and whose it is.
pub(super) type LoginRow = (i64, i64, CallerRow);
/// The SQL types of a [`LoginRow`].
pub(super) type LoginTypes = (BigInt, BigInt, CallerTypes);

/// Reads it back.
pub(super) fn into_login((id, expires_at, caller): LoginRow) -> Result<Login, StoreError> {
    let (user, second_factor_missing) = read_caller(caller)?;
    Ok(Login { id: LoginSessionId::new(id), user, second_factor_missing, expires_at: Timestamp::from_micros(expires_at) })
}

/// Notes when login sessions were last used; each then lives for `lifetime` from that moment. Dead ones stay dead, and nothing moves
/// back.
///
/// # Errors
/// What the database answers.
pub fn touch(tx: &mut Transaction<'_>, seen: &[(LoginSessionId, Timestamp)], lifetime: Duration) -> Result<(), StoreError> {
    let now = tx.now().micros();
    for (login, at) in seen {
        let live = login_sessions::table
            .find(login.get())
            .filter(login_sessions::revoked_at.is_null())
            .filter(login_sessions::expires_at.gt(now))
            .filter(login_sessions::last_seen_at.lt(at.micros()));
        diesel::update(live)
            .set((login_sessions::last_seen_at.eq(at.micros()), login_sessions::expires_at.eq(at.after(lifetime).micros())))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// A person's live login sessions, the last used first.
///
/// # Errors
/// What the database answers.
pub fn list(conn: &mut Connection, user: UserId) -> Result<Vec<Device>, StoreError> {
    let rows: Vec<DeviceRow> = login_sessions::table
        .filter(login_sessions::user_id.eq(user.get()))
        .filter(login_sessions::revoked_at.is_null())
        .filter(login_sessions::expires_at.gt(Timestamp::now().micros()))
        .order((login_sessions::last_seen_at.desc(), login_sessions::id.desc()))
        .select(DeviceRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Device::from).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = login_sessions)]
struct DeviceRow {
    id: i64,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    address: String,
    agent: String,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: LoginSessionId::new(row.id),
            created_at: Timestamp::from_micros(row.created_at),
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            address: row.address,
            agent: row.agent,
        }
    }
}

/// Ends one login session.
pub(super) fn end(tx: &mut Transaction<'_>, login: LoginSessionId) -> Result<(), StoreError> {
    let now = tx.now().micros();
    diesel::update(login_sessions::table.find(login.get()).filter(login_sessions::revoked_at.is_null()))
        .set(login_sessions::revoked_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends all login sessions of a person, but perhaps one.
pub(super) fn end_all(tx: &mut Transaction<'_>, user: UserId, keep: Option<LoginSessionId>) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let theirs = login_sessions::table.filter(login_sessions::user_id.eq(user.get())).filter(login_sessions::revoked_at.is_null());
    // No row has the id 0.
    diesel::update(theirs.filter(login_sessions::id.ne(keep.map_or(0, LoginSessionId::get))))
        .set(login_sessions::revoked_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// When a login session ends; `None` where it has.
///
/// # Errors
/// What the database answers.
pub fn expiry(conn: &mut Connection, login: LoginSessionId) -> Result<Option<Timestamp>, StoreError> {
    let expires_at: Option<i64> = login_sessions::table
        .inner_join(users::table)
        .filter(login_sessions::id.eq(login.get()))
        .filter(login_sessions::revoked_at.is_null())
        .filter(login_sessions::expires_at.gt(Timestamp::now().micros()))
        .filter(users::deactivated_at.is_null())
        .select(login_sessions::expires_at)
        .get_result(conn)
        .optional()?;
    Ok(expires_at.map(Timestamp::from_micros))
}
