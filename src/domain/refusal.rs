//! Why something was refused: a stable code for programs and a sentence for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every reason a client can be given. The names are part of the protocol and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    // What was sent.
    Malformed,
    TooLarge,
    UnsupportedMediaType,
    UsernameInvalid,
    UsernameTaken,
    DisplayNameInvalid,
    PasswordInvalid,
    PasswordCommon,
    PasswordWrong,
    PlaceNameInvalid,
    RoomNameInvalid,
    RoomNameTaken,
    TopicInvalid,
    TokenNameInvalid,
    BanReasonInvalid,
    BodyEmpty,
    BodyTooLong,
    ClientIdInvalid,
    ClientIdReused,
    CursorInvalid,
    PeersInvalid,
    // Who is calling.
    Unauthenticated,
    SignInFailed,
    /// The password was right; a code of the second factor is asked for.
    SecondFactorNeeded,
    SecondFactorWrong,
    SecondFactorSet,
    /// The place asks for a second factor and this account has none: nothing is open to it but setting one up.
    SecondFactorMissing,
    /// The password was right, but the account is deactivated or banned.
    AccountInactive,
    /// The token does not reach that far.
    TokenScope,
    TooManyTokens,
    SignUpClosed,
    InviteInvalid,
    SetupCodeWrong,
    AlreadySetUp,
    NotSetUp,
    OriginRefused,
    HostRefused,
    // What they may do.
    NotFound,
    NotAMember,
    Forbidden,
    RoomArchived,
    DefaultRoom,
    LastOwner,
    RoomBanned,
    MethodNotAllowed,
    // What the server can do now.
    SlowDown,
    TooManySockets,
    Busy,
    NotStored,
    Unknown,
    Unavailable,
    Internal,
}

/// A refusal: nothing was stored, and the text says what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// One sentence for a person.
    pub message: String,
    /// Which field was refused, where it was one.
    pub field: Option<&'static str>,
    /// When to try again, in milliseconds, where trying again can help.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn of(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, retry_after_ms: None }
    }

    /// Names the field that was refused.
    #[must_use]
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// The one answer for a hidden thing and a missing one, so that a stranger cannot tell them apart.
    pub fn not_found() -> Self {
        Self::of(Code::NotFound, "There is nothing here that you can see.")
    }

    /// The answer where the caller may, but not by this token.
    pub fn token_scope() -> Self {
        Self::of(Code::TokenScope, "This token does not reach that far.")
    }

    /// The answer where the caller can see the thing but may not do this to it.
    pub fn forbidden() -> Self {
        Self::of(Code::Forbidden, "You are not allowed to do this.")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
