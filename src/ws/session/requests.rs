//! From what a client says to what is to be done: every field is parsed before anything else sees it.

#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::ws) mod inspect;

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
    /// A fresh token.
    Refresh(Ref, String),
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
        ClientMessage::Refresh { r#ref, token } => Ok(Request::Refresh(r#ref, token)),
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
        ClientMessage::SetRoomRole { r#ref, room, user, role } => (r#ref, Ok(Action::SetRoomRole { room, user, role })),
        ClientMessage::BanMember { r#ref, room, user } => (r#ref, Ok(Action::BanMember { room, user })),
        ClientMessage::UnbanMember { r#ref, room, user } => (r#ref, Ok(Action::UnbanMember { room, user })),
        ClientMessage::RenameRoom { r#ref, room, name } => (r#ref, RoomName::parse(&name).map(|name| Action::RenameRoom { room, name })),
        ClientMessage::SetTopic { r#ref, room, topic } => (r#ref, Topic::parse(&topic).map(|topic| Action::SetTopic { room, topic })),
        ClientMessage::SetVisibility { r#ref, room, visibility } => (r#ref, Ok(Action::SetVisibility { room, visibility })),
        ClientMessage::SetArchived { r#ref, room, archived } => (r#ref, Ok(Action::SetArchived { room, archived })),
        ClientMessage::SetDisplayName { r#ref, display_name } => {
            (r#ref, DisplayName::parse(&display_name).map(|display_name| Action::SetDisplayName { display_name }))
        }
        ClientMessage::RenamePlace { r#ref, name } => (r#ref, PlaceName::parse(&name).map(|name| Action::RenamePlace { name })),
        ClientMessage::SetSignUp { r#ref, mode } => (r#ref, Ok(Action::SetSignUp { mode })),
        ClientMessage::Ping { .. }
        | ClientMessage::Refresh { .. }
        | ClientMessage::Typing { .. }
        | ClientMessage::Resume { .. }
        | ClientMessage::History { .. } => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Number, Visibility};

    const ME: UserId = UserId::new(1);

    fn parsed(text: &str) -> Result<Request, Refused> {
        parse(ME, decode(text)?, &Limits::default())
    }

    #[test]
    fn what_is_not_understood_names_its_ref_where_it_can() {
        for (text, r#ref) in [
            ("", None),
            ("[]", None),
            ("null", None),
            (r#"{"type":"ping"}"#, None),
            (r#"{"type":"ping","ref":"1"}"#, None),
            (r#"{"type":"ping","ref":4294967296}"#, None),
            (r#"{"type":"fly","ref":3}"#, Some(3)),
            (r#"{"type":"post","ref":3,"room":1}"#, Some(3)),
            (r#"{"type":"post","ref":3,"room":1,"client_id":"x","body":"y","author":2}"#, Some(3)),
            (r#"{"type":"post","ref":3,"room":"1","client_id":"x","body":"y"}"#, Some(3)),
        ] {
            let refused = parsed(text).unwrap_err();
            assert_eq!((refused.r#ref, refused.refusal.code), (r#ref, Code::Malformed), "{text}");
        }
    }

    #[test]
    fn an_error_does_not_repeat_what_it_was_sent() {
        let refused = parsed(&format!(r#"{{"type":"{}","ref":1}}"#, "x".repeat(60_000))).unwrap_err();
        assert!(refused.refusal.message.len() < 300);
    }

    #[test]
    fn fields_are_parsed_and_refused_with_their_own_codes() {
        for (text, code) in [
            (r#"{"type":"post","ref":1,"room":1,"client_id":"7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b11","body":""}"#, Code::BodyEmpty),
            (r#"{"type":"post","ref":1,"room":1,"client_id":"no","body":"x"}"#, Code::ClientIdInvalid),
            (r#"{"type":"create_room","ref":1,"name":"","visibility":"public"}"#, Code::RoomNameInvalid),
            (r#"{"type":"rename_room","ref":1,"room":1,"name":""}"#, Code::RoomNameInvalid),
            (r#"{"type":"set_topic","ref":1,"room":1,"topic":"\u0000"}"#, Code::TopicInvalid),
            (r#"{"type":"open_direct","ref":1,"users":[1]}"#, Code::PeersInvalid),
            (r#"{"type":"set_display_name","ref":1,"display_name":""}"#, Code::DisplayNameInvalid),
            (r#"{"type":"rename_place","ref":1,"name":""}"#, Code::PlaceNameInvalid),
            (r#"{"type":"history","ref":1,"room":1,"before":1,"around":1}"#, Code::Malformed),
        ] {
            let refused = parsed(text).unwrap_err();
            assert_eq!((refused.r#ref, refused.refusal.code), (Some(1), code), "{text}");
        }
    }

    #[test]
    fn changes_go_to_the_centre_and_questions_to_the_lane() {
        let made = parsed(r#"{"type":"create_room","ref":5,"name":"den","visibility":"private"}"#).unwrap();
        assert!(matches!(made, Request::Act(5, Action::CreateRoom { visibility: Visibility::Private, .. })));
        let read = parsed(r#"{"type":"read","ref":5,"room":2,"number":9}"#).unwrap();
        assert!(matches!(read, Request::Act(5, Action::MarkRead { number: Number(9), .. })));
        for (at, expected) in [
            ("", PageAt::Newest),
            (r#","before":3"#, PageAt::Before(Number(3))),
            (r#","after":3"#, PageAt::After(Number(3))),
            (r#","around":3"#, PageAt::Around(Number(3))),
        ] {
            let asked = parsed(&format!(r#"{{"type":"history","ref":5,"room":2{at}}}"#)).unwrap();
            assert!(matches!(asked, Request::Pull(Pull::History { r#ref: 5, at, .. }) if at == expected));
        }
        assert!(matches!(parsed(r#"{"type":"typing","room":2}"#).unwrap(), Request::Typing(_)));
    }

    #[test]
    fn one_resume_names_at_most_500_rooms() {
        let resume = |rooms: usize| {
            let room = r#"{"room":1,"cursor":{"seq":1,"tag":1}}"#;
            parsed(&format!(r#"{{"type":"resume","ref":1,"rooms":[{}]}}"#, vec![room; rooms].join(",")))
        };
        assert!(matches!(resume(500).unwrap(), Request::Pull(Pull::Resume { rooms, .. }) if rooms.len() == 500));
        assert_eq!(resume(501).unwrap_err().refusal.field, Some("rooms"));
    }
}
