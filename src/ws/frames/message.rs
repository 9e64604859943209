//! A message that is being joined from its fragments.

use super::header::{Header, Opcode};
use super::mask::append_unmasked;
use super::{Inbound, Rules};
use crate::protocol::CloseReason;

#[derive(Debug)]
pub(super) struct Message {
    text: bool,
    bytes: Vec<u8>,
    /// How much of a text is known to be whole UTF-8 characters.
    checked: usize,
    fragments: usize,
}

impl Message {
    /// Begins a message with its first frame.
    pub(super) fn begin(first: &Header, rules: &Rules) -> Result<Self, CloseReason> {
        let text = first.opcode == Opcode::Text;
        if !text && !rules.binary {
            return Err(CloseReason::NotText);
        }
        let mut message = Self { text, bytes: Vec::new(), checked: 0, fragments: 0 };
        message.admit(first, rules)?;
        Ok(message)
    }

    /// Admits one more fragment, by its declared length and before any of it is kept: a header may claim 2^40 bytes.
    pub(super) fn admit(&mut self, fragment: &Header, rules: &Rules) -> Result<(), CloseReason> {
        self.fragments += 1;
        // A million empty fragments are within every limit of bytes.
        if self.fragments > rules.fragments() {
            return Err(CloseReason::ProtocolError);
        }
        let room = rules.message_bytes.saturating_sub(self.bytes.len());
        if fragment.length > room as u64 {
            return Err(CloseReason::TooLarge);
        }
        Ok(())
    }

    /// Keeps a part of a fragment's payload. Memory grows with what has arrived, never with what was claimed.
    pub(super) fn append(&mut self, part: &[u8], mask: [u8; 4], offset: usize) {
        append_unmasked(&mut self.bytes, part, mask, offset);
    }

    /// Checks what has arrived of a text that is not complete, so that a bad one is refused at once. A character that is cut off at
    /// the end is looked at again when more has come.
    pub(super) fn check(&mut self) -> Result<(), CloseReason> {
        if !self.text {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(valid) => self.checked += valid.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(CloseReason::NotUtf8),
        }
        Ok(())
    }

    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The whole message.
    pub(super) fn finish(self) -> Result<Inbound, CloseReason> {
        if self.text {
            String::from_utf8(self.bytes).map(Inbound::Text).map_err(|_| CloseReason::NotUtf8)
        } else {
            Ok(Inbound::Binary(self.bytes))
        }
    }
}
