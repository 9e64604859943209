//! What the Autobahn fuzzing client (`scripts/autobahn`) has found in servers built on the same crates, over real sockets: fragments that
//! are not joined, characters that are cut in two, control frames between fragments, and how a conversation ends.

use super::client::{Client, frame};
use super::server::Server;
use crate::domain::Limits;
use crate::protocol::CloseReason;

#[actix_web::test]
async fn fragments_come_back_as_one_message_whatever_stands_between_them() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/echo").await;
    // Cases 5.3 to 5.8: in one write, and byte by byte.
    let fragments = [frame(0x01, b"fragment1"), frame(0x00, b"fragment2"), frame(0x80, b"fragment3")].concat();
    client.sends(&fragments).await;
    client.hears("fragment1fragment2fragment3").await;
    for byte in &fragments {
        client.sends(&[*byte]).await;
    }
    client.hears("fragment1fragment2fragment3").await;
    // Cases 5.19 and 5.20: pings in between are answered at once and in order.
    let parts: [(u8, &[u8]); 7] =
        [(0x01, b"a"), (0x00, b"b"), (0x89, b"ping 1"), (0x00, b"c"), (0x00, b"d"), (0x89, b"ping 2"), (0x80, b"e")];
    client.sends(&parts.map(|(first, payload)| frame(first, payload)).concat()).await;
    assert_eq!(client.next().await, Some((0x8a, b"ping 1".to_vec())));
    assert_eq!(client.next().await, Some((0x8a, b"ping 2".to_vec())));
    client.hears("abcde").await;
    // Case 10.1.1: as large as a message may be, in pieces as a network stack would make them.
    let large = "*".repeat(64 * 1024);
    let last = large.len().div_ceil(1_300) - 1;
    for (number, piece) in large.as_bytes().chunks(1_300).enumerate() {
        let opcode = if number == 0 { 0x01 } else { 0x00 };
        client.sends(&frame(if number == last { 0x80 | opcode } else { opcode }, piece)).await;
    }
    client.hears(&large).await;
    drop(client);
    server.stop().await;
}

#[actix_web::test]
async fn a_ping_may_carry_125_bytes_and_no_more_and_a_pong_is_not_answered() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::connect(server.address, "/echo").await;
    for payload in [&b""[..], b"Hello, world!", &[0x00, 0xff, 0xfe, 0xfd], &[0xfe; 125]] {
        client.sends(&frame(0x89, payload)).await;
        assert_eq!(client.next().await, Some((0x8a, payload.to_vec())));
    }
    // Cases 2.7 to 2.9: the next that comes is the answer to the ping.
    client.sends(&[frame(0x8a, b"unasked"), frame(0x89, b"asked")].concat()).await;
    assert_eq!(client.next().await, Some((0x8a, b"asked".to_vec())));
    client.sends(&frame(0x89, &[0xfe; 126])).await;
    client.is_closed(CloseReason::ProtocolError).await;
    server.stop().await;
}

#[actix_web::test]
async fn characters_may_be_cut_by_frames_and_bad_ones_end_the_socket_as_soon_as_they_show() {
    let server = Server::start(Limits::default()).await;
    let text = "κόσμε, Hello-µ@ßöäüàá-UTF-8!! 𝄞";
    let mut client = Client::connect(server.address, "/echo").await;
    // Cases 6.2: one byte in each fragment.
    let last = text.len() - 1;
    for (number, byte) in text.bytes().enumerate() {
        let opcode = if number == 0 { 0x01 } else { 0x00 };
        client.sends(&frame(if number == last { 0x80 | opcode } else { opcode }, &[byte])).await;
    }
    client.hears(text).await;
    drop(client);
    // Cases 6.3 and 6.4: the message is not finished, and never will be.
    for bad in [&b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"[..], b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xe0\x80\xaf"] {
        let mut client = Client::connect(server.address, "/echo").await;
        client.sends(&[frame(0x01, "κόσμε".as_bytes()), frame(0x00, bad)].concat()).await;
        client.is_closed(CloseReason::NotUtf8).await;
    }
    server.stop().await;
}

#[actix_web::test]
async fn an_end_is_answered_once_and_nothing_after_it() {
    let server = Server::start(Limits::default()).await;
    // Cases 7.1: whatever follows the close frame is not acted on.
    for after in [frame(0x81, b"hello"), frame(0x89, b"ping"), frame(0x88, b"\x03\xe8"), frame(0x80, b"rest")] {
        let mut client = Client::connect(server.address, "/echo").await;
        client.sends(&[frame(0x88, b"\x03\xe8"), after].concat()).await;
        client.is_closed(CloseReason::Normal).await;
    }
    // Cases 7.3, 7.5 and 7.7: what a client may say at the end.
    let longest = [&b"\x03\xe8"[..], &[b'*'; 123]].concat();
    let codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map(|code: u16| code.to_be_bytes().to_vec());
    for payload in codes.into_iter().chain([Vec::new(), longest]) {
        let mut client = Client::connect(server.address, "/echo").await;
        client.sends(&frame(0x88, &payload)).await;
        client.is_closed(CloseReason::Normal).await;
    }
    // Cases 7.9 and 7.13: and what it may not.
    for code in [0_u16, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let mut client = Client::connect(server.address, "/echo").await;
        client.sends(&frame(0x88, &code.to_be_bytes())).await;
        client.is_closed(CloseReason::ProtocolError).await;
    }
    server.stop().await;
}
