//! WebSocket frames as a client sees them: the server's are read where they lie in the buffer, one's own are masked.

/// A whole text message.
pub const TEXT: u8 = 0x1;
/// A whole binary message.
pub const BINARY: u8 = 0x2;
/// The end, with a code and a reason.
pub const CLOSE: u8 = 0x8;
/// A question to be answered by [`PONG`] with the same payload.
pub const PING: u8 = 0x9;
/// The answer.
pub const PONG: u8 = 0xa;

/// One frame of a server, borrowed from the buffer it was read into.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerFrame<'a> {
    pub opcode: u8,
    pub payload: &'a [u8],
    /// Bytes of header and payload together: where the next frame begins.
    pub length: usize,
}

/// What stands at the beginning of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    Frame(ServerFrame<'a>),
    /// More bytes are needed.
    Incomplete,
    /// No server that keeps to RFC 6455 says this, or it is something this client does not understand.
    Invalid(&'static str),
}

/// Reads the first frame of `buffer`.
pub fn next(buffer: &[u8]) -> Next<'_> {
    let [first, second, rest @ ..] = buffer else { return Next::Incomplete };
    if first & 0x80 == 0 || first & 0x0f == 0 {
        return Next::Invalid("a fragmented message");
    }
    if first & 0x70 != 0 {
        return Next::Invalid("a reserved bit");
    }
    if second & 0x80 != 0 {
        return Next::Invalid("a masked frame from the server");
    }
    let (header, length) = match (second & 0x7f, rest) {
        (126, [high, low, ..]) => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => match usize::try_from(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])) {
            Ok(length) if length <= 64 << 20 => (10, length),
            _ => return Next::Invalid("a frame of more than 64 MiB"),
        },
        (126 | 127, _) => return Next::Incomplete,
        (short, _) => (2, usize::from(short)),
    };
    match buffer.get(header..header + length) {
        Some(payload) => Next::Frame(ServerFrame { opcode: first & 0x0f, payload, length: header + length }),
        None => Next::Incomplete,
    }
}

/// Writes a whole frame as a client must: masked.
pub fn masked(opcode: u8, payload: &[u8], mask: [u8; 4], out: &mut Vec<u8>) {
    header(opcode, payload.len(), 0x80, out);
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    for chunk in out[start..].chunks_mut(4) {
        for (byte, key) in chunk.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
}

/// Writes a whole frame as a server does: for the floor, which sends what a server would.
pub fn unmasked(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    header(opcode, payload.len(), 0, out);
    out.extend_from_slice(payload);
}

fn header(opcode: u8, length: usize, mask_bit: u8, out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    if length <= 125 {
        out.push(mask_bit | length as u8);
    } else if let Ok(medium) = u16::try_from(length) {
        out.push(mask_bit | 126);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        out.push(mask_bit | 127);
        out.extend_from_slice(&(length as u64).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_found_and_never_before_they_are_whole() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut buffer = Vec::new();
            unmasked(TEXT, &payload, &mut buffer);
            for cut in [0, 1, 2, 3, 5, 9, buffer.len() - 1] {
                if cut < buffer.len() {
                    assert_eq!(next(&buffer[..cut]), Next::Incomplete, "{length} cut at {cut}");
                }
            }
            let whole = buffer.len();
            buffer.extend_from_slice(b"the next one");
            assert_eq!(next(&buffer), Next::Frame(ServerFrame { opcode: TEXT, payload: &payload, length: whole }));
        }
    }

    #[test]
    fn what_no_server_may_say_is_refused() {
        for bytes in [&[0x01, 0x00][..], &[0x80, 0x00], &[0xc1, 0x00], &[0x81, 0x80], &[0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(matches!(next(bytes), Next::Invalid(_)), "{bytes:?}");
        }
    }

    #[test]
    fn masking_is_undone_by_the_same_key() {
        let mut out = Vec::new();
        masked(TEXT, b"hello", [1, 2, 3, 4], &mut out);
        assert_eq!(out[..6], [0x81, 0x85, 1, 2, 3, 4]);
        let clear: Vec<u8> = out[6..].iter().zip([1, 2, 3, 4].iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        assert_eq!(clear, b"hello");
    }
}
