//! Stored revocations, read by every node.

use super::{Connection, StoreError, Transaction};
use crate::domain::{Revocation, RevocationId, Timestamp};

/// The revocations stored since a moment, in the order of their ids.
///
/// # Errors
/// What the database answers.
pub fn since(_conn: &mut Connection, _moment: Timestamp) -> Result<Vec<(RevocationId, Revocation)>, StoreError> {
    todo!()
}

/// Forgets those stored before a moment.
///
/// # Errors
/// What the database answers.
pub fn prune(_tx: &mut Transaction<'_>, _before: Timestamp) -> Result<(), StoreError> {
    todo!()
}
