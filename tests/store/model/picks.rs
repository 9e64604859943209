//! Random choices, made into actions of the people and rooms that are there.

use proptest::prelude::*;
use snug::domain::{
    Action, BanReason, ClientId, DirectPeers, DisplayName, Inactive, Number, PlaceName, PlaceRole, RoomId, RoomName, RoomRole,
    SecondFactorRule, SignUpMode, Topic, UserId, Visibility,
};
use uuid::Uuid;

use super::place::Place;
use crate::harness::post_as;

/// A kind of change, and numbers that pick the people, the room and the words.
#[derive(Debug, Clone, Copy)]
pub struct Pick {
    pub kind: Kind,
    pub who: usize,
    pub whom: usize,
    pub room: usize,
    pub word: usize,
    pub yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Somebody signs up, which is no action of anybody who is there.
    Arrive,
    Post,
    MarkRead,
    CreateRoom,
    OpenDirect,
    JoinRoom,
    LeaveRoom,
    AddMember,
    RemoveMember,
    RenameRoom,
    SetTopic,
    SetVisibility,
    SetArchived,
    SetDisplayName,
    RenamePlace,
    SetSignUp,
    SetSecondFactorRule,
    SetRole,
    Deactivate,
    Reactivate,
    Ban,
    Unban,
    DeleteAccount,
    SetRoomRole,
    BanMember,
    UnbanMember,
}

impl Kind {
    /// All of them, and how often each is picked. Posting and coming in are most of what happens; who is gone does nothing any more.
    pub const ALL: [(u32, Self); 26] = [
        (2, Self::Arrive),
        (12, Self::Post),
        (5, Self::MarkRead),
        (4, Self::CreateRoom),
        (3, Self::OpenDirect),
        (5, Self::JoinRoom),
        (2, Self::LeaveRoom),
        (6, Self::AddMember),
        (2, Self::RemoveMember),
        (2, Self::RenameRoom),
        (2, Self::SetTopic),
        (3, Self::SetVisibility),
        (2, Self::SetArchived),
        (2, Self::SetDisplayName),
        (1, Self::RenamePlace),
        (1, Self::SetSignUp),
        (1, Self::SetSecondFactorRule),
        (5, Self::SetRole),
        (1, Self::Deactivate),
        (3, Self::Reactivate),
        (1, Self::Ban),
        (3, Self::Unban),
        (1, Self::DeleteAccount),
        (4, Self::SetRoomRole),
        (2, Self::BanMember),
        (3, Self::UnbanMember),
    ];

    /// The kind of an action.
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::Post { .. } => Self::Post,
            Action::MarkRead { .. } => Self::MarkRead,
            Action::CreateRoom { .. } => Self::CreateRoom,
            Action::OpenDirect { .. } => Self::OpenDirect,
            Action::JoinRoom { .. } => Self::JoinRoom,
            Action::LeaveRoom { .. } => Self::LeaveRoom,
            Action::AddMember { .. } => Self::AddMember,
            Action::RemoveMember { .. } => Self::RemoveMember,
            Action::RenameRoom { .. } => Self::RenameRoom,
            Action::SetTopic { .. } => Self::SetTopic,
            Action::SetVisibility { .. } => Self::SetVisibility,
            Action::SetArchived { .. } => Self::SetArchived,
            Action::SetDisplayName { .. } => Self::SetDisplayName,
            Action::RenamePlace { .. } => Self::RenamePlace,
            Action::SetSignUp { .. } => Self::SetSignUp,
            Action::SetSecondFactorRule { .. } => Self::SetSecondFactorRule,
            Action::SetRole { .. } => Self::SetRole,
            Action::Deactivate { .. } => Self::Deactivate,
            Action::Reactivate { .. } => Self::Reactivate,
            Action::Ban { .. } => Self::Ban,
            Action::Unban { .. } => Self::Unban,
            Action::DeleteAccount { .. } => Self::DeleteAccount,
            Action::SetRoomRole { .. } => Self::SetRoomRole,
            Action::BanMember { .. } => Self::BanMember,
            Action::UnbanMember { .. } => Self::UnbanMember,
        }
    }
}

/// Any pick.
pub fn pick() -> impl Strategy<Value = Pick> {
    let kinds = proptest::strategy::Union::new_weighted(Kind::ALL.map(|(often, kind)| (often, Just(kind))).to_vec());
    // The first ones, who may the most, act the most.
    let who = prop_oneof![2 => 0..3usize, 3 => 0..8usize];
    (kinds, who, 0..8usize, 0..7usize, 0..4usize, any::<bool>()).prop_map(|(kind, who, whom, room, word, yes)| Pick {
        kind,
        who,
        whom,
        room,
        word,
        yes,
    })
}

/// An owner of the place, and somebody whose account is shut for this reason.
fn shut(place: &Place, because: Inactive) -> Option<(UserId, UserId)> {
    let owner = place.people.iter().find(|(_, person)| person.role == PlaceRole::Owner && person.is_active());
    let user = place.people.iter().find(|(_, person)| person.inactive == Some(because));
    Some((*owner?.0, *user?.0))
}

/// An owner of a room, the room, and somebody who was banned from it.
fn banned(place: &Place) -> Option<(UserId, RoomId, UserId)> {
    place.rooms.iter().find_map(|(room, facts)| {
        let owner = facts.parts.iter().find(|part| part.role == RoomRole::Owner && place.people[&part.user].is_active())?;
        Some((owner.user, *room, *facts.banned.first()?))
    })
}

impl Pick {
    /// Who asks and for what; `None` where nobody asks.
    pub fn action(self, place: &Place) -> Option<(UserId, Action)> {
        const WORDS: [&str; 4] = ["attic", "cellar", "hall", "Attic"];
        let people: Vec<UserId> = place.people.keys().copied().collect();
        let rooms: Vec<RoomId> = place.rooms.keys().copied().collect();
        let (me, user) = (people[self.who % people.len()], people[self.whom % people.len()]);
        let (room, word, yes) = (rooms[self.room % rooms.len()], WORDS[self.word], self.yes);
        let visibility = if yes { Visibility::Public } else { Visibility::Private };
        let name = RoomName::parse(word).unwrap();
        let action = match self.kind {
            Kind::Arrive => return None,
            // Few ids, so that many are used again, with the same body or (by another word) not.
            Kind::Post => post_as(ClientId::from_uuid(Uuid::from_u128(1 + self.whom as u128 * 2 + u128::from(yes))), room, word),
            Kind::MarkRead => Action::MarkRead { room, number: Number(self.word as i64 * 2 - 1) },
            Kind::CreateRoom => Action::CreateRoom { name, topic: Topic::empty(), visibility },
            Kind::OpenDirect => {
                let others: Vec<UserId> = if yes { vec![user] } else { people.into_iter().take(2 + self.word).collect() };
                Action::OpenDirect { peers: DirectPeers::parse(me, &others).ok()? }
            }
            Kind::JoinRoom => Action::JoinRoom { room },
            Kind::LeaveRoom => Action::LeaveRoom { room },
            Kind::AddMember => Action::AddMember { room, user },
            Kind::RemoveMember => Action::RemoveMember { room, user },
            Kind::RenameRoom => Action::RenameRoom { room, name },
            Kind::SetTopic => Action::SetTopic { room, topic: Topic::parse(word).unwrap() },
            Kind::SetVisibility => Action::SetVisibility { room, visibility },
            Kind::SetArchived => Action::SetArchived { room, archived: yes },
            Kind::SetDisplayName => Action::SetDisplayName { display_name: DisplayName::parse(&format!("{word} {yes}")).unwrap() },
            Kind::RenamePlace => Action::RenamePlace { name: PlaceName::parse(if yes { "Home" } else { "Office" }).unwrap() },
            Kind::SetSignUp => Action::SetSignUp { mode: if yes { SignUpMode::Open } else { SignUpMode::Invite } },
            Kind::SetSecondFactorRule => {
                let rule = [SecondFactorRule::Optional, SecondFactorRule::Admins, SecondFactorRule::Everyone][self.word % 3];
                Action::SetSecondFactorRule { rule }
            }
            Kind::SetRole => {
                let role = [PlaceRole::Owner, PlaceRole::Admin, PlaceRole::Member, PlaceRole::Guest][self.word];
                Action::SetRole { user, role }
            }
            Kind::Deactivate => Action::Deactivate { user },
            // Few are shut, and chance alone would hardly ever have them let in by somebody who may.
            Kind::Reactivate if yes => return shut(place, Inactive::Deactivated).map(|(owner, user)| (owner, Action::Reactivate { user })),
            Kind::Unban if yes => return shut(place, Inactive::Banned).map(|(owner, user)| (owner, Action::Unban { user })),
            Kind::Reactivate => Action::Reactivate { user },
            Kind::Ban => Action::Ban { user, until: None, reason: BanReason::parse(word).unwrap() },
            Kind::Unban => Action::Unban { user },
            Kind::DeleteAccount => Action::DeleteAccount { user },
            Kind::SetRoomRole => {
                let role = [RoomRole::Owner, RoomRole::Moderator, RoomRole::Member][self.word % 3];
                Action::SetRoomRole { room, user, role }
            }
            Kind::BanMember => Action::BanMember { room, user },
            Kind::UnbanMember if yes => return banned(place).map(|(owner, room, user)| (owner, Action::UnbanMember { room, user })),
            Kind::UnbanMember => Action::UnbanMember { room, user },
        };
        assert_eq!(Kind::of(&action), self.kind);
        Some((me, action))
    }
}
