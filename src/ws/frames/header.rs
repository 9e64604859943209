//! The header of one frame (RFC 6455, section 5.2).

use crate::protocol::CloseReason;

/// The longest header from a client: two bytes, a 64-bit length and the mask.
pub(super) const LONGEST: usize = 14;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    const fn parse(bits: u8) -> Result<Self, CloseReason> {
        match bits {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xa => Ok(Self::Pong),
            _ => Err(CloseReason::ProtocolError),
        }
    }
}

/// A frame's header, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub opcode: Opcode,
    /// The last fragment of its message.
    pub last: bool,
    pub length: u64,
    pub mask: [u8; 4],
}

impl Header {
    /// Reads a header from the beginning of `bytes` and says how long it was. `None`: it is not all there yet.
    ///
    /// What can be refused is refused by the first byte that shows it, so that a bad frame is not waited for.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, CloseReason> {
        let Some(&first) = bytes.first() else { return Ok(None) };
        let last = first & 0x80 != 0;
        // The reserved bits belong to extensions, and none is ever agreed on.
        if first & 0x70 != 0 {
            return Err(CloseReason::ProtocolError);
        }
        let opcode = Opcode::parse(first & 0x0f)?;
        if opcode.is_control() && !last {
            return Err(CloseReason::ProtocolError);
        }
        let Some(&second) = bytes.get(1) else { return Ok(None) };
        // An unmasked frame could be a request that a careless proxy takes for one of its own (RFC 6455, section 10.3).
        if second & 0x80 == 0 {
            return Err(CloseReason::ProtocolError);
        }
        let short = second & 0x7f;
        if opcode.is_control() && short > 125 {
            return Err(CloseReason::ProtocolError);
        }
        let Some((length, after_length)) = Self::length(short, bytes)? else { return Ok(None) };
        let Some(&mask) = bytes.get(after_length..).and_then(<[u8]>::first_chunk::<4>) else { return Ok(None) };
        Ok(Some((Self { opcode, last, length, mask }, after_length + 4)))
    }

    /// The payload's length and where it ended; a longer form than needed is refused, and so is a length with the top bit set.
    fn length(short: u8, bytes: &[u8]) -> Result<Option<(u64, usize)>, CloseReason> {
        let (length, least, end) = match short {
            126 => match bytes.get(2..).and_then(<[u8]>::first_chunk::<2>) {
                Some(&medium) => (u64::from(u16::from_be_bytes(medium)), 126, 4),
                None => return Ok(None),
            },
            127 => match bytes.get(2..).and_then(<[u8]>::first_chunk::<8>) {
                Some(&long) => (u64::from_be_bytes(long), 0x1_0000, 10),
                None => return Ok(None),
            },
            _ => (u64::from(short), 0, 2),
        };
        if length < least || length > i64::MAX as u64 {
            return Err(CloseReason::ProtocolError);
        }
        Ok(Some((length, end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    fn header(start: &[u8]) -> Vec<u8> {
        [start, &MASK].concat()
    }

    #[test]
    fn lengths() {
        for (start, length) in [
            (&[0x81, 0x80][..], 0),
            (&[0x81, 0xfd], 125),
            (&[0x81, 0xfe, 0, 126], 126),
            (&[0x81, 0xfe, 0xff, 0xff], 65_535),
            (&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
            (&[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], i64::MAX as u64),
        ] {
            let bytes = header(start);
            let expected = Header { opcode: Opcode::Text, last: true, length, mask: MASK };
            assert_eq!(Header::parse(&bytes), Ok(Some((expected, bytes.len()))), "{start:?}");
            for cut in 0..bytes.len() {
                assert_eq!(Header::parse(&bytes[..cut]), Ok(None), "{start:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn refused_by_the_first_byte_that_shows_it() {
        for (what, start) in [
            ("reserved bit 1", &[0xc1][..]),
            ("reserved bit 2", &[0xa1]),
            ("reserved bit 3", &[0x91]),
            ("reserved data opcode", &[0x83]),
            ("reserved control opcode", &[0x8b]),
            ("fragmented ping", &[0x09]),
            ("fragmented close", &[0x08]),
            ("unmasked", &[0x81, 0x01]),
            ("long ping", &[0x89, 0xfe]),
            ("longer close", &[0x88, 0xff]),
            ("125 in 16 bits", &[0x81, 0xfe, 0, 125]),
            ("65,535 in 64 bits", &[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
            ("top bit", &[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ] {
            assert_eq!(Header::parse(start), Err(CloseReason::ProtocolError), "{what}");
            assert_eq!(Header::parse(&start[..start.len() - 1]), Ok(None), "{what}, a byte less");
        }
    }
}
