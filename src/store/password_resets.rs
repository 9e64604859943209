//! One-time links by which somebody sets a new password without the old one.

use std::time::Duration;

use diesel::prelude::*;

use super::schema::{password_resets, users};
use super::{Connection, StoreError, Transaction};
use crate::domain::{Timestamp, UserId, Username};

/// How long a link works.
pub const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReset {
    pub user: UserId,
    pub token_hash: [u8; 32],
    /// The admin who hands it out; `None` for the command line.
    pub by: Option<UserId>,
    pub expires_at: Timestamp,
}

/// Whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    pub user: UserId,
    pub username: Username,
}

/// Stores a link. Links of the same account that were made before end: only the newest works.
///
/// # Errors
/// What the database answers.
pub fn create(tx: &mut Transaction<'_>, new: &NewReset) -> Result<(), StoreError> {
    let now = tx.now().micros();
    end_all(tx, new.user)?;
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::user_id.eq(new.user.get()),
            password_resets::token_hash.eq(&new.token_hash[..]),
            password_resets::created_by.eq(new.by.map(UserId::get)),
            password_resets::created_at.eq(now),
            password_resets::expires_at.eq(new.expires_at.micros()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// What a link opens; `None` for one that was used, has expired, or whose account is not active.
///
/// # Errors
/// What the database answers.
pub fn find(conn: &mut Connection, token_hash: [u8; 32]) -> Result<Option<Reset>, StoreError> {
    let row: Option<(i64, String)> = password_resets::table
        .inner_join(users::table.on(users::id.eq(password_resets::user_id)))
        .filter(password_resets::token_hash.eq(&token_hash[..]))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::expires_at.gt(Timestamp::now().micros()))
        .filter(users::deactivated_at.is_null())
        .select((users::id, users::username))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(user, username)| Reset { user: UserId::new(user), username: Username::from_stored(username) }))
}

/// Uses a link up, and every other one of the account with it: `None` where it opens nothing, also for the second of two at once.
///
/// # Errors
/// What the database answers.
pub fn spend(tx: &mut Transaction<'_>, token_hash: [u8; 32]) -> Result<Option<Reset>, StoreError> {
    let found = find(tx, token_hash)?;
    if let Some(reset) = &found {
        end_all(tx, reset.user)?;
    }
    Ok(found)
}

fn end_all(tx: &mut Transaction<'_>, user: UserId) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let open = password_resets::table.filter(password_resets::user_id.eq(user.get())).filter(password_resets::used_at.is_null());
    diesel::update(open).set(password_resets::used_at.eq(now)).execute(&mut **tx)?;
    Ok(())
}
