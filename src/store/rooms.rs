//! Rooms, as those who may see them see them.

use super::{Connection, StoreError};
use crate::domain::{ListedRoom, Member, Membership, RoomId, UserId};

/// Every room a person is in, the hidden ones too, by id.
///
/// # Errors
/// What the database answers.
pub fn of_user(_conn: &mut Connection, _user: UserId) -> Result<Vec<Membership>, StoreError> {
    todo!()
}

/// A room as one of its members sees it.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound): not in it, or there is none.
pub fn membership(_conn: &mut Connection, _user: UserId, _room: RoomId) -> Result<Membership, StoreError> {
    todo!()
}

/// The public rooms, by name.
///
/// # Errors
/// Refused with [`Code::Forbidden`](crate::domain::Code::Forbidden) for guests.
pub fn public(_conn: &mut Connection, _by: UserId) -> Result<Vec<ListedRoom>, StoreError> {
    todo!()
}

/// The people of a room that `by` is in, in the order in which they came.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound): not in it, or there is none.
pub fn members(_conn: &mut Connection, _by: UserId, _room: RoomId) -> Result<Vec<Member>, StoreError> {
    todo!()
}
