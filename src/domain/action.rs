//! Everything a user can ask to change in what others see.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    BanReason, ClientId, Code, Content, Cursor, DisplayName, Membership, Message, Number, PlaceName, PlaceRole, Refusal, RoomId, RoomName,
    RoomRole, SecondFactorRule, SignUpMode, Timestamp, Topic, User, UserId, Visibility,
};

/// One change. The socket and the REST API make the same ones; the writer runs them; there is no other way to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Post { room: RoomId, client_id: ClientId, content: Content },
    MarkRead { room: RoomId, number: Number },
    CreateRoom { name: RoomName, topic: Topic, visibility: Visibility },
    OpenDirect { peers: DirectPeers },
    JoinRoom { room: RoomId },
    LeaveRoom { room: RoomId },
    AddMember { room: RoomId, user: UserId },
    RemoveMember { room: RoomId, user: UserId },
    RenameRoom { room: RoomId, name: RoomName },
    SetTopic { room: RoomId, topic: Topic },
    SetVisibility { room: RoomId, visibility: Visibility },
    SetArchived { room: RoomId, archived: bool },
    SetDisplayName { display_name: DisplayName },
    RenamePlace { name: PlaceName },
    SetSignUp { mode: SignUpMode },
    SetSecondFactorRule { rule: SecondFactorRule },
    SetRole { user: UserId, role: PlaceRole },
    Deactivate { user: UserId },
    Reactivate { user: UserId },
    Ban { user: UserId, until: Option<Timestamp>, reason: BanReason },
    Unban { user: UserId },
    DeleteAccount { user: UserId },
    SetRoomRole { room: RoomId, user: UserId, role: RoomRole },
    BanMember { room: RoomId, user: UserId },
    UnbanMember { room: RoomId, user: UserId },
}

impl Action {
    /// The room whose log it will number, where that is known beforehand; the writer locks these in order.
    pub const fn room(&self) -> Option<RoomId> {
        match self {
            Self::Post { room, .. }
            | Self::MarkRead { room, .. }
            | Self::JoinRoom { room }
            | Self::LeaveRoom { room }
            | Self::AddMember { room, .. }
            | Self::RemoveMember { room, .. }
            | Self::RenameRoom { room, .. }
            | Self::SetTopic { room, .. }
            | Self::SetVisibility { room, .. }
            | Self::SetArchived { room, .. }
            | Self::SetRoomRole { room, .. }
            | Self::BanMember { room, .. }
            | Self::UnbanMember { room, .. } => Some(*room),
            Self::CreateRoom { .. }
            | Self::OpenDirect { .. }
            | Self::SetDisplayName { .. }
            | Self::RenamePlace { .. }
            | Self::SetSignUp { .. }
            | Self::SetSecondFactorRule { .. }
            | Self::SetRole { .. }
            | Self::Deactivate { .. }
            | Self::Reactivate { .. }
            | Self::Ban { .. }
            | Self::Unban { .. }
            | Self::DeleteAccount { .. } => None,
        }
    }

    /// The person it is done to, where it is done to one.
    pub const fn subject(&self) -> Option<UserId> {
        match self {
            Self::AddMember { user, .. }
            | Self::RemoveMember { user, .. }
            | Self::SetRole { user, .. }
            | Self::Deactivate { user }
            | Self::Reactivate { user }
            | Self::Ban { user, .. }
            | Self::Unban { user }
            | Self::DeleteAccount { user }
            | Self::SetRoomRole { user, .. }
            | Self::BanMember { user, .. }
            | Self::UnbanMember { user, .. } => Some(*user),
            Self::Post { .. }
            | Self::MarkRead { .. }
            | Self::CreateRoom { .. }
            | Self::OpenDirect { .. }
            | Self::JoinRoom { .. }
            | Self::LeaveRoom { .. }
            | Self::RenameRoom { .. }
            | Self::SetTopic { .. }
            | Self::SetVisibility { .. }
            | Self::SetArchived { .. }
            | Self::SetDisplayName { .. }
            | Self::RenamePlace { .. }
            | Self::SetSignUp { .. }
            | Self::SetSecondFactorRule { .. } => None,
        }
    }
}

/// What an action answers to the one who asked; also the body of the socket's `reply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Outcome {
    /// Stored; for a retry of the same `client_id` the first message comes back.
    Posted { message: Message, cursor: Cursor },
    /// The read position now in force: it never moves back.
    Read { room: RoomId, number: Number },
    /// The room one is in now.
    Entered { room: Membership },
    /// One's own account.
    Changed { user: User },
    /// Done; what changed comes as an event.
    Done,
}

/// The others of a direct room: one to eight people, oneself not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectPeers(BTreeSet<UserId>);

impl DirectPeers {
    /// Most people beside oneself.
    pub const MOST: usize = 8;

    /// Checks the number of different people beside `me`.
    ///
    /// # Errors
    /// [`Code::PeersInvalid`].
    pub fn parse(me: UserId, users: &[UserId]) -> Result<Self, Refusal> {
        let others: BTreeSet<UserId> = users.iter().take(Self::MOST + 2).copied().filter(|user| *user != me).collect();
        if others.is_empty() || others.len() > Self::MOST || users.len() > Self::MOST + 1 {
            return Err(Refusal::of(Code::PeersInvalid, "A direct conversation has one to eight people beside you.").field("users"));
        }
        Ok(Self(others))
    }

    /// The others, in order.
    pub fn iter(&self) -> impl Iterator<Item = UserId> + '_ {
        self.0.iter().copied()
    }

    /// The one spelling of this set of people together with `me`; UNIQUE in the database, so that a conversation exists once.
    pub fn key(&self, me: UserId) -> String {
        let mut all: Vec<i64> = self.0.iter().map(|user| user.get()).chain([me.get()]).collect();
        all.sort_unstable();
        all.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direct_room_is_its_people() {
        let user = UserId::new;
        let peers = DirectPeers::parse(user(3), &[user(9), user(1), user(9)]).unwrap();
        assert_eq!(peers.key(user(3)), "1,3,9");
        let eight: Vec<UserId> = (2..=9).map(user).collect();
        assert!(DirectPeers::parse(user(1), &eight).is_ok());
        let nine: Vec<UserId> = (2..=10).map(user).collect();
        for refused in [&[][..], &[user(1)], &nine] {
            assert_eq!(DirectPeers::parse(user(1), refused).unwrap_err().code, Code::PeersInvalid);
        }
    }
}
