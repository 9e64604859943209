//! Pages of messages.

use super::Puller;
use crate::chat::Frame;
use crate::domain::{Refusal, RoomId};
use crate::protocol::{Ref, ServerMessage};
use crate::store::StoreError;
use crate::store::messages::{self, MessagePage, PageAt};
use crate::ws::session::requests::Refused;

/// Messages of a page where the client does not say.
const USUAL: u32 = 50;
/// A page is cut to fit this part of the outbox.
const SHARE: usize = 4;

impl Puller {
    /// Answers a page, or why there is none. The page is encoded where it is read, off the worker.
    pub(super) async fn history(&self, r#ref: Ref, room: RoomId, at: PageAt, limit: Option<u32>) {
        let (user, most) = (self.user, self.limits.outbox_bytes / SHARE);
        let limit = limit.unwrap_or(USUAL).max(1);
        let page = self.store.read(move |conn| Ok(encode(r#ref, room, messages::page(conn, user, room, at, limit)?, at, most))).await;
        let frame = page.unwrap_or_else(|error| {
            if !matches!(error, StoreError::Refused(_) | StoreError::Busy) {
                tracing::warn!(%error, "a page of history could not be read");
            }
            Frame::text(&Refused { r#ref: Some(r#ref), refusal: Refusal::from(error) }.message())
        });
        self.outbox.push(frame);
    }
}

/// The page as a frame of at most `most` bytes, if one message alone is not more than that. What is cut off is what the client would
/// ask for next.
fn encode(r#ref: Ref, room: RoomId, page: MessagePage, at: PageAt, most: usize) -> Frame {
    let MessagePage { mut messages, mut has_older, mut has_newer, cursor } = page;
    loop {
        let message = ServerMessage::Page { r#ref, room, messages, has_older, has_newer, cursor };
        let frame = Frame::text(&message);
        let ServerMessage::Page { messages: encoded, .. } = message else { return frame };
        messages = encoded;
        let many = messages.len();
        if frame.bytes().len() <= most || many <= 1 {
            return frame;
        }
        match at {
            PageAt::Newest | PageAt::Before(_) => {
                messages.drain(..many / 2);
                has_older = true;
            }
            PageAt::After(_) => {
                messages.truncate(many - many / 2);
                has_newer = true;
            }
            PageAt::Around(number) => {
                // Kept around the message that was asked for, wherever it stands.
                let middle = messages.partition_point(|message| message.number < number).min(many - 1);
                let kept = (many / 2).max(1);
                let start = middle.saturating_sub(kept / 2).min(many - kept);
                has_older |= start > 0;
                has_newer |= start + kept < many;
                messages.truncate(start + kept);
                messages.drain(..start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClientId, Cursor, Message, MessageId, Number, Seq, Timestamp, UserId};

    fn page(messages: i64, bytes: usize) -> MessagePage {
        let message = |number| Message {
            id: MessageId::new(number),
            room: RoomId::new(1),
            number: Number(number),
            seq: Seq(number),
            author: UserId::new(1),
            client_id: ClientId::parse("7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b11").unwrap(),
            body: "x".repeat(bytes),
            html: String::new(),
            at: Timestamp::from_micros(0),
        };
        MessagePage { messages: (1..=messages).map(message).collect(), has_older: false, has_newer: false, cursor: Cursor::default() }
    }

    /// The numbers of the messages that are left, and whether there are older and newer ones.
    fn encoded(page: MessagePage, at: PageAt) -> (Vec<i64>, bool, bool) {
        let frame = encode(1, RoomId::new(1), page, at, 10_000);
        let json = &frame.bytes()[if frame.bytes()[1] == 126 { 4 } else { 10 }..];
        match serde_json::from_slice(json).unwrap() {
            ServerMessage::Page { messages, has_older, has_newer, .. } => {
                assert!(frame.bytes().len() <= 10_000 || messages.len() == 1);
                (messages.iter().map(|message| message.number.0).collect(), has_older, has_newer)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_that_fits_is_whole() {
        assert_eq!(encoded(page(9, 100), PageAt::Newest), ((1..=9).collect(), false, false));
    }

    #[test]
    fn a_page_too_large_is_cut_at_its_far_end() {
        assert_eq!(encoded(page(8, 2_000), PageAt::Newest), (vec![5, 6, 7, 8], true, false));
        assert_eq!(encoded(page(8, 2_000), PageAt::Before(Number(9))), (vec![5, 6, 7, 8], true, false));
        assert_eq!(encoded(page(8, 2_000), PageAt::After(Number(0))), (vec![1, 2, 3, 4], false, true));
        assert_eq!(encoded(page(8, 2_000), PageAt::Around(Number(5))), (vec![3, 4, 5, 6], true, true));
        assert_eq!(encoded(page(8, 2_000), PageAt::Around(Number(1))), (vec![1, 2, 3, 4], false, true));
        assert_eq!(encoded(page(8, 2_000), PageAt::Around(Number(8))), (vec![5, 6, 7, 8], true, false));
    }

    #[test]
    fn the_message_asked_for_is_there_however_large() {
        for number in 1..=7 {
            assert_eq!(encoded(page(7, 20_000), PageAt::Around(Number(number))).0, [number]);
        }
        assert_eq!(encoded(page(7, 20_000), PageAt::Newest).0, [7]);
        assert_eq!(encoded(page(7, 20_000), PageAt::After(Number(0))).0, [1]);
    }
}
