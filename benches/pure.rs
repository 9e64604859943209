//! What is done for every message without a socket or a database: `cargo bench --bench pure`.
//!
//! These say which of the pure parts became slower; what a post costs as a whole says `make bench`.

#![expect(clippy::expect_used, reason = "what is measured is known to be valid")]

use std::hint::black_box;

use actix::{Actor, Context, Handler};
use criterion::{Criterion, criterion_group, criterion_main};
use snug::chat::Frame;
use snug::chat::commands::{Connect, End, RevocationNumber, WorkerId};
use snug::chat::sessions::Sessions;
use snug::content;
use snug::domain::{
    ClientId, Credential, Cursor, Event, LogEntry, LoginSessionId, Message, MessageBody, MessageId, Number, Outcome, RoomId, Seq,
    SessionId, Tag, Timestamp, UserId,
};
use snug::protocol::{ClientMessage, Ref, ServerMessage};
use uuid::Uuid;

const PLAIN: &str = "Shall we meet at the tram stop at noon, or is that too early for you? I can also come by later, \
    once the letter is on its way and the parcel from the post office has been fetched; just say when.";
const MARKED_UP: &str = "**Done:** the *draft* is at https://example.org/drafts/7 and `make test` is green.\n\n\
    - first the short list\n- then the long one\n\n```rust\nfn main() {}\n```\n> and this was said before";

fn message() -> Message {
    let body = MessageBody::parse(PLAIN, 8_000).expect("a message");
    let content = content::render(&body);
    Message {
        id: MessageId::new(1_234_567),
        room: RoomId::new(123),
        number: Number(12_340),
        seq: Seq(12_345),
        author: UserId::new(77),
        client_id: ClientId::from_uuid(Uuid::from_u128(7)),
        body: content.body.as_str().to_owned(),
        html: content.html.as_str().to_owned(),
        at: Timestamp::from_micros(1_764_000_000_000_000),
    }
}

fn encode(bench: &mut Criterion) {
    let message = message();
    let (tag, cursor) = (Tag(1_234_567_890), Cursor { seq: message.seq, tag: Tag(1_234_567_890) });
    let entry = LogEntry {
        room: message.room,
        seq: message.seq,
        tag,
        at: message.at,
        by: Some(message.author),
        event: Event::Posted { message: message.clone() },
    };
    let event = ServerMessage::Event(entry);
    let reply = ServerMessage::Reply { r#ref: reference(), outcome: Outcome::Posted { message, cursor } };
    bench.bench_function("encode/posted event", |b| b.iter(|| Frame::text(black_box(&event))));
    bench.bench_function("encode/reply to a post", |b| b.iter(|| Frame::text(black_box(&reply))));
}

fn reference() -> Ref {
    let asked: ClientMessage = serde_json::from_str(r#"{"type":"ping","ref":7}"#).expect("a ping");
    match asked {
        ClientMessage::Ping { r#ref } => r#ref,
        other => panic!("{other:?}"),
    }
}

fn decode(bench: &mut Criterion) {
    let post = serde_json::json!({"type": "post", "ref": 7, "room": 123, "client_id": Uuid::from_u128(7), "body": PLAIN}).to_string();
    let read = r#"{"type":"read","ref":8,"room":123,"number":12340}"#;
    let decoded = |text: &str| serde_json::from_str::<ClientMessage>(black_box(text)).expect("a message of the protocol");
    bench.bench_function("decode/post", |b| b.iter(|| decoded(&post)));
    bench.bench_function("decode/read", |b| b.iter(|| decoded(read)));
}

fn render(bench: &mut Criterion) {
    for (name, text) in [("render/plain text", PLAIN), ("render/markup", MARKED_UP)] {
        let body = MessageBody::parse(text, 8_000).expect("a message");
        bench.bench_function(name, |b| b.iter(|| content::render(black_box(&body))));
    }
}

/// A session whose end nobody waits for.
struct Deaf;

impl Actor for Deaf {
    type Context = Context<Self>;
}

impl Handler<End> for Deaf {
    type Result = ();

    fn handle(&mut self, _: End, _: &mut Self::Context) {}
}

/// A place of 10,000 sessions: one more comes, enters twenty rooms and goes; and one whose user comes into a room and leaves it.
fn index(bench: &mut Criterion) {
    actix::System::new().block_on(async {
        let end = Deaf.start().recipient();
        let mut sessions = Sessions::default();
        let rooms: Vec<RoomId> = (1..=20).map(RoomId::new).collect();
        let worker = WorkerId::next();
        let connect = |user: i64| Connect {
            session: SessionId::next(),
            user: UserId::new(user),
            credential: Credential::Login(LoginSessionId::new(user)),
            only: None,
            worker,
            as_of: RevocationNumber::default(),
            end: end.clone(),
            read: None,
        };
        for user in 0..10_000 {
            let connect = connect(user);
            sessions.add(&connect);
            sessions.enter(connect.session, &rooms);
        }
        bench.bench_function("index/a session comes and goes", |b| {
            b.iter(|| {
                let connect = connect(77);
                sessions.add(&connect);
                sessions.enter(connect.session, &rooms);
                sessions.remove(connect.session);
            });
        });
        bench.bench_function("index/a person enters a room and leaves it", |b| {
            b.iter(|| {
                black_box(sessions.user_entered(UserId::new(78), RoomId::new(99)));
                black_box(sessions.user_left(UserId::new(78), RoomId::new(99)));
            });
        });
    });
}

criterion_group!(pure, encode, decode, render, index);
criterion_main!(pure);
