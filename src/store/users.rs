//! Accounts.

use super::{Connection, StoreError, Transaction};
use crate::domain::{DisplayName, LoginSessionId, PlaceRole, User, UserId, Username};

/// An account to be made.
#[derive(Clone)]
pub struct NewUser {
    pub username: Username,
    pub display_name: DisplayName,
    /// The PHC string.
    pub password_hash: String,
    pub role: PlaceRole,
}

/// An account with what its password is checked against.
#[derive(Clone)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("username", &self.username).field("role", &self.role).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Makes an account, its hidden room and its memberships in the default rooms.
///
/// # Errors
/// Refused with [`Code::UsernameTaken`](crate::domain::Code::UsernameTaken) where one looks like it.
pub fn create(_tx: &mut Transaction<'_>, _new: &NewUser) -> Result<User, StoreError> {
    todo!()
}

/// The account of this name, deactivated or not.
///
/// # Errors
/// What the database answers.
pub fn credentials(_conn: &mut Connection, _username: &Username) -> Result<Option<Credentials>, StoreError> {
    todo!()
}

/// The account of this id, deactivated or not.
///
/// # Errors
/// What the database answers.
pub fn credentials_of(_conn: &mut Connection, _user: UserId) -> Result<Option<Credentials>, StoreError> {
    todo!()
}

/// Sets the password and ends every login session but one.
///
/// # Errors
/// What the database answers.
pub fn set_password(_tx: &mut Transaction<'_>, _user: UserId, _hash: &str, _keep: LoginSessionId) -> Result<(), StoreError> {
    todo!()
}

/// Everyone, by id.
///
/// # Errors
/// What the database answers.
pub fn list(_conn: &mut Connection) -> Result<Vec<User>, StoreError> {
    todo!()
}

/// One account.
///
/// # Errors
/// What the database answers.
pub fn find(_conn: &mut Connection, _user: UserId) -> Result<Option<User>, StoreError> {
    todo!()
}
