//! What the server says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Ref;
use crate::domain::{
    Code, Cursor, Limits, LogEntry, Membership, Message, Number, Outcome, PlaceName, Refusal, RoomId, SignUpMode, Timestamp, User, UserId,
};

/// One message to a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message of a socket.
    Ready(Box<Ready>),
    /// The answer to the request with this `ref`.
    Reply {
        r#ref: Ref,
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// The refusal of the request with this `ref`; `ref` is null where the frame had none that could be read.
    Error { r#ref: Option<Ref>, error: ErrorBody },
    /// The answer to `ping`.
    Pong { r#ref: Ref },
    /// The answer to `refresh`: the socket goes on, until then (for ever, where the token has no end).
    Refreshed { r#ref: Ref, expires_at: Option<Timestamp> },
    /// The token that opened this socket expires at that moment, and the socket with it unless a fresh one comes by `refresh`.
    Expiring { at: Timestamp },
    /// The answer to `history`: messages in ascending order. A client that has the page may count on every event after `cursor`.
    Page { r#ref: Ref, room: RoomId, messages: Vec<Message>, has_older: bool, has_newer: bool, cursor: Cursor },
    /// Something happened in a room.
    Event(LogEntry),
    /// The client has everything of this room up to `cursor` and will be told what follows.
    Resumed { room: RoomId, cursor: Cursor },
    /// The client's copy of this room cannot be mended: drop it and load the room anew.
    Reset(ResetRoom),
    /// One's own read position moved, on this or another device.
    Read { room: RoomId, number: Number },
    /// Someone is typing. Best effort.
    Typing { room: RoomId, user: UserId },
    /// Who is there. The first is a snapshot, those after it are differences. Best effort.
    Presence(Presence),
}

/// Who you are, what rooms you are in and how things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    pub me: User,
    /// Every room you are in, the hidden ones of the place and of yourself too.
    pub rooms: Vec<Membership>,
    pub place: PlaceName,
    pub sign_up: SignUpMode,
    /// Random id of this history of the database. One that changed since last time: forget every cursor.
    pub epoch: String,
    pub limits: Limits,
    /// The server's version and the build of its page.
    pub version: String,
    /// Build of the page this server serves; one that differs from the running page's means "reload".
    pub build: String,
}

/// A room to be loaded anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResetRoom {
    pub room: RoomId,
}

/// Presence, as a snapshot or a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "presence", rename_all = "snake_case")]
pub enum Presence {
    /// Exactly these are online.
    Snapshot { online: Vec<UserId> },
    /// These came and those went.
    Diff { online: Vec<UserId>, offline: Vec<UserId> },
}

/// A refusal on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    pub code: Code,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl From<&Refusal> for ErrorBody {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: refusal.code,
            message: refusal.message.clone(),
            field: refusal.field.map(str::to_owned),
            retry_after_ms: refusal.retry_after_ms,
        }
    }
}
