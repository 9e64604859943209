//! Identifiers. Each is a type of its own, so that a room can never be taken for a user.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Code, Refusal};

macro_rules! row_id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps a row's primary key.
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// The primary key.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

row_id! {
    /// An account.
    UserId,
    /// A room: public, private or direct, or one of the hidden ones behind the place and each person.
    RoomId,
    /// A message.
    MessageId,
    /// The stored sign-in behind a cookie; "device" on the page.
    LoginSessionId,
    /// An API token.
    TokenId,
    /// A record of the audit log.
    AuditId,
    /// An invite link.
    InviteId,
    /// A stored revocation; nodes read them in this order, looking back a little because ids commit out of order.
    RevocationId,
}

/// One open WebSocket of this process. Never stored, never reused while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u64);

impl SessionId {
    /// The next unused number.
    pub fn next() -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A UUID that the client makes for each message, so that sending it again never stores it twice. Any version will do; ids that begin
/// with the time (version 7, RFC 9562) cost least to store, because new ones lie side by side in the index that tells a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ClientId(Uuid);

impl ClientId {
    /// Parses the hyphenated form (36 characters) and nothing else, so that one id has one spelling.
    ///
    /// # Errors
    /// [`Code::ClientIdInvalid`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Uuid::try_parse(text).ok().filter(|uuid| text.len() == 36 && !uuid.is_nil()).map(Self).ok_or_else(|| {
            Refusal::of(Code::ClientIdInvalid, "A client_id is a UUID in its hyphenated form, made anew for each message.")
                .field("client_id")
        })
    }

    /// Wraps a UUID read back from the database.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_has_one_spelling() {
        assert!(ClientId::parse("7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b11").is_ok());
        for refused in [
            "",
            "7f4c2a523c0e4d0b9a5d3a8f5c1f0b11",
            "{7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b11}",
            "urn:uuid:7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b11",
            "00000000-0000-0000-0000-000000000000",
            "7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b1g",
        ] {
            assert_eq!(ClientId::parse(refused).unwrap_err().code, Code::ClientIdInvalid, "{refused:?}");
        }
    }
}
