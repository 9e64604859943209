//! What text from outside must be before it may become a name or a message.

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use super::{Code, Refusal};

/// The rule of one kind of single-line text.
pub(super) struct Line {
    pub code: Code,
    pub field: &'static str,
    /// "A room name", the beginning of the sentence that refuses.
    pub what: &'static str,
    /// Least number of characters after trimming.
    pub least: usize,
    /// Most characters after trimming and NFC.
    pub most: usize,
}

impl Line {
    /// Trims, composes (NFC) and checks one line of text.
    pub fn parse(&self, text: &str) -> Result<String, Refusal> {
        // Four bytes is the longest character, and composing never lengthens a text by more than three times: what is longer than
        // this cannot become valid, and is refused before it costs anything.
        if text.len() > self.most * 12 {
            return Err(self.refuse());
        }
        let composed: String = text.trim().nfc().collect();
        let length = composed.chars().count();
        if length < self.least || length > self.most || composed.chars().any(is_invisible) {
            return Err(self.refuse());
        }
        Ok(composed)
    }

    fn refuse(&self) -> Refusal {
        let Self { what, least, most, .. } = self;
        Refusal::of(self.code, format!("{what} has {least} to {most} characters, in one line and without invisible ones."))
            .field(self.field)
    }
}

/// Characters that are not seen and so can make one name look like another: controls, line ends, bidirectional overrides and
/// isolates, zero-width spaces, fillers, tags and private use. Joiners that writing systems need (U+200C, U+200D) are allowed.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}'
            | '\u{f0000}'..='\u{10ffff}')
}

/// What two names share when a person could take one for the other (Unicode UTS #39 skeleton, case and spaces folded). The skeleton of
/// a digit can be a capital letter, so case is folded once more behind it.
pub(super) fn look_alike_key(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.')).collect();
    skeleton(&folded).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_share_a_key() {
        for (one, other) in [("general", "GENERAL"), ("paypal", "pаypаl"), ("l0ve", "lOve"), ("a b", "a-b")] {
            assert_eq!(look_alike_key(one), look_alike_key(other), "{one} {other}");
        }
        assert_ne!(look_alike_key("general"), look_alike_key("random"));
    }
}
