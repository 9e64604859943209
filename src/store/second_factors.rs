//! The second factor of an account: its sealed secret, the newest code that was used, and recovery codes.

use diesel::prelude::*;

use super::schema::{recovery_codes, second_factors};
use super::{Connection, StoreError, Transaction};
use crate::domain::{Timestamp, UserId};

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
