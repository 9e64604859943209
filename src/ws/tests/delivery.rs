//! What the relay says and who hears it.

use std::time::{Duration, Instant};

use super::client::Client;
use super::server::{Server, resident};
use crate::chat::commands::End;
use crate::chat::{Frame, Step};
use crate::domain::{Limits, RoomId};
use crate::protocol::CloseReason;

const LOBBY: RoomId = RoomId::new(1);

fn event(text: &str) -> Step {
    Step::Event { room: LOBBY, frame: Frame::data(true, text.as_bytes()) }
}

#[actix_web::test]
async fn one_who_stops_reading_is_cut_and_the_others_miss_nothing() {
    let mut server = Server::start(Limits::default()).await;
    let mut stalled = Client::connect(server.address, "/listen").await;
    let stalled_session = server.listener().await.0;
    let mut reading = Client::connect(server.address, "/listen").await;
    let reading_session = server.listener().await.0;
    server.tells([stalled_session, reading_session].map(|session| Step::Subscribe { session, room: LOBBY }).into());
    let padding = "x".repeat(1_000);
    let before = resident();
    let mut slowest = Duration::ZERO;
    for hundred in 0..100 {
        let sent = Instant::now();
        for n in 0..100 {
            server.tells(vec![event(&format!("{} {padding}", hundred * 100 + n))]);
        }
        for n in 0..100 {
            reading.hears(&format!("{} {padding}", hundred * 100 + n)).await;
        }
        slowest = slowest.max(sent.elapsed());
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    // The kernel's buffers for the stalled one are not in here; its outbox of 1 MiB was.
    assert!(resident().saturating_sub(before) < 4 << 20, "{} bytes are kept", resident() - before);
    // One session is left; the stalled one hears so when it reads again, after what the kernel had taken for it.
    assert_eq!(server.live.count(), 1);
    let mut heard = 0;
    let close = loop {
        match stalled.next().await {
            Some((0x81, _)) => heard += 1,
            Some((0x88, payload)) => break payload,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(u16::from_be_bytes([close[0], close[1]]), CloseReason::Slow.code());
    assert!(heard < 10_000);
    assert_eq!(stalled.next().await, None);
    drop(reading);
    server.stop().await;
}

#[actix_web::test]
async fn events_come_in_order_whether_held_or_not() {
    let mut server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/listen").await;
    let (session, _) = server.listener().await;
    server.tells(vec![
        Step::Subscribe { session, room: LOBBY },
        event("one"),
        Step::Hold { session, room: LOBBY },
        event("held"),
        Step::Reply { session, frame: Frame::data(true, b"reply") },
    ]);
    client.hears("one").await;
    client.hears("reply").await;
    server.tells(vec![Step::Unsubscribe { session, room: LOBBY }, Step::Subscribe { session, room: LOBBY }, event("two")]);
    client.hears("two").await;
    drop(client);
    server.stop().await;
}

#[actix_web::test]
async fn a_session_that_is_ended_says_why_and_is_gone_even_if_nobody_listens() {
    let mut server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/listen").await;
    let (_, end) = server.listener().await;
    let deaf = Client::connect(server.address, "/listen").await;
    let (session, end_deaf) = server.listener().await;
    // More than the kernel takes for someone who does not read.
    server.tells(vec![Step::Subscribe { session, room: LOBBY }]);
    for _ in 0..100 {
        server.tells(vec![event(&"x".repeat(8_000))]);
    }
    for end in [end, end_deaf] {
        end.do_send(End { reason: CloseReason::SignedOut });
    }
    client.is_closed(CloseReason::SignedOut).await;
    server.is_empty().await;
    drop(deaf);
    server.stop().await;
}
