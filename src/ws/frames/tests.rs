use bytes::Bytes;
use proptest::prelude::*;

use super::{FrameReader, Inbound, Rules};
use crate::protocol::CloseReason;

const RULES: Rules = Rules { message_bytes: 64 * 1024, binary: false };

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]));
    frame
}

/// Everything a reader says when it is given these chunks.
fn read<'a>(rules: Rules, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<Inbound, CloseReason>> {
    let mut reader = FrameReader::new(rules);
    let mut said = Vec::new();
    for chunk in chunks {
        let mut input = Bytes::copy_from_slice(chunk);
        while let Some(next) = reader.next(&mut input).transpose() {
            said.push(next);
        }
        assert!(input.is_empty(), "the reader left something unread");
    }
    said
}

fn read_whole(bytes: &[u8]) -> Vec<Result<Inbound, CloseReason>> {
    read(RULES, [bytes])
}

fn text(text: &str) -> Result<Inbound, CloseReason> {
    Ok(Inbound::Text(text.to_owned()))
}

/// A conversation with everything in it: lengths of all three forms, fragments with a ping between them, characters cut in two.
fn conversation() -> (Vec<u8>, Vec<Result<Inbound, CloseReason>>) {
    let long = "ä".repeat(35_000 / 2);
    let bytes = [
        frame(0x81, b""),
        frame(0x81, b"hi"),
        frame(0x01, b"one \xe2"),
        frame(0x89, b"there?"),
        frame(0x00, b"\x82"),
        frame(0x00, b""),
        frame(0x80, b"\xac two"),
        frame(0x8a, b"unasked"),
        frame(0x81, "x".repeat(126).as_bytes()),
        frame(0x81, long.as_bytes()),
        frame(0x88, b"\x03\xe8bye"),
        frame(0x81, b"after the close"),
    ]
    .concat();
    let said = vec![
        text(""),
        text("hi"),
        Ok(Inbound::Ping(b"there?".to_vec())),
        text("one € two"),
        Ok(Inbound::Pong),
        text(&"x".repeat(126)),
        text(&long),
        Ok(Inbound::Close(Some(1000))),
    ];
    (bytes, said)
}

#[test]
fn a_conversation_reads_the_same_whole_and_byte_by_byte() {
    let (bytes, said) = conversation();
    assert_eq!(read_whole(&bytes), said);
    assert_eq!(read(RULES, bytes.chunks(1)), said);
}

#[test]
fn a_conversation_reads_the_same_at_every_cut() {
    let (bytes, said) = conversation();
    // The long text in the middle is alike inside; its edges and all else are cut everywhere.
    for cut in (0..400).chain(bytes.len() - 400..bytes.len()) {
        assert_eq!(read(RULES, [&bytes[..cut], &bytes[cut..]]), said, "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_reads_the_same_in_any_chunks(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        cuts in proptest::collection::vec(1_usize..40, 1..60),
    ) {
        let whole = read_whole(&bytes);
        let mut chunks = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        prop_assert_eq!(read(RULES, chunks), whole);
    }

    #[test]
    fn well_formed_frames_read_the_same_in_any_chunks(
        texts in proptest::collection::vec((".{0,60}", 1_usize..9, any::<bool>()), 1..8),
        cuts in proptest::collection::vec(1_usize..40, 1..60),
    ) {
        let mut bytes = Vec::new();
        let mut said = Vec::new();
        for (content, pieces, ping) in &texts {
            let size = (content.len() / pieces).max(1);
            let fragments: Vec<&[u8]> = if content.is_empty() { vec![&[]] } else { content.as_bytes().chunks(size).collect() };
            for (i, fragment) in fragments.iter().enumerate() {
                let first = if i == 0 { 0x01 } else { 0x00 } | if i + 1 == fragments.len() { 0x80 } else { 0x00 };
                bytes.extend(frame(first, fragment));
                if *ping && i + 1 < fragments.len() {
                    bytes.extend(frame(0x89, b"p"));
                    said.push(Ok(Inbound::Ping(b"p".to_vec())));
                }
            }
            said.push(text(content));
        }
        let mut chunks = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        prop_assert_eq!(read(RULES, chunks), said);
    }
}

#[test]
fn violations_and_their_reasons() {
    use CloseReason::{NotText, NotUtf8, ProtocolError, TooLarge};
    for (what, bytes, reason) in [
        ("a continuation of nothing", frame(0x80, b"x"), ProtocolError),
        ("a text inside a message", [frame(0x01, b"a"), frame(0x81, b"b")].concat(), ProtocolError),
        ("a continuation after the end", [frame(0x01, b"a"), frame(0x80, b"b"), frame(0x80, b"c")].concat(), ProtocolError),
        ("a reserved bit", frame(0xc1, b"x"), ProtocolError),
        ("a reserved opcode", frame(0x8f, b""), ProtocolError),
        ("no mask", vec![0x81, 0x01, b'x'], ProtocolError),
        ("a fragmented ping", frame(0x09, b""), ProtocolError),
        ("a close of one byte", frame(0x88, b"x"), ProtocolError),
        ("a close with 1005", frame(0x88, b"\x03\xed"), ProtocolError),
        ("a close whose words are not text", frame(0x88, b"\x03\xe8\xff"), NotUtf8),
        ("a binary message", frame(0x82, b"x"), NotText),
        ("a text that is not UTF-8", frame(0x81, b"a\xffb"), NotUtf8),
        ("a text that ends inside a character", frame(0x81, b"\xe2\x82"), NotUtf8),
        ("a surrogate", frame(0x81, b"\xed\xa0\x80"), NotUtf8),
        ("an overlong slash", frame(0x81, b"\xc0\xaf"), NotUtf8),
        ("a byte too much", frame(0x81, &vec![b'x'; 64 * 1024 + 1]), TooLarge),
        ("fragments that are too much together", [frame(0x01, &vec![b'x'; 40_000]), frame(0x80, &vec![b'x'; 30_000])].concat(), TooLarge),
    ] {
        assert_eq!(read_whole(&bytes).last(), Some(&Err(reason)), "{what}");
        let after = [bytes, frame(0x81, b"more")].concat();
        assert_eq!(read(RULES, after.chunks(1)).last(), Some(&Err(reason)), "{what}, byte by byte, and nothing after it");
    }
}

#[test]
fn a_header_is_enough_to_refuse_a_message_that_is_too_large() {
    let mut input = Bytes::from_static(&[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 9, 9, 9, 9]);
    let mut reader = FrameReader::new(RULES);
    assert_eq!(reader.next(&mut input), Err(CloseReason::TooLarge));
    // 200 MB that follow are thrown away.
    let mut flood = Bytes::from_static(&[0x55; 4096]);
    assert_eq!(reader.next(&mut flood), Ok(None));
    assert!(flood.is_empty() && !reader.is_midway());
}

#[test]
fn bad_text_is_refused_before_its_message_ends() {
    for bytes in [
        // In a fragment that is not the last, and in the middle of a frame.
        frame(0x01, b"ok \xff"),
        frame(0x81, b"ok \xff and much more")[..12].to_vec(),
    ] {
        assert_eq!(read_whole(&bytes), [Err(CloseReason::NotUtf8)]);
    }
}

#[test]
fn a_message_has_at_most_1024_fragments() {
    let all = [frame(0x01, b""), frame(0x00, b"").repeat(1_022), frame(0x80, b"end")].concat();
    assert_eq!(read_whole(&all), [text("end")]);
    let one_more = [frame(0x01, b""), frame(0x00, b"").repeat(1_024)].concat();
    assert_eq!(read_whole(&one_more), [Err(CloseReason::ProtocolError)]);
}

#[test]
fn midway_is_from_the_first_byte_to_the_last() {
    let mut reader = FrameReader::new(RULES);
    let bytes = [frame(0x01, b"a"), frame(0x89, b""), frame(0x80, b"b")].concat();
    assert!(!reader.is_midway());
    for (i, byte) in bytes.iter().enumerate() {
        let mut input = Bytes::copy_from_slice(&[*byte]);
        let next = reader.next(&mut input).unwrap();
        let last = i + 1 == bytes.len();
        assert_eq!(next == Some(Inbound::Text("ab".to_owned())), last);
        assert_eq!(reader.is_midway(), !last);
    }
}

#[test]
fn memory_grows_with_what_came_and_not_with_what_was_claimed() {
    let mut reader = FrameReader::new(RULES);
    let claims_64_kib = frame(0x81, &vec![b'x'; 64 * 1024]);
    let mut input = Bytes::from(claims_64_kib[..100].to_vec());
    assert_eq!(reader.next(&mut input), Ok(None));
    assert!(reader.message.as_ref().unwrap().capacity() < 1_024);
}

#[test]
fn binary_is_read_where_the_rules_allow_it() {
    let rules = Rules { binary: true, ..RULES };
    let bytes = [frame(0x02, b"\xff"), frame(0x80, b"\x00")].concat();
    assert_eq!(read(rules, bytes.chunks(1)), [Ok(Inbound::Binary(vec![0xff, 0x00]))]);
}
