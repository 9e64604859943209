//! Holds the reader to its promises, whatever it is fed. For the fuzzer.

use bytes::Bytes;

use super::{FrameReader, Inbound, Rules};
use crate::protocol::CloseReason;

/// Reads the stream whole, byte by byte, and in chunks of these lengths, over and over. Panics where one reading differs from another,
/// where something is left unread, or where the reader holds more than a message may have.
pub(crate) fn reads_alike(rules: Rules, stream: &[u8], lengths: &[u8]) {
    let whole = read(rules, [stream]);
    assert_eq!(read(rules, stream.chunks(1)), whole, "byte by byte");
    assert_eq!(read(rules, Chunks { rest: stream, lengths: lengths.iter().cycle() }), whole, "in chunks of {lengths:?}");
    let ends = whole.iter().position(|said| matches!(said, Err(_) | Ok(Inbound::Close(_))));
    assert!(ends.is_none_or(|at| at + 1 == whole.len()), "something is said after the end");
}

/// Everything a reader says.
fn read<'a>(rules: Rules, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<Inbound, CloseReason>> {
    let mut reader = FrameReader::new(rules);
    let mut said = Vec::new();
    for chunk in chunks {
        let mut input = Bytes::copy_from_slice(chunk);
        while let Some(next) = reader.next(&mut input).transpose() {
            if let Ok(Inbound::Text(text)) = &next {
                assert!(text.len() <= rules.message_bytes);
            }
            said.push(next);
        }
        assert!(input.is_empty(), "the reader left something unread");
        // A vector that grows takes up to twice what it needs.
        assert!(reader.held() <= 2 * rules.message_bytes.max(125), "the reader holds {} bytes", reader.held());
    }
    said
}

/// The stream cut into pieces of these lengths; none is no cut.
struct Chunks<'a, L> {
    rest: &'a [u8],
    lengths: L,
}

impl<'a, 'l, L: Iterator<Item = &'l u8>> Iterator for Chunks<'a, L> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let length = self.lengths.next().map_or(self.rest.len(), |length| usize::from(*length) + 1);
        let (chunk, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        Some(chunk)
    }
}
