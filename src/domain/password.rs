//! Passwords on their way in.

use std::fmt;

use super::{Code, Refusal};

/// A password of 10 to 256 characters. Never shown, never logged: its `Debug` is empty and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Checks the length in characters; every character counts, none is trimmed.
    ///
    /// # Errors
    /// [`Code::PasswordInvalid`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() <= 4 * 256 && (10..=256).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::PasswordInvalid, "A password has 10 to 256 characters.").field("password"))
        }
    }

    /// For hashing, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_measured_in_characters_and_never_shown() {
        assert!(Password::parse("ten chars!").is_ok());
        assert!(Password::parse(&"ü".repeat(256)).is_ok());
        for refused in ["nine char", "", &"x".repeat(257)] {
            assert_eq!(Password::parse(refused).unwrap_err().code, Code::PasswordInvalid);
        }
        assert!(!format!("{:?}", Password::parse("correct horse").unwrap()).contains("horse"));
    }
}
