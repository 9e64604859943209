//! JWTs that were ended before their time.

use diesel::prelude::*;

use super::connection::on_either;
use super::schema::revoked_jwts;
use super::{StoreError, Transaction, revocations};
use crate::domain::{Cause, Credential, JwtKey, Revocation, Scope, Timestamp};

/// Ends a token: it opens nothing any more, and what it has open ends on every node.
///
/// # Errors
/// What the database answers.
pub fn revoke(tx: &mut Transaction<'_>, key: JwtKey, expires_at: Timestamp) -> Result<(), StoreError> {
    let row = (revoked_jwts::jwt_key.eq(&key.0[..]), revoked_jwts::expires_at.eq(expires_at.micros()));
    on_either!(&mut **tx, conn => {
        diesel::insert_into(revoked_jwts::table).values(row).on_conflict_do_nothing().execute(conn)
    })?;
    revocations::store(tx, Revocation { scope: Scope::Credential(Credential::Jwt(key)), cause: Cause::SignedOut })
}

/// Forgets those that would be refused anyway, since they have expired.
///
/// # Errors
/// What the database answers.
pub fn prune(tx: &mut Transaction<'_>) -> Result<(), StoreError> {
    let now = tx.now().micros();
    diesel::delete(revoked_jwts::table.filter(revoked_jwts::expires_at.lt(now))).execute(&mut **tx)?;
    Ok(())
}
