//! The second factor of an account: its sealed secret, the newest code that was used, and recovery codes.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::rows::{ColumnTypes, UserRow, word};
use super::schema::{api_tokens, login_sessions, recovery_codes, second_factors, users};
use super::{Connection, StoreError, Transaction, revocations};
use crate::domain::{Cause, PlaceRole, Scope, SecondFactorRule, Timestamp, User, UserId};

/// A second factor, confirmed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub sealed_secret: Vec<u8>,
    pub confirmed_at: Option<Timestamp>,
}

/// The factor of an account; `None` where it has none.
///
/// # Errors
/// What the database answers.
pub fn find(conn: &mut Connection, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
    let row: Option<(Vec<u8>, Option<i64>)> = second_factors::table
        .find(user.get())
        .select((second_factors::sealed_secret, second_factors::confirmed_at))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(sealed_secret, confirmed_at)| SecondFactor { sealed_secret, confirmed_at: confirmed_at.map(Timestamp::from_micros) }))
}

/// How many recovery codes are left.
///
/// # Errors
/// What the database answers.
pub fn codes_left(conn: &mut Connection, user: UserId) -> Result<i64, StoreError> {
    Ok(recovery_codes::table.filter(recovery_codes::user_id.eq(user.get())).count().get_result(conn)?)
}

/// Stores a secret that waits to be confirmed, in place of one that waits. A confirmed one stays: answers whether it was stored.
///
/// # Errors
/// What the database answers.
pub fn begin(tx: &mut Transaction<'_>, user: UserId, sealed: &[u8]) -> Result<bool, StoreError> {
    if find(tx, user)?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Ok(false);
    }
    let now = tx.now().micros();
    diesel::delete(second_factors::table.find(user.get())).execute(&mut **tx)?;
    diesel::insert_into(second_factors::table)
        .values((second_factors::user_id.eq(user.get()), second_factors::sealed_secret.eq(sealed), second_factors::created_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(true)
}

/// Uses a code's step: `false` for one that was used before, or that is older than one that was, or of a secret that is not there any
/// more. Two requests with one code cannot both get through, since this is one statement.
///
/// # Errors
/// What the database answers.
pub fn use_step(tx: &mut Transaction<'_>, user: UserId, sealed: &[u8], step: u64) -> Result<bool, StoreError> {
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let fresh =
        second_factors::table.find(user.get()).filter(second_factors::last_step.lt(step)).filter(second_factors::sealed_secret.eq(sealed));
    Ok(diesel::update(fresh).set(second_factors::last_step.eq(step)).execute(&mut **tx)? == 1)
}

/// Confirms the factor: from now on a sign-in asks for it.
///
/// # Errors
/// What the database answers.
pub fn confirm(tx: &mut Transaction<'_>, user: UserId, codes: &[[u8; 32]]) -> Result<(), StoreError> {
    let now = tx.now().micros();
    diesel::update(second_factors::table.find(user.get())).set(second_factors::confirmed_at.eq(now)).execute(&mut **tx)?;
    replace_codes(tx, user, codes)
}

/// New recovery codes in place of those there are.
///
/// # Errors
/// What the database answers.
pub fn replace_codes(tx: &mut Transaction<'_>, user: UserId, codes: &[[u8; 32]]) -> Result<(), StoreError> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user.get()))).execute(&mut **tx)?;
    for code in codes {
        let row = (recovery_codes::user_id.eq(user.get()), recovery_codes::code_hash.eq(&code[..]));
        diesel::insert_into(recovery_codes::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

/// Uses a recovery code up; `false` where it is none.
///
/// # Errors
/// What the database answers.
pub fn use_recovery_code(tx: &mut Transaction<'_>, user: UserId, code_hash: [u8; 32]) -> Result<bool, StoreError> {
    Ok(diesel::delete(recovery_codes::table.find((user.get(), &code_hash[..]))).execute(&mut **tx)? == 1)
}

/// Takes the factor away; `false` where there was none.
///
/// # Errors
/// What the database answers.
pub fn remove(tx: &mut Transaction<'_>, user: UserId) -> Result<bool, StoreError> {
    replace_codes(tx, user, &[])?;
    Ok(diesel::delete(second_factors::table.find(user.get())).execute(&mut **tx)? == 1)
}

/// An account as a credential finds it, when its factor was confirmed, and of whom the place asks for one: read in the statement that
/// looks the credential up, by [`caller!`].
pub(super) type CallerRow = (UserRow, Option<i64>, String);
/// The SQL types of a [`CallerRow`].
pub(super) type CallerTypes = (ColumnTypes<UserRow>, Nullable<BigInt>, Text);

/// Joins what a [`CallerRow`] is made of to a table that is joinable with `users`.
macro_rules! with_caller {
    ($credentials:expr) => {
        $credentials
            .inner_join(users::table.left_join(second_factors::table))
            .inner_join(place::table.on(place::id.eq($crate::store::place::THE_PLACE)))
    };
}

/// The columns of a [`CallerRow`].
macro_rules! caller {
    () => {
        (UserRow::as_select(), second_factors::confirmed_at.nullable(), place::second_factor)
    };
}
pub(super) use {caller, with_caller};

/// The account, and whether it must have a second factor and has none.
pub(super) fn read_caller((user, confirmed_at, rule): CallerRow) -> Result<(User, bool), StoreError> {
    let user = user.into_user()?;
    let asked = word(&rule, SecondFactorRule::from_word)?.asks(user.role);
    Ok((user, asked && confirmed_at.is_none()))
}

/// Who has none and must have one by this rule, of those who may have something open that the rule ends: an active account with a live
/// device or token.
pub(super) fn missing_from(conn: &mut Connection, rule: SecondFactorRule) -> Result<Vec<UserId>, StoreError> {
    let logins = login_sessions::table.filter(login_sessions::revoked_at.is_null()).select(login_sessions::user_id);
    let tokens = api_tokens::table.filter(api_tokens::revoked_at.is_null()).select(api_tokens::user_id);
    let confirmed = second_factors::table.filter(second_factors::confirmed_at.is_not_null()).select(second_factors::user_id);
    let rows: Vec<(i64, String)> = users::table
        .filter(users::deactivated_at.is_null())
        .filter(users::id.eq_any(logins).or(users::id.eq_any(tokens)))
        .filter(users::id.ne_all(confirmed))
        .order(users::id)
        .select((users::id, users::role))
        .load(conn)?;
    let mut missing = Vec::new();
    for (id, role) in rows {
        if rule.asks(word(&role, PlaceRole::from_word)?) {
            missing.push(UserId::new(id));
        }
    }
    Ok(missing)
}

/// Ends the sockets of somebody who must have a factor and has none any more.
///
/// # Errors
/// What the database answers.
pub fn end_sockets_without(tx: &mut Transaction<'_>, user: &User) -> Result<(), StoreError> {
    let asked = super::place::load(tx)?.is_some_and(|place| place.second_factor.asks(user.role));
    if asked { revocations::revoke(tx, Scope::UserSockets(user.id), Cause::SecondFactorNeeded) } else { Ok(()) }
}
