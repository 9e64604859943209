//! Missed events, without a hole: the relay holds a room's new events back while the old ones are read up to where it began to hold,
//! then lets them follow.
//!
//! What was missed in a short absence the centre still has. For the rest the first look is one query for all rooms. A room that is further
//! behind than its share of that look is then read page by page.

use std::collections::HashMap;

use super::{Puller, broken_off};
use crate::chat::Frame;
use crate::chat::commands::{Held, Hold};
use crate::domain::{Cursor, LogEntry, RoomId, Seq, UserId};
use crate::protocol::{CloseReason, ResetRoom, ResumeRoom, ServerMessage};
use crate::store::events::{self, Replay};
use crate::store::{Connection, StoreError};
use crate::ws::relay::HoldId;

/// Events of the first look, all rooms together.
const FIRST_LOOK: usize = 512;
/// Events that a page asks the database for.
const PAGE_EVENTS: usize = 64;
/// Encoded bytes of a page; also what is kept of the first look at once, and taken from the centre.
const PAGE_BYTES: usize = 64 * 1024;

/// A room that is being resumed.
#[derive(Debug, Clone, Copy)]
struct Resumed {
    room: RoomId,
    hold: HoldId,
    /// How far the client is.
    cursor: Cursor,
    /// Where the relay began to hold; nothing after it is replayed.
    up_to: Seq,
    /// Events that may still be replayed before the room is started over instead.
    allowance: usize,
}

/// What a look at the log gave for one room.
#[derive(Debug)]
enum Look {
    /// These, up to this cursor, and that is all of them.
    Whole(Vec<Frame>, Cursor),
    /// These, up to this cursor, and there is more.
    Part(Vec<Frame>, Cursor),
    /// The client's copy cannot be mended.
    Reset,
}

impl Puller {
    /// Resumes rooms. What the client is not (or no longer) in, and what cannot be mended, is `reset`.
    pub(super) async fn resume(&self, asked: Vec<ResumeRoom>) -> Result<(), CloseReason> {
        let mut cursors: HashMap<RoomId, Cursor> = asked.iter().map(|one| (one.room, one.cursor)).collect();
        let rooms = cursors.iter().map(|(room, cursor)| (*room, *cursor)).collect();
        let hold = Hold { session: self.session, rooms, most: PAGE_BYTES };
        let heard = self.chat.addr().send(hold).await.map_err(|_| CloseReason::Restarting)?;
        // The centre's answer may overtake its word to the relay.
        self.relay.settled().await;
        let mut behind = Vec::new();
        for Held { room, cursor, up_to, missed } in heard {
            // One who has left meanwhile hears it no more: that room is reset below.
            let Some(hold) = self.relay.hold_of(self.session, room) else { continue };
            cursors.remove(&room);
            // A page of history may have told the client of events that have not been fanned out yet.
            let until = up_to.map_or(Seq(i64::MAX), |up_to| up_to.seq.max(cursor.seq));
            let one = Resumed { room, hold, cursor, up_to: until, allowance: self.limits.replay_events };
            match (missed, up_to) {
                // After a cut of all sockets at once that is nearly everyone, and it needs no query.
                (Some(frames), Some(up_to)) if frames.len() <= one.allowance => {
                    self.push(one, Look::Whole(frames, up_to));
                }
                _ => behind.push(one),
            }
        }
        for room in cursors.into_keys() {
            self.outbox.push(reset(room));
        }
        self.first_look(behind).await
    }

    async fn first_look(&self, resumed: Vec<Resumed>) -> Result<(), CloseReason> {
        if resumed.is_empty() {
            return Ok(());
        }
        let (user, replay_events, asked) = (self.user, self.limits.replay_events, resumed.clone());
        let looks = self.store.read(move |conn| first_look(conn, user, &asked, replay_events)).await.map_err(|error| broken_off(&error))?;
        let mut further = Vec::new();
        for (one, look) in resumed.into_iter().zip(looks) {
            match look {
                Some(look) => further.extend(self.push(one, look)),
                None => further.push(one),
            }
        }
        for one in further {
            self.page_by_page(one).await?;
        }
        Ok(())
    }

    async fn page_by_page(&self, mut one: Resumed) -> Result<(), CloseReason> {
        loop {
            self.outbox.has_space().await;
            let user = self.user;
            let look = self.store.read(move |conn| next_page(conn, user, &one)).await.map_err(|error| broken_off(&error))?;
            match self.push(one, look) {
                Some(rest) => one = rest,
                None => return Ok(()),
            }
        }
    }

    /// Pushes what was read, and lets the held events follow where that is all. Answers what is left to do.
    fn push(&self, one: Resumed, look: Look) -> Option<Resumed> {
        let push = |frame| self.relay.push_held(self.session, one.hold, frame);
        let rest = match look {
            Look::Whole(frames, cursor) => {
                let _ = frames.into_iter().all(push) && push(resumed(one.room, cursor));
                None
            }
            Look::Part(frames, cursor) => {
                let allowance = one.allowance.saturating_sub(frames.len());
                if allowance == 0 {
                    push(reset(one.room));
                    None
                } else {
                    frames.into_iter().all(push).then_some(Resumed { cursor, allowance, ..one })
                }
            }
            Look::Reset => {
                push(reset(one.room));
                None
            }
        };
        if rest.is_none() {
            self.relay.release(self.session, one.hold);
        }
        rest
    }
}

/// One query for all rooms. `None` for a room that has to be read page by page.
fn first_look(conn: &mut Connection, user: UserId, resumed: &[Resumed], replay_events: usize) -> Result<Vec<Option<Look>>, StoreError> {
    let share = (FIRST_LOOK / resumed.len().max(1)).min(replay_events).max(1);
    let asked: Vec<(RoomId, Cursor, Seq)> = resumed.iter().map(|one| (one.room, one.cursor, one.up_to)).collect();
    let mut replays: HashMap<RoomId, Replay> = events::replay(conn, user, &asked, share)?.into_iter().collect();
    let mut kept = 0;
    Ok(resumed
        .iter()
        .map(|one| match replays.remove(&one.room) {
            // In memory no more than a page, whatever was read: what is over is read again when there is space for it.
            Some(Replay::Entries(entries, cursor)) if kept < PAGE_BYTES => {
                let frames = encode(entries);
                kept += frames.iter().map(|frame| frame.bytes().len()).sum::<usize>();
                Some(Look::Whole(frames, cursor))
            }
            // Either the cursor is of another history, or only its share was too small; a page tells.
            Some(Replay::Entries(..) | Replay::Reset) => None,
            Some(Replay::Hidden) | None => Some(Look::Reset),
        })
        .collect())
}

fn next_page(conn: &mut Connection, user: UserId, one: &Resumed) -> Result<Look, StoreError> {
    let behind = one.up_to.0.saturating_sub(one.cursor.seq.0);
    if one.up_to.0 != i64::MAX && behind > i64::try_from(one.allowance).unwrap_or(i64::MAX) {
        return Ok(Look::Reset);
    }
    match events::page(conn, user, one.room, one.cursor, one.up_to, PAGE_EVENTS)? {
        Replay::Entries(entries, reached) => Ok(cut(entries, reached, PAGE_EVENTS)),
        Replay::Reset | Replay::Hidden => Ok(Look::Reset),
    }
}

/// Encodes entries up to a page's bytes, at least one.
fn cut(entries: Vec<LogEntry>, reached: Cursor, asked: usize) -> Look {
    let all_there_are = entries.len() < asked;
    let mut frames = Vec::new();
    let (mut bytes, mut cursor, many) = (0, reached, entries.len());
    for entry in entries {
        if bytes >= PAGE_BYTES {
            break;
        }
        cursor = Cursor { seq: entry.seq, tag: entry.tag };
        let frame = Frame::text(&ServerMessage::Event(entry));
        bytes += frame.bytes().len();
        frames.push(frame);
    }
    if all_there_are && frames.len() == many { Look::Whole(frames, reached) } else { Look::Part(frames, cursor) }
}

fn encode(entries: Vec<LogEntry>) -> Vec<Frame> {
    entries.into_iter().map(|entry| Frame::text(&ServerMessage::Event(entry))).collect()
}

fn reset(room: RoomId) -> Frame {
    Frame::text(&ServerMessage::Reset(ResetRoom { room }))
}

fn resumed(room: RoomId, cursor: Cursor) -> Frame {
    Frame::text(&ServerMessage::Resumed { room, cursor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Event, RoomName, Tag, Timestamp};

    fn entries(many: i64) -> Vec<LogEntry> {
        let entry = |seq: i64| LogEntry {
            room: RoomId::new(1),
            seq: Seq(seq),
            tag: Tag(seq as u32),
            at: Timestamp::from_micros(0),
            by: None,
            event: Event::Renamed { name: RoomName::parse(&"x".repeat(60)).unwrap() },
        };
        (1..=many).map(entry).collect()
    }

    fn cursor(seq: i64) -> Cursor {
        Cursor { seq: Seq(seq), tag: Tag(seq as u32) }
    }

    #[test]
    fn fewer_than_asked_for_are_all_there_are() {
        assert!(matches!(cut(entries(3), cursor(3), 4), Look::Whole(frames, at) if frames.len() == 3 && at == cursor(3)));
        assert!(matches!(cut(entries(4), cursor(4), 4), Look::Part(frames, at) if frames.len() == 4 && at == cursor(4)));
        assert!(matches!(cut(entries(0), cursor(9), 4), Look::Whole(frames, at) if frames.is_empty() && at == cursor(9)));
    }

    #[test]
    fn a_page_ends_at_its_bytes_and_the_next_begins_there() {
        let Look::Part(frames, at) = cut(entries(1_000), cursor(1_000), 2_000) else { panic!("cut nothing") };
        let bytes: usize = frames.iter().map(|frame| frame.bytes().len()).sum();
        assert!((PAGE_BYTES..PAGE_BYTES + 1_000).contains(&bytes), "{bytes}");
        assert_eq!(at, cursor(frames.len() as i64));
    }
}
