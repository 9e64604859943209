//! What ends before its time.

use super::roles::stored_words;
use super::{LoginSessionId, RoomId, UserId};

/// Whose access ended. A revocation ends the sockets (or, for a room, the subscriptions) it matches on every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One device.
    LoginSession(LoginSessionId),
    /// All devices of a person but one.
    OtherLoginSessions { user: UserId, keep: LoginSessionId },
    /// Everything a person has open.
    User(UserId),
    /// What a person hears of one room. Their sockets stay.
    RoomMember { user: UserId, room: RoomId },
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    SignedOut,
    PasswordChanged,
    Deactivated,
    /// Left or was removed from a room.
    LeftRoom,
}

stored_words!(Cause { SignedOut = "signed_out", PasswordChanged = "password_changed", Deactivated = "deactivated", LeftRoom = "left_room" });

/// A stored revocation, as every node reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    pub scope: Scope,
    pub cause: Cause,
}
