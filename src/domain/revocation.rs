//! Ends of access: what must end on every open socket when an identity or a membership ends before its time.

use super::roles::stored_words;
use super::{Credential, LoginSessionId, RoomId, UserId};

/// Whose access ended. A revocation ends the sockets (or, for a room, the subscriptions) it matches on every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One device, API token or JWT.
    Credential(Credential),
    /// All devices of a person but one. Their tokens stay.
    OtherLogins { user: UserId, keep: LoginSessionId },
    /// Everything that a person has open, but by one credential.
    Others { user: UserId, keep: Credential },
    /// Everything that a person has open.
    User(UserId),
    /// The sockets of a person, which may come back at once: what they are allowed has changed.
    UserSockets(UserId),
    /// What a person hears of one room. Their sockets stay.
    RoomMember { user: UserId, room: RoomId },
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    SignedOut,
    TokenRevoked,
    PasswordChanged,
    Deactivated,
    Banned,
    /// The account was deleted by its owner or an admin.
    Deleted,
    /// The role in the place is another one.
    RoleChanged,
    /// The place asks for a second factor, and this person has none.
    SecondFactorNeeded,
    /// Left or was removed from a room.
    LeftRoom,
}

stored_words!(Cause {
    SignedOut = "signed_out",
    TokenRevoked = "token_revoked",
    PasswordChanged = "password_changed",
    Deactivated = "deactivated",
    Banned = "banned",
    Deleted = "deleted",
    RoleChanged = "role_changed",
    SecondFactorNeeded = "second_factor_needed",
    LeftRoom = "left_room",
});

/// A stored revocation, as every node reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    pub scope: Scope,
    pub cause: Cause,
}
