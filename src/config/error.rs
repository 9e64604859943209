//! What is wrong with the settings, in one sentence that says what to do.

use std::path::PathBuf;

use thiserror::Error;

use super::SETTINGS;
use super::redact::redact;

/// Why the settings were not accepted. A cause stands in the sentence, so it is not a `source` that would be printed behind it again.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A setting has a value that is not allowed.
    #[error("{place} is {given:?}, but it must be {allowed}.")]
    BadValue { place: String, given: String, allowed: &'static str },
    /// A name that is no setting.
    #[error("{name} is not a setting of Snug; {advice}")]
    Unknown { name: String, advice: String },
    /// The file cannot be read.
    #[error("The settings file {} cannot be read ({cause}); check its path and its permissions.", path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    /// The file is not TOML. The parser's own message would quote the line, which may hold a password.
    #[error("The settings file {} is not valid TOML: {message} in line {line}.", path.display())]
    NotToml { path: PathBuf, message: String, line: usize },
    /// A variable that is not text.
    #[error("The variable {name} is not valid UTF-8; set it to plain text.")]
    NotText { name: String },
    /// Settings of the identity provider's tokens that do not fit together.
    #[error("The settings of JWTs do not fit together: {0}")]
    Jwt(&'static str),
    /// Two limits that cannot both hold.
    #[error(
        "limits.frame_bytes is {frame_bytes}, but a message of limits.message_chars ({message_chars}) needs {needed}; \
         raise one or lower the other."
    )]
    FrameTooSmall { frame_bytes: usize, message_chars: usize, needed: usize },
}

impl ConfigError {
    /// Refuses a value; a password in it is not shown.
    pub(super) fn bad_value(place: String, given: &str, allowed: &'static str) -> Self {
        Self::BadValue { place, given: redact(given), allowed }
    }

    /// Refuses a name, with the nearest of those that exist; `spell` writes a setting's key in the style of the name.
    pub(super) fn unknown(name: &str, place: &str, spell: impl Fn(&super::Setting) -> String) -> Self {
        let nearest = SETTINGS
            .iter()
            .map(spell)
            .map(|candidate| (strsim::jaro_winkler(&bare(name), &bare(&candidate)), candidate))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(one, _), (other, _)| one.total_cmp(other));
        let advice = match nearest {
            Some((_, candidate)) => format!("did you mean {candidate}?"),
            None => "remove it, or see `snug config docs` for all of them.".to_owned(),
        };
        Self::Unknown { name: format!("{name}{place}"), advice }
    }
}

/// The part of a name that tells it from others: a shared beginning would make all variables look alike.
fn bare(name: &str) -> String {
    name.strip_prefix("SNUG_").unwrap_or(name).to_lowercase()
}
