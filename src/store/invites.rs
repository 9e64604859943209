//! Invite links.

use diesel::prelude::*;

use super::schema::{invites, users};
use super::{Connection, StoreError, Transaction};
use crate::domain::{Code, DisplayName, InviteId, Refusal, Timestamp, UserId};

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    pub token_hash: [u8; 32],
    pub by: UserId,
    pub expires_at: Option<Timestamp>,
    /// `None`: as many as come.
    pub uses_left: Option<i32>,
}

/// What a stranger with the link is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitePreview {
    pub invited_by: DisplayName,
}

/// A link as admins see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub id: InviteId,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub uses_left: Option<i32>,
    pub used: i32,
}

/// Stores a link.
///
/// # Errors
/// What the database answers.
pub fn create(tx: &mut Transaction<'_>, new: &NewInvite) -> Result<InviteId, StoreError> {
    let now = tx.now().micros();
    let id: i64 = diesel::insert_into(invites::table)
        .values((
            invites::token_hash.eq(&new.token_hash[..]),
            invites::created_by.eq(new.by.get()),
            invites::created_at.eq(now),
            invites::expires_at.eq(new.expires_at.map(Timestamp::micros)),
            invites::uses_left.eq(new.uses_left),
        ))
        .returning(invites::id)
        .get_result(&mut **tx)?;
    Ok(InviteId::new(id))
}

/// The condition under which a link opens something: not ended, not expired, not used up. That its maker is still there is asked
/// beside it.
macro_rules! open {
    ($now:expr) => {
        invites::revoked_at
            .is_null()
            .and(invites::expires_at.is_null().or(invites::expires_at.gt($now)))
            .and(invites::uses_left.is_null().or(invites::uses_left.gt(0)))
    };
}

/// Who invites; `None` for a link that opens nothing.
///
/// # Errors
/// What the database answers.
pub fn preview(conn: &mut Connection, token_hash: [u8; 32]) -> Result<Option<InvitePreview>, StoreError> {
    let name: Option<String> = invites::table
        .inner_join(users::table)
        .filter(invites::token_hash.eq(&token_hash[..]))
        .filter(open!(Timestamp::now().micros()))
        .filter(users::deactivated_at.is_null())
        .select(users::display_name)
        .get_result(conn)
        .optional()?;
    Ok(name.map(|name| InvitePreview { invited_by: DisplayName::from_stored(name) }))
}

/// Uses a link once.
///
/// # Errors
/// Refused with [`Code::InviteInvalid`] where it opens nothing.
pub fn spend(tx: &mut Transaction<'_>, token_hash: [u8; 32]) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let there = users::table.filter(users::deactivated_at.is_null()).select(users::id);
    let link = invites::table.filter(invites::token_hash.eq(&token_hash[..])).filter(open!(now)).filter(invites::created_by.eq_any(there));
    // NULL - 1 is NULL: a link without a limit stays without one.
    let spent = diesel::update(link)
        .set((invites::uses_left.eq(invites::uses_left - 1), invites::used.eq(invites::used + 1)))
        .execute(&mut **tx)?;
    match spent {
        0 => Err(Refusal::of(Code::InviteInvalid, "This invite link has ended; ask for a new one.").field("invite").into()),
        _ => Ok(()),
    }
}

/// The links that open something, newest first.
///
/// # Errors
/// What the database answers.
pub fn list(conn: &mut Connection) -> Result<Vec<Invite>, StoreError> {
    let rows: Vec<InviteRow> =
        invites::table.filter(open!(Timestamp::now().micros())).order(invites::id.desc()).select(InviteRow::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Invite::from).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = invites)]
struct InviteRow {
    id: i64,
    created_by: i64,
    created_at: i64,
    expires_at: Option<i64>,
    uses_left: Option<i32>,
    used: i32,
}

impl From<InviteRow> for Invite {
    fn from(row: InviteRow) -> Self {
        Self {
            id: InviteId::new(row.id),
            created_by: UserId::new(row.created_by),
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            uses_left: row.uses_left,
            used: row.used,
        }
    }
}

/// Ends a link.
///
/// # Errors
/// Refused with [`Code::NotFound`] where there is none, or it has been ended already.
pub fn revoke(tx: &mut Transaction<'_>, invite: InviteId) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let ended = diesel::update(invites::table.find(invite.get()).filter(invites::revoked_at.is_null()))
        .set(invites::revoked_at.eq(now))
        .execute(&mut **tx)?;
    if ended == 0 { Err(Refusal::not_found().into()) } else { Ok(()) }
}
