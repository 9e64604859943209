//! What admins do to accounts, and what everyone may do to their own: all of it is decided by the policy.

use crate::domain::{Action, Inactive, Outcome, Refusal, UserId};
use crate::store::{StoreError, Transaction, accounts};

/// Runs an action on an account.
pub fn run(tx: &mut Transaction<'_>, by: UserId, action: &Action) -> Result<Outcome, StoreError> {
    let by = Some(by);
    match action {
        Action::SetRole { user, role } => accounts::set_role(tx, by, *user, *role)?,
        Action::Deactivate { user } => accounts::deactivate(tx, by, *user)?,
        Action::Reactivate { user } => accounts::reopen(tx, by, *user, Inactive::Deactivated)?,
        Action::Ban { user, until, reason } => accounts::ban(tx, by, *user, *until, reason)?,
        Action::Unban { user } => accounts::reopen(tx, by, *user, Inactive::Banned)?,
        Action::DeleteAccount { user } => accounts::delete(tx, by, *user)?,
        _ => return Err(Refusal::not_found().into()),
    }
    Ok(Outcome::Done)
}
