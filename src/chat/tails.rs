//! The newest events of each room, as they were fanned out. Who comes back after a short absence is told from here what was missed:
//! after a cut of all sockets at once, everybody asks at the same moment, and the database need not be asked at all.

use std::collections::{HashMap, VecDeque};

use super::Frame;
use crate::domain::{Cursor, RoomId};

/// Bytes that are kept of all rooms together. The oldest event goes first, whichever room it is of.
const KEPT_BYTES: usize = 2 * 1024 * 1024;
/// What an event costs beside its frame: its places in both queues and its allocation.
const EVENT_COST: usize = 96;

/// The tails of all rooms.
#[derive(Debug)]
pub struct Tails {
    rooms: HashMap<RoomId, Tail>,
    /// The room of each kept event, the oldest event first. May name a room more often than it has events.
    order: VecDeque<RoomId>,
    bytes: usize,
    limit: usize,
}

/// The tail of one room.
#[derive(Debug)]
struct Tail {
    /// The event before the first kept one; `None` where that was before the start of this process.
    before: Option<Cursor>,
    kept: VecDeque<(Cursor, Frame)>,
    last: Cursor,
}

impl Default for Tails {
    fn default() -> Self {
        Self::of(KEPT_BYTES)
    }
}

impl Tails {
    fn of(limit: usize) -> Self {
        Self { rooms: HashMap::new(), order: VecDeque::new(), bytes: 0, limit }
    }

    /// Adds the next event of a room.
    pub fn push(&mut self, room: RoomId, at: Cursor, frame: Frame) {
        self.bytes += cost(&frame);
        self.order.push_back(room);
        let tail = self.rooms.entry(room).or_insert_with(|| Tail { before: None, kept: VecDeque::new(), last: at });
        if at.seq.0 != tail.last.seq.0 + 1 {
            // Another process has written to the room, and what it wrote was not heard here.
            self.bytes -= tail.kept.drain(..).map(|(_, frame)| cost(&frame)).sum::<usize>();
            tail.before = None;
        }
        tail.kept.push_back((at, frame));
        tail.last = at;
        // What was left out of a room still has its places in the order.
        while (self.bytes > self.limit || self.order.len() > self.limit / EVENT_COST)
            && let Some(oldest) = self.order.pop_front()
        {
            self.drop_first(oldest);
        }
    }

    fn drop_first(&mut self, room: RoomId) {
        if let Some(tail) = self.rooms.get_mut(&room)
            && let Some((at, frame)) = tail.kept.pop_front()
        {
            tail.before = Some(at);
            self.bytes -= cost(&frame);
        }
    }

    /// The last event of a room that was fanned out since the start.
    pub fn last(&self, room: RoomId) -> Option<Cursor> {
        self.rooms.get(&room).map(|tail| tail.last)
    }

    /// Everything of a room after this cursor. `None` where that cannot be told from here, or is more than `most` bytes.
    pub fn since(&self, room: RoomId, cursor: Cursor, most: usize) -> Option<Vec<Frame>> {
        let tail = self.rooms.get(&room)?;
        let after = match tail.before {
            Some(before) if before == cursor => 0,
            // A tag that differs is of another history: a backup was restored.
            _ => tail.kept.binary_search_by_key(&cursor.seq, |(at, _)| at.seq).ok().filter(|place| tail.kept[*place].0 == cursor)? + 1,
        };
        let missed = || tail.kept.range(after..).map(|(_, frame)| frame);
        (missed().map(|frame| frame.bytes().len()).sum::<usize>() <= most).then(|| missed().cloned().collect())
    }
}

fn cost(frame: &Frame) -> usize {
    frame.bytes().len() + EVENT_COST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Seq, Tag};

    const LOBBY: RoomId = RoomId::new(7);
    const OFFICE: RoomId = RoomId::new(8);

    fn at(seq: i64) -> Cursor {
        Cursor { seq: Seq(seq), tag: Tag(seq as u32) }
    }

    fn frame(seq: i64) -> Frame {
        Frame::pong(format!("{seq:0>100}").as_bytes())
    }

    /// Room for as many events.
    fn with_space_for(events: usize) -> Tails {
        Tails::of(events * cost(&frame(0)))
    }

    fn frames(seqs: impl Iterator<Item = i64>) -> Option<Vec<Frame>> {
        Some(seqs.map(frame).collect())
    }

    #[test]
    fn what_came_after_a_known_event_is_told_and_nothing_where_it_is_not_known() {
        let mut tails = with_space_for(100);
        assert_eq!(tails.since(LOBBY, at(3), 10_000), None);
        for seq in 4..=9 {
            tails.push(LOBBY, at(seq), frame(seq));
        }
        assert_eq!(tails.last(LOBBY), Some(at(9)));
        assert_eq!(tails.since(LOBBY, at(9), 10_000), frames(10..10));
        assert_eq!(tails.since(LOBBY, at(6), 10_000), frames(7..=9));
        assert_eq!(tails.since(LOBBY, at(4), 10_000), frames(5..=9));
        assert_eq!(tails.since(LOBBY, at(3), 10_000), None, "it was before the start: its tag is not known");
        assert_eq!(tails.since(LOBBY, at(10), 10_000), None, "it was not fanned out yet");
        assert_eq!(tails.since(LOBBY, Cursor { tag: Tag(0), ..at(6) }, 10_000), None, "it is of another history");
        assert_eq!(tails.since(LOBBY, at(4), 300), None, "that is too much for one answer");
        assert_eq!(tails.since(OFFICE, at(4), 10_000), None);
    }

    #[test]
    fn what_another_process_wrote_in_between_is_not_left_out() {
        let mut tails = with_space_for(4);
        for seq in [4, 5, 8, 9] {
            tails.push(LOBBY, at(seq), frame(seq));
        }
        assert_eq!(tails.since(LOBBY, at(5), 10_000), None);
        assert_eq!(tails.since(LOBBY, at(8), 10_000), frames(9..=9));
        assert_eq!(tails.bytes, 2 * cost(&frame(0)));
        for seq in 10..20 {
            tails.push(LOBBY, at(seq), frame(seq));
        }
        assert_eq!(tails.bytes, tails.rooms[&LOBBY].kept.iter().map(|(_, frame)| cost(frame)).sum::<usize>());
        assert_eq!(tails.since(LOBBY, at(18), 10_000), frames(19..=19));
    }

    #[test]
    fn two_processes_that_write_by_turns_leave_nothing_behind() {
        let mut tails = with_space_for(4);
        for seq in 1..1_000 {
            tails.push(LOBBY, at(2 * seq), frame(2 * seq));
        }
        assert!(tails.order.len() <= tails.limit / EVENT_COST);
        assert_eq!(tails.since(LOBBY, at(1_998), 10_000), frames(0..0));
    }

    #[test]
    fn the_oldest_events_of_all_rooms_go_first_and_the_last_cursor_stays() {
        let mut tails = with_space_for(4);
        tails.push(OFFICE, at(1), frame(1));
        for seq in 1..=5 {
            tails.push(LOBBY, at(seq), frame(seq));
        }
        assert_eq!(tails.order.len(), 4);
        assert_eq!(tails.since(LOBBY, at(1), 10_000), frames(2..=5), "the first kept one is preceded by a known one");
        assert_eq!(tails.last(OFFICE), Some(at(1)));
        assert_eq!(tails.since(OFFICE, at(1), 10_000), frames(2..2), "nothing was missed there");
        for seq in 2..=5 {
            tails.push(OFFICE, at(seq), frame(seq));
        }
        assert_eq!(tails.since(LOBBY, at(4), 10_000), None);
        assert_eq!(tails.since(OFFICE, at(1), 10_000), frames(2..=5));
    }
}
