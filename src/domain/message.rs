//! What people say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ClientId, Code, MessageId, Number, Refusal, RoomId, Seq, Timestamp, UserId};

/// The Markdown source of a message: 1 to 8,000 characters (a setting), not only white space, line ends as `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody(String);

impl MessageBody {
    /// Checks the text; `most` is the limit in characters.
    ///
    /// # Errors
    /// [`Code::BodyEmpty`] and [`Code::BodyTooLong`].
    pub fn parse(text: &str, most: usize) -> Result<Self, Refusal> {
        let too_long = || Refusal::of(Code::BodyTooLong, format!("A message has at most {most} characters.")).field("body");
        if text.len() > most.saturating_mul(4) {
            return Err(too_long());
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
        let text = text.trim_end().trim_start_matches('\n');
        if text.chars().all(|c| c.is_whitespace() || super::text::is_invisible(c)) {
            return Err(Refusal::of(Code::BodyEmpty, "A message has at least one visible character.").field("body"));
        }
        if text.chars().count() > most {
            return Err(too_long());
        }
        Ok(Self(text.to_owned()))
    }

    /// The source.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// HTML that only `content::render` makes: safe to put into the page as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Vouches for the HTML. Called by the renderer, after its last fence, and nowhere else (`tests/architecture.rs`).
    pub fn vouched_for(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A body with its rendering, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub body: MessageBody,
    pub html: SafeHtml,
    /// Which renderer made the HTML, so that a newer one can find what to render again.
    pub renderer: i32,
}

/// A stored message as every member of its room sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub room: RoomId,
    pub number: Number,
    /// Where in the room's log it was posted.
    pub seq: Seq,
    pub author: UserId,
    /// The id its author's client gave it; a client finds its own unconfirmed message by it.
    pub client_id: ClientId,
    /// The Markdown source.
    pub body: String,
    /// The rendering, safe to show as it is.
    pub html: String,
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        for (given, kept) in [("hi", "hi"), ("hi  \r\nyou\r\n", "hi  \nyou"), ("    code", "    code"), ("nul\0", "nul\u{fffd}")] {
            assert_eq!(MessageBody::parse(given, 8_000).unwrap().as_str(), kept);
        }
        for refused in ["", "  \n\t ", "\u{200b}\u{2060}"] {
            assert_eq!(MessageBody::parse(refused, 8_000).unwrap_err().code, Code::BodyEmpty, "{refused:?}");
        }
        assert!(MessageBody::parse(&"ü".repeat(8_000), 8_000).is_ok());
        assert_eq!(MessageBody::parse(&"x".repeat(8_001), 8_000).unwrap_err().code, Code::BodyTooLong);
    }
}
