//! The place: the team's one row.

use super::users::NewUser;
use super::{Connection, StoreError, Transaction};
use crate::domain::{PlaceName, RoomId, SignUpMode, User};

/// The team's Snug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: PlaceName,
    pub sign_up: SignUpMode,
    /// Random id of this history of the database.
    pub epoch: String,
    /// The hidden room that logs what belongs to no room.
    pub room: RoomId,
}

/// What the wizard asks for.
#[derive(Debug, Clone)]
pub struct NewPlace {
    pub name: PlaceName,
    pub sign_up: SignUpMode,
    /// Becomes the owner, whatever `owner.role` says.
    pub owner: NewUser,
}

/// The place; `None` before set-up.
///
/// # Errors
/// What the database answers.
pub fn load(_conn: &mut Connection) -> Result<Option<Place>, StoreError> {
    todo!()
}

/// Makes the place, its hidden room, its owner and `#general`.
///
/// # Errors
/// Refused with [`Code::AlreadySetUp`](crate::domain::Code::AlreadySetUp) where there is one.
pub fn establish(_tx: &mut Transaction<'_>, _new: &NewPlace) -> Result<User, StoreError> {
    todo!()
}
