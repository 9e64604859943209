//! Places in a room's log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Position of an event in its room's log: 1, 2, 3 and so on without a gap. This, and not time or id, is the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Seq(pub i64);

/// Position of a message among the messages of its room: 1, 2, 3 and so on without a gap. Unread = last number - read number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Number(pub i64);

/// 32 random bits stored with each event. A cursor whose tag differs from the stored one was made by another history of this
/// database (a restored copy), and its holder starts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Tag(pub u32);

/// The last event of a room that a client has applied. `seq` 0 with tag 0 is the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
pub struct Cursor {
    pub seq: Seq,
    pub tag: Tag,
}

impl Seq {
    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Number {
    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
