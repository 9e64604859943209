//! What happens in a room, as everyone in it is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ListedRoom, Membership, Message, PlaceName, RoomId, RoomName, RoomRole, Seq, SignUpMode, Tag, Timestamp, Topic, User, UserId,
    Visibility,
};

/// One kind of event. Those of a room come first, then those of the hidden rooms behind each person and the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The room was made; always `seq` 1.
    Created,
    /// A message was posted.
    Posted { message: Message },
    /// Someone came in: on their own, or added by the event's `by`.
    Joined { user: User, role: RoomRole },
    /// Someone went: on their own, or removed by the event's `by`.
    Left { user: UserId },
    /// Someone's role in the room changed.
    RoleSet { user: UserId, role: RoomRole },
    /// The room has another name.
    Renamed { name: RoomName },
    /// The room is about something else.
    TopicSet { topic: Topic },
    /// The room became public or private.
    VisibilitySet { visibility: Visibility },
    /// Nothing more can be posted.
    Archived,
    /// It can again.
    Unarchived,

    /// Person: you are in this room now.
    RoomAdded { room: Membership },
    /// Person: you are no longer in this room.
    RoomRemoved { room: RoomId },

    /// Place: someone signed up.
    UserJoined { user: User },
    /// Place: someone's name, role or standing changed. Guests, for whom the place is not, are told in their own hidden room of those
    /// whom they meet.
    UserChanged { user: User },
    /// Place, and every guest's own hidden room: the place has another name.
    PlaceRenamed { name: PlaceName },
    /// Place, and every guest's own hidden room: who may sign up changed.
    SignUpSet { mode: SignUpMode },
    /// Place: a public room was made or changed. `joined` is always false here.
    RoomListed { room: ListedRoom },
    /// Place: a room is no longer public.
    RoomUnlisted { room: RoomId },
}

impl Event {
    /// The `kind` on the wire and in the database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Posted { .. } => "posted",
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::RoleSet { .. } => "role_set",
            Self::Renamed { .. } => "renamed",
            Self::TopicSet { .. } => "topic_set",
            Self::VisibilitySet { .. } => "visibility_set",
            Self::Archived => "archived",
            Self::Unarchived => "unarchived",
            Self::RoomAdded { .. } => "room_added",
            Self::RoomRemoved { .. } => "room_removed",
            Self::UserJoined { .. } => "user_joined",
            Self::UserChanged { .. } => "user_changed",
            Self::PlaceRenamed { .. } => "place_renamed",
            Self::SignUpSet { .. } => "sign_up_set",
            Self::RoomListed { .. } => "room_listed",
            Self::RoomUnlisted { .. } => "room_unlisted",
        }
    }
}

/// One entry of a room's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogEntry {
    pub room: RoomId,
    pub seq: Seq,
    pub tag: Tag,
    pub at: Timestamp,
    /// Who did it; absent where the server did.
    pub by: Option<UserId>,
    pub event: Event,
}
