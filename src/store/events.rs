//! Reading the log again.

use super::{Connection, StoreError};
use crate::domain::{Cursor, LogEntry, RoomId, Seq, UserId};

/// What came of a cursor: all that was missed, or a clear no. Never a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// Everything after the cursor without a gap, and the cursor reached.
    Entries(Vec<LogEntry>, Cursor),
    /// The cursor is of another history, or too far behind: start the room over.
    Reset,
    /// Not in it, or there is none.
    Hidden,
}

/// What a person missed in several rooms: each from its cursor up to a `seq`. Further behind than `limit_per_room` is a reset.
///
/// # Errors
/// What the database answers.
pub fn replay(
    _conn: &mut Connection,
    _by: UserId,
    _rooms: &[(RoomId, Cursor, Seq)],
    _limit_per_room: usize,
) -> Result<Vec<(RoomId, Replay)>, StoreError> {
    todo!()
}

/// The next entries of one room after a cursor: at most `most`, and none beyond `up_to`.
///
/// # Errors
/// What the database answers.
pub fn page(_conn: &mut Connection, _by: UserId, _room: RoomId, _after: Cursor, _up_to: Seq, _most: usize) -> Result<Replay, StoreError> {
    todo!()
}
