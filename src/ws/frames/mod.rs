//! The reader of frames: an own, incremental one for RFC 6455, because the one of actix-http buffers a frame before it checks its
//! length, hands over fragments raw and returns a bad frame again and again.
//!
//! No I/O here: bytes go in, messages or the reason for closing come out. It never holds more than a message may have.

mod close;
mod header;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod inspect;
mod mask;
mod message;
#[cfg(test)]
mod tests;

use bytes::{Buf, Bytes};

use self::header::{Header, Opcode};
use self::message::Message;
use crate::protocol::CloseReason;

/// What a client sent, as far as the socket is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    Text(String),
    /// Only where [`Rules::binary`] allows it.
    Binary(Vec<u8>),
    /// To be answered with a pong of the same payload.
    Ping(Vec<u8>),
    Pong,
    /// The client closes; the code it gave.
    Close(Option<u16>),
}

/// What a reader lets in.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Most bytes of a message, its fragments together.
    pub message_bytes: usize,
    /// Whether binary messages are let in. Snug speaks text; the echo of the conformance tests speaks both.
    pub binary: bool,
}

impl Rules {
    /// Most fragments of a message: 1,024, or one for every 64 bytes where messages may be longer than 64 KiB.
    const fn fragments(&self) -> usize {
        let by_size = self.message_bytes / 64;
        if by_size > 1_024 { by_size } else { 1_024 }
    }
}

/// Reads a client's frames.
#[derive(Debug)]
pub struct FrameReader {
    rules: Rules,
    /// A header that has not fully arrived.
    partial: ([u8; header::LONGEST], usize),
    /// The frame whose payload is arriving, and how much of it has.
    frame: Option<(Header, usize)>,
    /// The message whose fragments are arriving; control frames may stand between them.
    message: Option<Message>,
    /// The payload of a control frame, at most 125 bytes.
    control: Vec<u8>,
    /// After a violation, or a close, nothing more is read.
    ended: bool,
}

impl FrameReader {
    pub const fn new(rules: Rules) -> Self {
        Self { rules, partial: ([0; header::LONGEST], 0), frame: None, message: None, control: Vec::new(), ended: false }
    }

    /// Takes from `input` up to the end of the next thing to act on. `None`: all of `input` is used up and more is needed.
    ///
    /// # Errors
    /// The reason to close with. It is given once; afterwards everything is thrown away unread.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Option<Inbound>, CloseReason> {
        if self.ended {
            input.clear();
            return Ok(None);
        }
        let next = self.read(input);
        if matches!(next, Err(_) | Ok(Some(Inbound::Close(_)))) {
            *self = Self { ended: true, ..Self::new(self.rules) };
            input.clear();
        }
        next
    }

    /// Whether a frame or a message has begun and not ended: the client owes the rest.
    pub const fn is_midway(&self) -> bool {
        self.partial.1 > 0 || self.frame.is_some() || self.message.is_some()
    }

    /// The bytes it takes up, beside its own size.
    #[cfg(any(test, feature = "fuzzing"))]
    fn held(&self) -> usize {
        self.control.capacity() + self.message.as_ref().map_or(0, Message::capacity)
    }

    fn read(&mut self, input: &mut Bytes) -> Result<Option<Inbound>, CloseReason> {
        loop {
            let (header, taken) = match self.frame.take() {
                Some(frame) => frame,
                None => match self.read_header(input)? {
                    Some(header) => (self.admit(header)?, 0),
                    None => return Ok(None),
                },
            };
            // The length was admitted, so it is far below usize::MAX on every platform.
            let missing = header.length as usize - taken;
            let here = missing.min(input.len());
            self.keep(&header, &input[..here], taken);
            input.advance(here);
            if here < missing {
                self.frame = Some((header, taken + here));
                self.check(header)?;
                return Ok(None);
            }
            if let Some(inbound) = self.finish(header)? {
                return Ok(Some(inbound));
            }
        }
    }

    /// Reads a header that may arrive in pieces.
    fn read_header(&mut self, input: &mut Bytes) -> Result<Option<Header>, CloseReason> {
        let (bytes, have) = &mut self.partial;
        if *have == 0
            && let Some((header, length)) = Header::parse(input)?
        {
            input.advance(length);
            return Ok(Some(header));
        }
        let more = input.len().min(header::LONGEST - *have);
        bytes[*have..*have + more].copy_from_slice(&input[..more]);
        match Header::parse(&bytes[..*have + more])? {
            Some((header, length)) => {
                input.advance(length - *have);
                *have = 0;
                Ok(Some(header))
            }
            None => {
                *have += more;
                input.advance(more);
                Ok(None)
            }
        }
    }

    /// Lets a frame in, by its header.
    fn admit(&mut self, header: Header) -> Result<Header, CloseReason> {
        match (header.opcode, &mut self.message) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => {}
            (Opcode::Continuation, Some(message)) => message.admit(&header, &self.rules)?,
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => return Err(CloseReason::ProtocolError),
            (Opcode::Text | Opcode::Binary, none) => *none = Some(Message::begin(&header, &self.rules)?),
        }
        Ok(header)
    }

    fn keep(&mut self, header: &Header, part: &[u8], offset: usize) {
        if header.opcode.is_control() {
            mask::append_unmasked(&mut self.control, part, header.mask, offset);
        } else if let Some(message) = &mut self.message {
            message.append(part, header.mask, offset);
        }
    }

    fn check(&mut self, header: Header) -> Result<(), CloseReason> {
        match &mut self.message {
            Some(message) if !header.opcode.is_control() => message.check(),
            _ => Ok(()),
        }
    }

    /// A frame is complete. Its buffers go to whoever acts on it, so that nothing big stays behind.
    fn finish(&mut self, header: Header) -> Result<Option<Inbound>, CloseReason> {
        match header.opcode {
            Opcode::Close => close::parse(&std::mem::take(&mut self.control)).map(|code| Some(Inbound::Close(code))),
            Opcode::Ping => Ok(Some(Inbound::Ping(std::mem::take(&mut self.control)))),
            Opcode::Pong => {
                self.control = Vec::new();
                Ok(Some(Inbound::Pong))
            }
            Opcode::Continuation | Opcode::Text | Opcode::Binary if header.last => self.message.take().map(Message::finish).transpose(),
            Opcode::Continuation | Opcode::Text | Opcode::Binary => self.check(header).map(|()| None),
        }
    }
}
