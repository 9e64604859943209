//! What a client may say.

use serde::{Deserialize, Serialize};

use crate::domain::{Cursor, Number, RoomId, RoomRole, SignUpMode, UserId, Visibility};

/// The client's number for a request; its `reply` carries it back.
pub type Ref = u32;

/// One message from a client. Unknown types and unknown fields are refused. Nothing here can name an author, a time or a number
/// of a message: those come from the session and from the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Asks whether the server is there. Browsers cannot send a WebSocket ping.
    Ping { r#ref: Ref },
    /// Goes on by a fresh token or ticket of the same person, before the one that opened the socket expires.
    Refresh { r#ref: Ref, token: String },
    /// Says something in a room. Sending it again with the same `client_id` answers with the first result.
    Post { r#ref: Ref, room: RoomId, client_id: String, body: String },
    /// Asks for everything after these cursors. Answered by the missed events, and for each room `resumed` or `reset`.
    Resume { r#ref: Ref, rooms: Vec<ResumeRoom> },
    /// Asks for a page of messages: the newest, or those before, after or around a message number.
    History {
        r#ref: Ref,
        room: RoomId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Number>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Number>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        around: Option<Number>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u32>,
    },
    /// I have seen everything up to this message.
    Read { r#ref: Ref, room: RoomId, number: Number },
    /// I am typing. Best effort, never answered.
    Typing { room: RoomId },
    /// Makes a room and enters it.
    CreateRoom {
        r#ref: Ref,
        name: String,
        #[serde(default)]
        topic: String,
        visibility: Visibility,
    },
    /// Opens the conversation with these people, the same one each time.
    OpenDirect { r#ref: Ref, users: Vec<UserId> },
    /// Enters a public room.
    JoinRoom { r#ref: Ref, room: RoomId },
    /// Leaves a room.
    LeaveRoom { r#ref: Ref, room: RoomId },
    /// Brings someone into a room.
    AddMember { r#ref: Ref, room: RoomId, user: UserId },
    /// Takes someone out of a room.
    RemoveMember { r#ref: Ref, room: RoomId, user: UserId },
    /// Gives someone another role in a room (its owners).
    SetRoomRole { r#ref: Ref, room: RoomId, user: UserId, role: RoomRole },
    /// Takes someone out of a room and keeps them out (its moderators).
    BanMember { r#ref: Ref, room: RoomId, user: UserId },
    /// Lets someone come in again (its moderators).
    UnbanMember { r#ref: Ref, room: RoomId, user: UserId },
    /// Gives a room another name.
    RenameRoom { r#ref: Ref, room: RoomId, name: String },
    /// Says what a room is about.
    SetTopic { r#ref: Ref, room: RoomId, topic: String },
    /// Makes a room public or private.
    SetVisibility { r#ref: Ref, room: RoomId, visibility: Visibility },
    /// Closes a room for new messages, or opens it again.
    SetArchived { r#ref: Ref, room: RoomId, archived: bool },
    /// Changes one's own display name.
    SetDisplayName { r#ref: Ref, display_name: String },
    /// Gives the place another name (admins).
    RenamePlace { r#ref: Ref, name: String },
    /// Says who may sign up (admins).
    SetSignUp { r#ref: Ref, mode: SignUpMode },
}

/// Where a client stands in one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeRoom {
    pub room: RoomId,
    pub cursor: Cursor,
}
