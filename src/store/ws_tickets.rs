//! One-time tickets for the handshakes of clients that can set no header.

use diesel::prelude::*;

use super::rows::{UserRow, word};
use super::schema::{revoked_jwts, users, ws_tickets};
use super::{StoreError, Transaction, api_tokens, login_sessions};
use crate::domain::{Credential, Grant, JwtKey, Timestamp, User, UserId};

/// A ticket to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTicket {
    pub token_hash: [u8; 32],
    pub user: UserId,
    /// What minted it, and what the socket will belong to.
    pub credential: Credential,
    /// When that ends by itself.
    pub credential_expires_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

/// What a ticket stood for: its credential as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    pub user: User,
    /// Whether they must have a second factor and have none.
    pub second_factor_missing: bool,
    pub credential: Credential,
    pub grant: Grant,
    pub expires_at: Option<Timestamp>,
}

/// Stores a ticket, and forgets those that nobody came with.
///
/// # Errors
/// What the database answers.
pub fn create(tx: &mut Transaction<'_>, new: &NewTicket) -> Result<(), StoreError> {
    let now = tx.now().micros();
    diesel::delete(ws_tickets::table.filter(ws_tickets::expires_at.le(now))).execute(&mut **tx)?;
    diesel::insert_into(ws_tickets::table)
        .values((
            ws_tickets::token_hash.eq(&new.token_hash[..]),
            ws_tickets::user_id.eq(new.user.get()),
            ws_tickets::credential.eq(new.credential.to_string()),
            ws_tickets::credential_expires_at.eq(new.credential_expires_at.map(Timestamp::micros)),
            ws_tickets::expires_at.eq(new.expires_at.micros()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes a ticket: whoever comes second finds none. `None` also where it is too old, or what minted it has ended since.
///
/// # Errors
/// What the database answers.
pub fn redeem(tx: &mut Transaction<'_>, token_hash: [u8; 32]) -> Result<Option<Redeemed>, StoreError> {
    let now = tx.now().micros();
    let row: Option<(i64, String, Option<i64>, i64)> = diesel::delete(ws_tickets::table.filter(ws_tickets::token_hash.eq(&token_hash[..])))
        .returning((ws_tickets::user_id, ws_tickets::credential, ws_tickets::credential_expires_at, ws_tickets::expires_at))
        .get_result(&mut **tx)
        .optional()?;
    let Some((user, credential, ends, _)) = row.filter(|(.., expires_at)| *expires_at > now) else {
        return Ok(None);
    };
    let credential = word(&credential, Credential::from_word)?;
    let ends = ends.map(Timestamp::from_micros);
    Ok(match credential {
        Credential::Login(id) => login_sessions::by_id(tx, id)?.map(|login| Redeemed {
            user: login.user,
            second_factor_missing: login.second_factor_missing,
            credential,
            grant: Grant::FULL,
            expires_at: Some(login.expires_at),
        }),
        Credential::Token(id) => api_tokens::by_id(tx, id)?.map(|token| Redeemed {
            user: token.user,
            second_factor_missing: token.second_factor_missing,
            credential,
            grant: token.grant,
            expires_at: token.expires_at,
        }),
        Credential::Jwt(key) => {
            let bearer = bearer_of_jwt(tx, UserId::new(user), key, ends)?;
            bearer.map(|user| Redeemed { user, second_factor_missing: false, credential, grant: Grant::FULL, expires_at: ends })
        }
    })
}

fn bearer_of_jwt(tx: &mut Transaction<'_>, user: UserId, key: JwtKey, ends: Option<Timestamp>) -> Result<Option<User>, StoreError> {
    if ends.is_some_and(|ends| ends <= tx.now()) {
        return Ok(None);
    }
    let row: Option<(UserRow, Option<i64>)> = users::table
        .left_join(revoked_jwts::table.on(revoked_jwts::jwt_key.eq(&key.0[..])))
        .filter(users::id.eq(user.get()))
        .filter(users::deactivated_at.is_null())
        .select((UserRow::as_select(), revoked_jwts::expires_at.nullable()))
        .get_result(&mut **tx)
        .optional()?;
    row.filter(|(_, revoked)| revoked.is_none()).map(|(user, _)| user.into_user()).transpose()
}
