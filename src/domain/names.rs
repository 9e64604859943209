//! Names of people, rooms and the place.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::text::{Line, look_alike_key};
use super::{Code, Refusal};

macro_rules! line {
    ($(#[$doc:meta])+ $name:ident, $code:ident, $field:literal, $what:literal, $least:literal..=$most:literal) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Trims, composes (NFC) and checks.
            ///
            /// # Errors
            #[doc = concat!("[`Code::", stringify!($code), "`]: not ", stringify!($least), " to ", stringify!($most), " visible characters in one line.")]
            pub fn parse(text: &str) -> Result<Self, Refusal> {
                const RULE: Line = Line { code: Code::$code, field: $field, what: $what, least: $least, most: $most };
                RULE.parse(text).map(Self)
            }

            /// Wraps what was parsed before it was stored.
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

line! {
    /// How a person is shown: 1 to 64 characters. Need not be unique.
    DisplayName, DisplayNameInvalid, "display_name", "A display name", 1..=64
}
line! {
    /// What the team calls its Snug: 1 to 64 characters.
    PlaceName, PlaceNameInvalid, "place_name", "The name of the place", 1..=64
}
line! {
    /// Why somebody was banned: up to 500 characters, may be empty.
    BanReason, BanReasonInvalid, "reason", "The reason of a ban", 0..=500
}
line! {
    /// What a person calls an API token: 1 to 64 characters.
    TokenName, TokenNameInvalid, "name", "The name of a token", 1..=64
}
line! {
    /// A room's name: 1 to 64 characters. Public names are unique by [`RoomName::key`].
    RoomName, RoomNameInvalid, "name", "A room name", 1..=64
}
line! {
    /// What a room is about: up to 250 characters, may be empty.
    Topic, TopicInvalid, "topic", "A topic", 0..=250
}

impl RoomName {
    /// Names with the same key look alike to a person.
    pub fn key(&self) -> String {
        look_alike_key(&self.0)
    }
}

impl Topic {
    /// No topic.
    pub fn empty() -> Self {
        Self(String::new())
    }
}

/// What a person signs in with and is mentioned by: 2 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit. Unique by
/// [`Username::key`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// Trims, folds to lower case and checks.
    ///
    /// # Errors
    /// [`Code::UsernameInvalid`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let name = text.trim().to_ascii_lowercase();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
        let begins_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let ends_well = !name.ends_with('.');
        if (2..=32).contains(&name.len()) && begins_well && ends_well && name.bytes().all(allowed) {
            Ok(Self(name))
        } else {
            Err(Refusal::of(
                Code::UsernameInvalid,
                "A username has 2 to 32 of the letters a to z, digits, dot, dash and underscore; it begins with a letter or digit and does not end with a dot.",
            )
            .field("username"))
        }
    }

    /// Wraps what was parsed before it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names with the same key look alike to a person.
    pub fn key(&self) -> String {
        look_alike_key(&self.0)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for (given, kept) in [("alice", "alice"), (" Alice ", "alice"), ("a.b-c_9", "a.b-c_9"), ("42", "42")] {
            assert_eq!(Username::parse(given).unwrap().as_str(), kept);
        }
        for refused in ["", "a", "-a", ".ab", "ab.", "al ice", "älice", "al\u{200b}ice", &"x".repeat(33)] {
            assert_eq!(Username::parse(refused).unwrap_err().code, Code::UsernameInvalid, "{refused:?}");
        }
    }

    #[test]
    fn room_names() {
        for (given, kept) in
            [("general", "general"), ("  Küche  ", "Küche"), ("Ku\u{0308}che", "Küche"), ("日本語", "日本語"), ("🚀 launch", "🚀 launch")]
        {
            assert_eq!(RoomName::parse(given).unwrap().as_str(), kept);
        }
        for refused in ["", "   ", "two\nlines", "right\u{202e}left", "zero\u{200b}width", "nul\0", &"x".repeat(65)] {
            assert_eq!(RoomName::parse(refused).unwrap_err().code, Code::RoomNameInvalid, "{refused:?}");
        }
        assert!(RoomName::parse(&"ü".repeat(64)).is_ok());
    }

    #[test]
    fn a_topic_may_be_empty_but_not_endless() {
        assert_eq!(Topic::parse("  ").unwrap(), Topic::empty());
        assert!(Topic::parse(&"x".repeat(250)).is_ok());
        assert_eq!(Topic::parse(&"x".repeat(251)).unwrap_err().code, Code::TopicInvalid);
    }
}
