//! Pages of messages.

use super::{Connection, StoreError};
use crate::domain::{Cursor, Message, Number, RoomId, UserId};

/// Which messages of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageAt {
    Newest,
    Before(Number),
    After(Number),
    /// Half of them up to this one, half after it.
    Around(Number),
}

/// Some messages in a row, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePage {
    pub messages: Vec<Message>,
    pub has_older: bool,
    pub has_newer: bool,
    /// The end of the room's log in the same snapshot.
    pub cursor: Cursor,
}

/// Most messages of one page.
pub const MOST: u32 = 200;

/// A page of a room that `by` is in: at most `limit` messages, and never more than [`MOST`].
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound): not in it, or there is none.
pub fn page(_conn: &mut Connection, _by: UserId, _room: RoomId, _at: PageAt, _limit: u32) -> Result<MessagePage, StoreError> {
    todo!()
}
