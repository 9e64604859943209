//! What attackers do, and how each has to be answered. The masks are zero, so that the bytes stand here as they are sent.

use std::time::Duration;

/// One kind of attack.
pub struct Kind {
    pub name: &'static str,
    /// What is sent once, and then again and again.
    pub first: Vec<u8>,
    pub again: Option<Again>,
    /// The close code that the server has to give.
    pub code: u16,
}

pub struct Again {
    pub bytes: Vec<u8>,
    pub times: usize,
    pub pause: Duration,
}

const PROTOCOL_ERROR: u16 = 1002;
const NOT_UTF8: u16 = 1007;
const TOO_LARGE: u16 = 1009;
const UNFINISHED: u16 = 4002;
const FLOODING: u16 = 4201;
/// More than anybody will send before they are closed.
const WITHOUT_END: usize = usize::MAX;

impl Kind {
    /// Whether it shows in what is sent, and not only in how slowly.
    pub const fn is_fast(&self) -> bool {
        self.code != UNFINISHED
    }
}

/// All kinds.
pub fn all() -> Vec<Kind> {
    let once = |name, first, code| Kind { name, first, again: None, code };
    let again = |bytes: Vec<u8>, times, pause| Some(Again { bytes, times, pause: Duration::from_millis(pause) });
    vec![
        Kind {
            name: "a header that claims 2^40 bytes, and 200 MB after it",
            first: vec![0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            again: again(vec![b'x'; 64 * 1024], 3_200, 0),
            code: TOO_LARGE,
        },
        Kind {
            name: "one byte a second",
            first: frame(0x81, &[b'x'; 1_000])[..9].to_vec(),
            again: again(b"x".to_vec(), WITHOUT_END, 1_000),
            code: UNFINISHED,
        },
        Kind {
            name: "a fragment every 20 ms, without end",
            first: frame(0x01, b"x"),
            again: again(frame(0x00, b"x"), WITHOUT_END, 20),
            code: UNFINISHED,
        },
        Kind {
            name: "fragments without end",
            first: frame(0x01, b"x"),
            again: again(frame(0x00, b"x").repeat(100), WITHOUT_END, 0),
            code: PROTOCOL_ERROR,
        },
        Kind {
            name: "long fragments without end",
            first: frame(0x01, b"x"),
            again: again(frame(0x00, &[b'x'; 16_000]), WITHOUT_END, 0),
            code: TOO_LARGE,
        },
        Kind {
            name: "a million empty fragments",
            first: frame(0x01, b""),
            again: again(frame(0x00, b"").repeat(1_000), 1_000, 0),
            code: PROTOCOL_ERROR,
        },
        Kind { name: "a million pings", first: Vec::new(), again: again(frame(0x89, b"").repeat(1_000), 1_000, 0), code: FLOODING },
        Kind { name: "a million pongs", first: Vec::new(), again: again(frame(0x8a, b"").repeat(1_000), 1_000, 0), code: FLOODING },
        once("an unmasked frame", vec![0x81, 0x01, b'x'], PROTOCOL_ERROR),
        once("an opcode that is none", frame(0x83, b"x"), PROTOCOL_ERROR),
        once("a control opcode that is none", frame(0x8b, b"x"), PROTOCOL_ERROR),
        once("a reserved bit", frame(0xc1, b"x"), PROTOCOL_ERROR),
        once("a continuation of nothing", frame(0x80, b"x"), PROTOCOL_ERROR),
        once("a fragmented ping", frame(0x09, b"x"), PROTOCOL_ERROR),
        once("a text that is not UTF-8", frame(0x81, b"ok \xff"), NOT_UTF8),
        once("a close of one byte", frame(0x88, b"x"), PROTOCOL_ERROR),
        once("a close with a code that may not be sent", frame(0x88, b"\x03\xed"), PROTOCOL_ERROR),
        once("a close whose words are not UTF-8", frame(0x88, b"\x03\xe8\xff"), NOT_UTF8),
    ]
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(short @ 0..=125) => frame.push(0x80 | short as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend(length.unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
