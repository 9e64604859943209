//! From what a client says to what is to be done: every field is parsed before anything else sees it.

use serde::Deserialize;

use super::pulls::Pull;
use crate::content;
use crate::domain::{
    Action, ClientId, Code, DirectPeers, DisplayName, Limits, MessageBody, PlaceName, Refusal, RoomId, RoomName, Topic, UserId,
};
use crate::protocol::{ClientMessage, ErrorBody, Ref, ServerMessage};
use crate::store::messages::PageAt;

/// What a request asks for.
#[derive(Debug)]
pub(super) enum Request {
    /// A change, for the centre.
    Act(Ref, Action),
    /// Something to be read, for the session's own lane.
    Pull(Pull),
    Typing(RoomId),
    Pong(Ref),
}

/// A refused request: the `ref` it had, if any, and why.
#[derive(Debug)]
pub(super) struct Refused {
    pub r#ref: Option<Ref>,
    pub refusal: Refusal,
}

impl Refused {
    pub fn message(&self) -> ServerMessage {
        ServerMessage::Error { r#ref: self.r#ref, error: ErrorBody::from(&self.refusal) }
    }
}

/// Most characters that an error says about a text, which may itself be as long as a frame.
const MOST_OF_A_CAUSE: usize = 200;

/// Most rooms of one `resume`.
const MOST_RESUMED: usize = 500;

/// Reads a message.
pub(super) fn decode(text: &str) -> Result<ClientMessage, Refused> {
    serde_json::from_str(text).map_err(|error| {
        let cause: String = error.to_string().chars().take(MOST_OF_A_CAUSE).collect();
        let refusal = Refusal::of(Code::Malformed, format!("This is no message of the protocol: {cause}"));
        Refused { r#ref: ref_of(text), refusal }
    })
}

/// The `ref` of a message that is otherwise not understood, so that its sender knows which one it was.
pub(super) fn ref_of(text: &str) -> Option<Ref> {
    #[derive(Deserialize)]
    struct OnlyRef {
        r#ref: Ref,
    }
    serde_json::from_str::<OnlyRef>(text).ok().map(|only| only.r#ref)
}

/// Parses what is in a message.
pub(super) fn parse(me: UserId, message: ClientMessage, limits: &Limits) -> Result<Request, Refused> {
    match message {
        ClientMessage::Ping { r#ref } => Ok(Request::Pong(r#ref)),
        ClientMessage::Typing { room } => Ok(Request::Typing(room)),
        ClientMessage::Resume { r#ref, rooms } if rooms.len() > MOST_RESUMED => {
            Err(refused(r#ref, Refusal::of(Code::Malformed, format!("One resume names at most {MOST_RESUMED} rooms.")).field("rooms")))
        }
        ClientMessage::Resume { r#ref, rooms } => Ok(Request::Pull(Pull::Resume { r#ref, rooms })),
        ClientMessage::History { r#ref, room, before, after, around, limit } => {
            let at = match (before, after, around) {
                (None, None, None) => PageAt::Newest,
                (Some(number), None, None) => PageAt::Before(number),
                (None, Some(number), None) => PageAt::After(number),
                (None, None, Some(number)) => PageAt::Around(number),
                _ => return Err(refused(r#ref, Refusal::of(Code::Malformed, "Ask for one of before, after and around."))),
            };
            Ok(Request::Pull(Pull::History { r#ref, room, at, limit }))
        }
        message => act(me, message, limits),
    }
}

fn refused(r#ref: Ref, refusal: Refusal) -> Refused {
    Refused { r#ref: Some(r#ref), refusal }
}

fn act(me: UserId, message: ClientMessage, limits: &Limits) -> Result<Request, Refused> {
    let (r#ref, action) = match message {
        ClientMessage::Post { r#ref, room, client_id, body } => (r#ref, post(room, &client_id, &body, limits)),
        ClientMessage::Read { r#ref, room, number } => (r#ref, Ok(Action::MarkRead { room, number })),
        ClientMessage::CreateRoom { r#ref, name, topic, visibility } => {
            let parsed = RoomName::parse(&name).and_then(|name| Ok((name, Topic::parse(&topic)?)));
            (r#ref, parsed.map(|(name, topic)| Action::CreateRoom { name, topic, visibility }))
        }
        ClientMessage::OpenDirect { r#ref, users } => (r#ref, DirectPeers::parse(me, &users).map(|peers| Action::OpenDirect { peers })),
        ClientMessage::JoinRoom { r#ref, room } => (r#ref, Ok(Action::JoinRoom { room })),
        ClientMessage::LeaveRoom { r#ref, room } => (r#ref, Ok(Action::LeaveRoom { room })),
        ClientMessage::AddMember { r#ref, room, user } => (r#ref, Ok(Action::AddMember { room, user })),
        ClientMessage::RemoveMember { r#ref, room, user } => (r#ref, Ok(Action::RemoveMember { room, user })),
        ClientMessage::RenameRoom { r#ref, room, name } => (r#ref, RoomName::parse(&name).map(|name| Action::RenameRoom { room, name })),
        ClientMessage::SetTopic { r#ref, room, topic } => (r#ref, Topic::parse(&topic).map(|topic| Action::SetTopic { room, topic })),
        ClientMessage::SetVisibility { r#ref, room, visibility } => (r#ref, Ok(Action::SetVisibility { room, visibility })),
        ClientMessage::SetArchived { r#ref, room, archived } => (r#ref, Ok(Action::SetArchived { room, archived })),
        ClientMessage::SetDisplayName { r#ref, display_name } => {
            (r#ref, DisplayName::parse(&display_name).map(|display_name| Action::SetDisplayName { display_name }))
        }
        ClientMessage::RenamePlace { r#ref, name } => (r#ref, PlaceName::parse(&name).map(|name| Action::RenamePlace { name })),
        ClientMessage::SetSignUp { r#ref, mode } => (r#ref, Ok(Action::SetSignUp { mode })),
        ClientMessage::Ping { .. } | ClientMessage::Typing { .. } | ClientMessage::Resume { .. } | ClientMessage::History { .. } => {
            unreachable!("parse has taken these")
        }
    };
    action.map(|action| Request::Act(r#ref, action)).map_err(|refusal| refused(r#ref, refusal))
}

fn post(room: RoomId, client_id: &str, body: &str, limits: &Limits) -> Result<Action, Refusal> {
    let client_id = ClientId::parse(client_id)?;
    let body = MessageBody::parse(body, limits.message_chars)?;
    Ok(Action::Post { room, client_id, content: content::render(&body) })
}
