//! What the audit log records.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::roles::stored_words;
use super::{AuditId, By, Credential, Timestamp, UserId};

/// What happened. The words are part of the log for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    // Ways in.
    SetUp,
    SignedUp,
    SignedIn,
    SignInFailed,
    SignedOut,
    PasswordChanged,
    PasswordResetMade,
    PasswordResetUsed,
    SessionEnded,
    OtherSessionsEnded,
    TokenCreated,
    TokenRevoked,
    SecondFactorOn,
    SecondFactorOff,
    SecondFactorReset,
    RecoveryCodesMade,
    // Accounts.
    RoleSet,
    Deactivated,
    Reactivated,
    Banned,
    Unbanned,
    AccountDeleted,
    // Invites.
    InviteCreated,
    InviteEnded,
    InviteUsed,
    // Rooms.
    RoomRoleSet,
    MemberRemoved,
    MemberBanned,
    MemberUnbanned,
    RoomRenamed,
    RoomVisibilitySet,
    RoomArchived,
    // The place.
    PlaceRenamed,
    SignUpSet,
    SecondFactorRuleSet,
    AuditExported,
}

stored_words!(AuditKind {
    SetUp = "set_up",
    SignedUp = "signed_up",
    SignedIn = "signed_in",
    SignInFailed = "sign_in_failed",
    SignedOut = "signed_out",
    PasswordChanged = "password_changed",
    PasswordResetMade = "password_reset_made",
    PasswordResetUsed = "password_reset_used",
    SessionEnded = "session_ended",
    OtherSessionsEnded = "other_sessions_ended",
    TokenCreated = "token_created",
    TokenRevoked = "token_revoked",
    SecondFactorOn = "second_factor_on",
    SecondFactorOff = "second_factor_off",
    SecondFactorReset = "second_factor_reset",
    RecoveryCodesMade = "recovery_codes_made",
    RoleSet = "role_set",
    Deactivated = "deactivated",
    Reactivated = "reactivated",
    Banned = "banned",
    Unbanned = "unbanned",
    AccountDeleted = "account_deleted",
    InviteCreated = "invite_created",
    InviteEnded = "invite_ended",
    InviteUsed = "invite_used",
    RoomRoleSet = "room_role_set",
    MemberRemoved = "member_removed",
    MemberBanned = "member_banned",
    MemberUnbanned = "member_unbanned",
    RoomRenamed = "room_renamed",
    RoomVisibilitySet = "room_visibility_set",
    RoomArchived = "room_archived",
    PlaceRenamed = "place_renamed",
    SignUpSet = "sign_up_set",
    SecondFactorRuleSet = "second_factor_rule_set",
    AuditExported = "audit_exported",
});

/// Who did it, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// `None` for a stranger, and for the server itself.
    pub user: Option<UserId>,
    pub credential: Option<Credential>,
    /// `None` for the server itself.
    pub address: Option<IpAddr>,
    /// Whether it was whoever runs the server, by a `snug` command.
    pub by_command: bool,
}

impl Origin {
    /// The server itself, such as a ban that ended.
    pub const SERVER: Self = Self { user: None, credential: None, address: None, by_command: false };

    /// Whoever runs the server, by a `snug` command.
    pub const COMMAND_LINE: Self = Self { by_command: true, ..Self::SERVER };

    /// Somebody at this address who has not signed in.
    pub const fn stranger(address: IpAddr) -> Self {
        Self { address: Some(address), ..Self::SERVER }
    }

    /// Somebody at this address who has just signed in.
    pub const fn newcomer(user: UserId, address: IpAddr) -> Self {
        Self { user: Some(user), ..Self::stranger(address) }
    }
}

impl From<&By> for Origin {
    fn from(by: &By) -> Self {
        Self { credential: Some(by.credential), ..Self::newcomer(by.user, by.address) }
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditRecord {
    pub id: AuditId,
    pub at: Timestamp,
    pub kind: AuditKind,
    /// Who did it; absent where a stranger or the server did.
    pub actor_id: Option<UserId>,
    /// Their username at that time; `command line` for a `snug` command, which no username can be; empty where nobody is known.
    pub actor: String,
    /// The number of the account, room, token or invite it was done to.
    pub subject_id: Option<i64>,
    /// How that was called at that time.
    pub subject: String,
    pub address: Option<String>,
    /// By what: `login:7`, `token:8`, `jwt:…`.
    pub credential: Option<String>,
    /// What else there is to say; never a secret, never a message.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}
