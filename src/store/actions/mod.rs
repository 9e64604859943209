//! Every change that a user can ask for.

use super::{StoreError, Transaction};
use crate::domain::{Action, Outcome, UserId};

/// Checks the right on fresh rows, makes the change and logs it.
///
/// # Errors
/// [`StoreError::Refused`] with the reason; what the database answers.
pub fn run(_tx: &mut Transaction<'_>, _by: UserId, _action: &Action) -> Result<Outcome, StoreError> {
    todo!()
}
