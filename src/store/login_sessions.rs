//! The stored sign-in behind each cookie.

use std::time::Duration;

use super::{Connection, StoreError, Transaction};
use crate::domain::{Cause, LoginSessionId, Scope, Timestamp, User, UserId};

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
pub fn create(_tx: &mut Transaction<'_>, _new: &NewLogin) -> Result<LoginSessionId, StoreError> {
    todo!()
}

/// Lets the cookie with this hash open a login session, in place of any other. Only a live one: not revoked, not expired, its user
/// active. Answers whether it was.
///
/// # Errors
/// What the database answers.
pub fn bind(_tx: &mut Transaction<'_>, _login: LoginSessionId, _handle_hash: [u8; 32]) -> Result<bool, StoreError> {
    todo!()
}

/// The cookie with this hash opens nothing any more. The login session stays.
///
/// # Errors
/// What the database answers.
pub fn unbind(_tx: &mut Transaction<'_>, _handle_hash: [u8; 32]) -> Result<(), StoreError> {
    todo!()
}

/// The live login session that a cookie opens.
///
/// # Errors
/// What the database answers.
pub fn load(_conn: &mut Connection, _handle_hash: [u8; 32]) -> Result<Option<Login>, StoreError> {
    todo!()
}

/// Notes when login sessions were last used; each then lives for `lifetime` from that moment. Dead ones stay dead, and nothing moves
/// back.
///
/// # Errors
/// What the database answers.
pub fn touch(_tx: &mut Transaction<'_>, _seen: &[(LoginSessionId, Timestamp)], _lifetime: Duration) -> Result<(), StoreError> {
    todo!()
}

/// A person's live login sessions, the last used first.
///
/// # Errors
/// What the database answers.
pub fn list(_conn: &mut Connection, _user: UserId) -> Result<Vec<Device>, StoreError> {
    todo!()
}

/// Ends everything the scope names: the rows, and by the stored revocation the sockets on every node.
///
/// # Errors
/// What the database answers.
pub fn revoke(_tx: &mut Transaction<'_>, _scope: Scope, _cause: Cause) -> Result<(), StoreError> {
    todo!()
}

/// When a login session ends; `None` where it has.
///
/// # Errors
/// What the database answers.
pub fn expiry(_conn: &mut Connection, _login: LoginSessionId) -> Result<Option<Timestamp>, StoreError> {
    todo!()
}
