//! An encoded WebSocket frame: made once, shared by every outbox it goes to.

use bytes::{BufMut, Bytes, BytesMut};

use crate::protocol::{CloseReason, ServerMessage};

/// A whole, unfragmented frame as it goes to the socket. Frames from a server are not masked, so the same bytes serve everyone.
/// Cloning counts a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

const FINAL_TEXT: u8 = 0x81;
const FINAL_CLOSE: u8 = 0x88;
const FINAL_PING: u8 = 0x89;
const FINAL_PONG: u8 = 0x8a;

impl Frame {
    /// A text frame that says `message`.
    pub fn text(message: &ServerMessage) -> Self {
        // Room for the longest header in front: the JSON is written once and the header laid before it.
        let mut json = Vec::with_capacity(512);
        match serde_json::to_writer(&mut json, message) {
            Ok(()) => Self::build(FINAL_TEXT, &json),
            // Every field of a ServerMessage is a number, a string or a list of them; there is no map with other keys and no
            // fallible Serialize, which are the only ways for serde_json to fail on a Vec.
            Err(error) => unreachable!("a ServerMessage is always JSON: {error}"),
        }
    }

    /// A close frame: the code and its words.
    pub fn close(reason: CloseReason) -> Self {
        let mut payload = Vec::with_capacity(2 + reason.reason().len());
        payload.put_u16(reason.code());
        payload.extend_from_slice(reason.reason().as_bytes());
        Self::build(FINAL_CLOSE, &payload)
    }

    /// An empty ping.
    pub fn ping() -> Self {
        Self(Bytes::from_static(&[FINAL_PING, 0]))
    }

    /// The pong for a ping's payload (at most 125 bytes, as RFC 6455 asks of every control frame).
    pub fn pong(payload: &[u8]) -> Self {
        Self::build(FINAL_PONG, payload)
    }

    /// A text or binary frame of any content, for the echo of the conformance tests.
    #[cfg(any(test, feature = "echo"))]
    pub fn data(text: bool, payload: &[u8]) -> Self {
        Self::build(if text { FINAL_TEXT } else { FINAL_TEXT + 1 }, payload)
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The bytes, to be written.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    fn build(first: u8, payload: &[u8]) -> Self {
        let mut frame = BytesMut::with_capacity(payload.len() + 10);
        frame.put_u8(first);
        match payload.len() {
            short @ 0..=125 => frame.put_u8(short as u8),
            medium @ 126..=0xffff => {
                frame.put_u8(126);
                frame.put_u16(medium as u16);
            }
            long => {
                frame.put_u8(127);
                frame.put_u64(long as u64);
            }
        }
        frame.extend_from_slice(payload);
        Self(frame.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            assert_eq!(Frame::build(FINAL_TEXT, &vec![b'x'; length]).bytes().len(), length + header, "{length}");
        }
    }

    #[test]
    fn a_close_frame_says_the_code_and_the_words() {
        let frame = Frame::close(CloseReason::SignedOut);
        assert_eq!(&frame.bytes()[..4], [0x88, 12, 0x10, 0x04]);
        assert_eq!(&frame.bytes()[4..], b"signed out");
    }
}
