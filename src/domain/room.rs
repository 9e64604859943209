//! Rooms as their members see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::roles::stored_words;
use super::{Cursor, Number, RoomId, RoomName, RoomRole, Timestamp, Topic, User, UserId};

/// What kind of room it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everyone but guests can find and join it.
    Public,
    /// Only its members know of it.
    Private,
    /// Two to nine people, without a name.
    Direct,
    /// Hidden: the log of what belongs to no room (names, public rooms, roles). One in the database.
    Place,
    /// Hidden: the log of what only one person sees (you were added, your settings). One for each user.
    Person,
}

stored_words!(RoomKind { Public = "public", Private = "private", Direct = "direct", Place = "place", Person = "person" });

/// Who can find a named room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    Public,
    Private,
}

impl From<Visibility> for RoomKind {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Private => Self::Private,
        }
    }
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// Whoever has an invite link.
    Invite,
    /// Anyone who can reach the page.
    Open,
}

stored_words!(SignUpMode { Invite = "invite", Open = "open" });

/// What every member of a room knows of it. Hidden rooms use it too, with no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    pub id: RoomId,
    pub kind: RoomKind,
    /// Absent in direct and hidden rooms.
    pub name: Option<RoomName>,
    pub topic: Topic,
    /// New users join it; it cannot be archived or made private.
    pub is_default: bool,
    pub archived: bool,
    pub created_at: Timestamp,
    /// The last event of the room's log.
    pub last: Cursor,
    /// The number of the newest message, 0 where there is none.
    pub last_number: Number,
    /// When the newest message was posted; the room's making where there is none.
    pub last_at: Timestamp,
    /// The people of a direct room, oneself included; empty in the others (ask for their members).
    pub people: Vec<UserId>,
}

/// A room with what it is to one of its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Membership {
    #[serde(flatten)]
    pub room: Room,
    pub role: RoomRole,
    /// The newest message this person has seen, on any device. Unread = `last_number - read_number`.
    pub read_number: Number,
}

/// A person in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub user: User,
    pub role: RoomRole,
}

/// A public room as shown in the list of rooms to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListedRoom {
    pub id: RoomId,
    pub name: RoomName,
    pub topic: Topic,
    pub members: i64,
    pub archived: bool,
    /// Whether the caller is in it.
    pub joined: bool,
}
