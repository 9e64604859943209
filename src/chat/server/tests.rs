//! A session whose rooms were read before the centre knew it: let in where nothing has happened since, told to read again where something has.

use actix::{Actor, Addr, Context, Handler};

use super::super::FanOut;
use super::super::commands::{AttachRelay, End, WorkerId};
use super::super::{Chat, letterbox};
use super::*;
use crate::domain::{Credential, Event, LogEntry, LoginSessionId, Number, Revocation, RevocationId, Tag, Timestamp};
use crate::store::{DatabaseUrl, Store};

const ALICE: UserId = UserId::new(1);
const BOB: UserId = UserId::new(2);
const LAPTOP: Credential = Credential::Login(LoginSessionId::new(10));
const LOBBY: RoomId = RoomId::new(7);
const OFFICE: RoomId = RoomId::new(8);

/// A relay that remembers what it is told, and a session that does nothing.
#[derive(Default)]
struct Listening(Vec<Step>);

impl Actor for Listening {
    type Context = Context<Self>;
}

impl Handler<FanOut> for Listening {
    type Result = ();

    fn handle(&mut self, FanOut(steps): FanOut, _: &mut Self::Context) {
        self.0.extend(steps);
    }
}

impl Handler<End> for Listening {
    type Result = ();

    fn handle(&mut self, _: End, _: &mut Self::Context) {}
}

/// Which rooms this session was subscribed to, in order.
#[derive(Message)]
#[rtype(result = "Vec<RoomId>")]
struct Subscribed(SessionId);

impl Handler<Subscribed> for Listening {
    type Result = Vec<RoomId>;

    fn handle(&mut self, Subscribed(who): Subscribed, _: &mut Self::Context) -> Vec<RoomId> {
        let rooms = self.0.iter().filter_map(|step| match step {
            Step::Subscribe { session, room } if *session == who => Some(*room),
            _ => None,
        });
        rooms.collect()
    }
}

struct Centre {
    chat: Chat,
    worker: WorkerId,
    relay: Addr<Listening>,
    _folder: tempfile::TempDir,
}

impl Centre {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(&format!("sqlite:{}", folder.path().join("snug.db").display())).unwrap();
        let store = Store::open(&url, &crate::domain::Limits::default(), |_| {}).unwrap();
        let (address, letterbox) = letterbox();
        let (centre, chat) = crate::chat::Centre::new(store, 20, address, letterbox);
        centre.start();
        let (worker, relay) = (WorkerId::next(), Listening::default().start());
        chat.addr().do_send(AttachRelay { worker, relay: relay.clone().recipient() });
        Self { chat, worker, relay, _folder: folder }
    }

    /// Alice's laptop has read the lobby up to its fifth event, and what `meanwhile` commits is committed before it is known.
    async fn lets_in_after(&self, meanwhile: Option<Commit>) -> (SessionId, Connected) {
        let as_of = self.chat.revocation_number();
        if let Some(commit) = meanwhile {
            self.commits(commit).await;
        }
        let session = SessionId::next();
        let connect = Connect {
            session,
            user: ALICE,
            credential: LAPTOP,
            only: None,
            worker: self.worker,
            as_of,
            end: self.relay.clone().recipient(),
            read: Some(vec![(LOBBY, Seq(5))]),
        };
        (session, self.chat.addr().send(connect).await.unwrap().unwrap())
    }

    async fn commits(&self, commit: Commit) {
        self.chat.addr().send(Committed(crate::store::Committed(vec![commit]))).await.unwrap();
    }

    async fn hears(&self, session: SessionId) -> Vec<RoomId> {
        self.relay.send(Subscribed(session)).await.unwrap()
    }
}

fn effect(effect: Effect) -> Commit {
    Commit { reply: None, entries: Vec::new(), effects: vec![effect] }
}

fn event(room: RoomId, seq: i64) -> Commit {
    let entry = LogEntry { room, seq: Seq(seq), tag: Tag(1), at: Timestamp::now(), by: None, event: Event::Left { user: BOB } };
    Commit { reply: None, entries: vec![entry], effects: Vec::new() }
}

fn loses(user: UserId, room: RoomId) -> Commit {
    let revocation = Revocation { scope: Scope::RoomMember { user, room }, cause: crate::domain::Cause::LeftRoom };
    effect(Effect::Revoked { id: RevocationId::new(1), revocation })
}

#[actix::test]
async fn a_reading_that_lacks_nothing_is_enough() {
    for harmless in [
        None,
        Some(effect(Effect::Entered { user: BOB, room: OFFICE })),
        Some(effect(Effect::ReadMoved { user: BOB, room: LOBBY, number: Number(3) })),
        Some(loses(BOB, LOBBY)),
        Some(event(LOBBY, 5)),
        Some(event(OFFICE, 9)),
    ] {
        let centre = Centre::new();
        let told = format!("{harmless:?}");
        let (session, connected) = centre.lets_in_after(harmless).await;
        assert!(connected.entered, "{told}");
        assert_eq!(centre.hears(session).await, [LOBBY], "{told}");
    }
}

#[actix::test]
async fn what_happened_after_the_reading_has_it_read_again() {
    for missed in [
        effect(Effect::Entered { user: ALICE, room: OFFICE }),
        effect(Effect::ReadMoved { user: ALICE, room: LOBBY, number: Number(3) }),
        loses(ALICE, LOBBY),
        event(LOBBY, 6),
    ] {
        let centre = Centre::new();
        let told = format!("{missed:?}");
        let (session, Connected { entered, as_of }) = centre.lets_in_after(Some(missed)).await;
        assert!(!entered, "{told}");
        assert_eq!(centre.hears(session).await, [], "{told}");
        // What comes before the second reading is awaited as it always was.
        centre.commits(effect(Effect::Entered { user: ALICE, room: OFFICE })).await;
        let enter = Enter { session, rooms: vec![(LOBBY, Seq(6)), (OFFICE, Seq(1))], as_of };
        assert!(centre.chat.addr().send(enter).await.unwrap(), "{told}");
        assert_eq!(centre.hears(session).await, [LOBBY, OFFICE], "{told}");
    }
}

#[actix::test]
async fn once_let_in_a_session_hears_the_rooms_its_user_comes_into() {
    let centre = Centre::new();
    let (session, _) = centre.lets_in_after(None).await;
    centre.commits(effect(Effect::Entered { user: ALICE, room: OFFICE })).await;
    assert_eq!(centre.hears(session).await, [LOBBY, OFFICE]);
}
