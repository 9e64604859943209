//! Invite links.

use super::{Connection, StoreError, Transaction};
use crate::domain::{DisplayName, InviteId, Timestamp, UserId};

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    pub token_hash: [u8; 32],
    pub by: UserId,
    pub expires_at: Option<Timestamp>,
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
pub fn create(_tx: &mut Transaction<'_>, _new: &NewInvite) -> Result<InviteId, StoreError> {
    todo!()
}

/// Who invites; `None` for a link that opens nothing.
///
/// # Errors
/// What the database answers.
pub fn preview(_conn: &mut Connection, _token_hash: [u8; 32]) -> Result<Option<InvitePreview>, StoreError> {
    todo!()
}

/// Uses a link once.
///
/// # Errors
/// Refused with [`Code::InviteInvalid`](crate::domain::Code::InviteInvalid) where it opens nothing.
pub fn spend(_tx: &mut Transaction<'_>, _token_hash: [u8; 32]) -> Result<(), StoreError> {
    todo!()
}

/// The links that open something, newest first.
///
/// # Errors
/// What the database answers.
pub fn list(_conn: &mut Connection) -> Result<Vec<Invite>, StoreError> {
    todo!()
}

/// Ends a link.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound) where there is none, or it has ended.
pub fn revoke(_tx: &mut Transaction<'_>, _invite: InviteId) -> Result<(), StoreError> {
    todo!()
}
