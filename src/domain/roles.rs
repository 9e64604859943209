//! What a person is, in the place and in a room.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! stored_words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// The word in the database and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word back; `None` for any other.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(super) use stored_words;

/// Role in the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceRole {
    /// Made the place; everything an admin may, and to name admins.
    Owner,
    /// Invites, settings, people, and every room they can see.
    Admin,
    /// Everyone else on the team.
    Member,
    /// Only the rooms they were added to; not the list of rooms or of people.
    Guest,
}

stored_words!(PlaceRole { Owner = "owner", Admin = "admin", Member = "member", Guest = "guest" });

impl PlaceRole {
    /// Owner or admin.
    pub const fn runs_the_place(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

/// Role in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomRole {
    /// Made the room; visibility, archive, and everything a moderator may.
    Owner,
    /// Names it and removes people.
    Moderator,
    /// Posts, sets the topic and adds people.
    Member,
}

stored_words!(RoomRole { Owner = "owner", Moderator = "moderator", Member = "member" });
