//! Bad frames, floods and silence: each ends its own socket with the right code, and costs nearly nothing.

use std::time::{Duration, Instant};

use super::client::{Client, frame};
use super::server::{Server, resident};
use crate::domain::Limits;
use crate::protocol::CloseReason;

#[actix_web::test]
async fn what_is_well_formed_is_echoed_and_a_close_is_answered() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/echo").await;
    client.sends(&frame(0x81, b"hello")).await;
    client.hears("hello").await;
    client.sends(&[frame(0x01, b"frag"), frame(0x89, b"ping"), frame(0x80, b"ments")].concat()).await;
    assert_eq!(client.next().await, Some((0x8a, b"ping".to_vec())));
    client.hears("fragments").await;
    client.sends(&frame(0x82, &[0xff; 300])).await;
    assert_eq!(client.next().await, Some((0x82, vec![0xff; 300])));
    client.sends(&frame(0x88, b"\x03\xe8")).await;
    client.is_closed(CloseReason::Normal).await;
    server.stop().await;
}

#[actix_web::test]
async fn only_a_proper_handshake_is_accepted() {
    let server = Server::start(Limits::default()).await;
    for (version, key) in [
        ("8", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("7", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("13", ""),
        ("13", "short"),
        ("13", "AAAAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        let (_, head) = Client::ask(server.address, "/echo", version, key).await;
        assert!(head.starts_with("HTTP/1.1 400"), "{version} {key:?}: {head}");
    }
    // What actix-http takes for a request has no connection to become a socket.
    for odd in ["Transfer-Encoding: chunked\r\nUpgrade: websocket", "Upgrade: websocket, other", "Upgrade: other\r\nUpgrade: websocket"] {
        let mut client = Client::hang_on(server.address).await;
        let request = format!(
            "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n{odd}\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        assert!(client.requests(&request).await.starts_with("HTTP/1.1 400"), "{odd}");
    }
    let (client, head) = Client::ask(server.address, "/echo", "13", "dGhlIHNhbXBsZSBub25jZQ==").await;
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    assert!(head.to_ascii_lowercase().contains("sec-websocket-protocol: snug.v1\r\n"), "{head}");
    drop(client);
    server.stop().await;
}

#[actix_web::test]
async fn a_bad_frame_closes_its_socket_with_the_right_code() {
    use CloseReason::{NotText, NotUtf8, ProtocolError, TooLarge};
    let server = Server::start(Limits::default()).await;
    for (path, bytes, reason) in [
        ("/echo", vec![0x81, 0x01, b'x'], ProtocolError),
        ("/echo", frame(0x83, b""), ProtocolError),
        ("/echo", frame(0xc1, b"x"), ProtocolError),
        ("/echo", frame(0x80, b"x"), ProtocolError),
        ("/echo", frame(0x88, b"x"), ProtocolError),
        ("/echo", frame(0x88, b"\x03\xed"), ProtocolError),
        ("/echo", frame(0x81, b"\xff"), NotUtf8),
        ("/echo", frame(0x88, b"\x03\xe8\xff"), NotUtf8),
        ("/echo", frame(0x81, &[b'x'; 65_537]), TooLarge),
        ("/listen", frame(0x82, b"x"), NotText),
    ] {
        let mut client = Client::connect(server.address, path).await;
        client.sends(&bytes).await;
        client.is_closed(reason).await;
    }
    server.stop().await;
}

#[actix_web::test]
async fn a_header_that_claims_a_terabyte_is_refused_before_anything_is_kept() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/echo").await;
    let before = resident();
    client.sends(&[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await;
    client.floods(&[b'x'; 64 * 1024], 3_200).await;
    client.is_closed(CloseReason::TooLarge).await;
    assert!(resident() - before < 4 << 20, "{} bytes were kept", resident() - before);
    server.stop().await;
}

#[actix_web::test]
async fn a_million_empty_fragments_end_early() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/echo").await;
    client.sends(&frame(0x01, b"")).await;
    client.floods(&frame(0x00, b"").repeat(1_000), 1_000).await;
    client.is_closed(CloseReason::ProtocolError).await;
    server.stop().await;
}

#[actix_web::test]
async fn a_million_pings_end_early() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/echo").await;
    client.floods(&frame(0x89, b"").repeat(1_000), 1_000).await;
    client.is_closed(CloseReason::Flooding).await;
    server.stop().await;
}

#[actix_web::test]
async fn one_byte_after_another_is_not_waited_for_without_end() {
    let server = Server::start_ticking(Limits::default(), Duration::from_millis(50)).await;
    for bytes in [frame(0x81, &[b'x'; 1_000]), [frame(0x01, b"x"), frame(0x00, b"x").repeat(200)].concat()] {
        let mut client = Client::connect(server.address, "/echo").await;
        let began = Instant::now();
        // A byte every millisecond, until the server says more than a ping.
        for byte in bytes {
            let mut first = [0];
            match tokio::time::timeout(Duration::from_millis(1), client.stream.peek(&mut first)).await {
                Ok(_) if first == [0x89] => assert_eq!(client.next().await, Some((0x89, vec![]))),
                Ok(_) => break,
                Err(_) => {}
            }
            client.sends(&[byte]).await;
        }
        client.is_closed(CloseReason::Unfinished).await;
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    server.stop().await;
}

#[actix_web::test]
async fn one_who_says_nothing_is_asked_and_then_gone() {
    let server = Server::start_ticking(Limits::default(), Duration::from_millis(10)).await;
    let mut silent = Client::connect(server.address, "/echo").await;
    assert_eq!(silent.next().await, Some((0x89, vec![])));
    silent.is_closed(CloseReason::Silent).await;
    let mut answering = Client::connect(server.address, "/echo").await;
    for _ in 0..4 {
        assert_eq!(answering.next().await, Some((0x89, vec![])));
        answering.sends(&frame(0x8a, b"")).await;
    }
    answering.sends(&frame(0x81, b"still here")).await;
    answering.hears("still here").await;
    drop(answering);
    server.stop().await;
}

#[actix_web::test]
async fn a_client_that_vanishes_leaves_nothing() {
    let server = Server::start(Limits::default()).await;
    for half_closed in [false, true] {
        let mut client = Client::connect(server.address, "/echo").await;
        client.sends(&frame(0x81, b"here")).await;
        client.hears("here").await;
        if half_closed {
            // No more comes from it, though it still reads.
            tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.unwrap();
            client.is_closed(CloseReason::Normal).await;
        }
        drop(client);
        server.is_empty().await;
    }
    server.stop().await;
}
