//! One client as a good page behaves: it holds cursors, resumes, asks again with the same `client_id` and applies nothing twice.
//! Here it only decides; `clients.rs` speaks and writes down.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

/// A place in a room's log, as the server gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub seq: i64,
    pub tag: i64,
}

impl Cursor {
    /// Reads `{"seq", "tag"}`.
    pub fn of(value: &Value) -> Option<Self> {
        Some(Self { seq: value["seq"].as_i64()?, tag: value["tag"].as_i64()? })
    }
}

/// A post without an answer.
#[derive(Debug, Clone)]
pub struct Unanswered {
    pub room: i64,
    /// When to ask again after an answer that said so.
    pub again_at: Option<Instant>,
}

/// Where the client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not connected, and not before this moment.
    Away {
        until: Instant,
    },
    Opening,
    /// `ready` came.
    There,
}

/// What to do with an event.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Apply,
    /// Known already.
    Ignore,
    /// The replay that was asked for will bring it again.
    WaitForReplay,
    /// A hole: ask for what is missing.
    Ask {
        from: i64,
    },
}

#[derive(Debug)]
pub struct Client {
    pub account: usize,
    pub stage: Stage,
    /// Sockets it has had.
    pub connection: u32,
    pub cursors: BTreeMap<i64, Option<Cursor>>,
    pub resuming: BTreeSet<i64>,
    pub unanswered: BTreeMap<u64, Unanswered>,
    pub epoch: Option<String>,
}

impl Client {
    pub fn new(account: usize, rooms: &[i64], now: Instant) -> Self {
        Self {
            account,
            stage: Stage::Away { until: now },
            connection: 0,
            cursors: rooms.iter().map(|room| (*room, None)).collect(),
            resuming: BTreeSet::new(),
            unanswered: BTreeMap::new(),
            epoch: None,
        }
    }

    /// Whether it hears everything and waits for nothing.
    pub fn is_settled(&self) -> bool {
        self.stage == Stage::There && self.resuming.is_empty()
    }

    /// Its socket is gone; not before this moment does it open another.
    pub fn is_away(&mut self, until: Instant) {
        self.stage = Stage::Away { until };
        self.resuming.clear();
    }

    /// Takes the rooms of `ready`: answers those whose log it begins to follow and those it has to resume.
    pub fn is_let_in(&mut self, rooms: &[(i64, Cursor)]) -> (Vec<(i64, Cursor)>, Vec<i64>) {
        self.stage = Stage::There;
        let (mut begun, mut behind) = (Vec::new(), Vec::new());
        for (room, last) in rooms {
            match self.cursors.get_mut(room) {
                Some(none @ None) => {
                    *none = Some(*last);
                    begun.push((*room, *last));
                }
                Some(Some(own)) if own != last => behind.push(*room),
                _ => {}
            }
        }
        self.resuming = behind.iter().copied().collect();
        (begun, behind)
    }

    /// Decides about an event and moves the cursor where it is applied.
    pub fn hears(&mut self, room: i64, event: Cursor) -> Step {
        let Some(Some(cursor)) = self.cursors.get_mut(&room) else { return Step::Ignore };
        if event.seq <= cursor.seq {
            return Step::Ignore;
        }
        if event.seq == cursor.seq + 1 {
            *cursor = event;
            return Step::Apply;
        }
        let from = cursor.seq;
        if self.resuming.insert(room) { Step::Ask { from } } else { Step::WaitForReplay }
    }

    /// The frame that asks for what is missing in these rooms.
    pub fn resume(&self, rooms: &[i64], reference: u32) -> String {
        let held = |room: &i64| Some((*room, self.cursors.get(room).copied().flatten()?));
        let rooms =
            rooms.iter().filter_map(held).map(|(room, cursor)| json!({"room": room, "cursor": {"seq": cursor.seq, "tag": cursor.tag}}));
        json!({"type": "resume", "ref": reference, "rooms": rooms.collect::<Vec<_>>()}).to_string()
    }

    /// Starts a room over.
    pub fn starts_over(&mut self, room: i64, cursor: Cursor) {
        self.cursors.insert(room, Some(cursor));
        self.resuming.remove(&room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: i64) -> Cursor {
        Cursor { seq, tag: seq * 7 }
    }

    #[test]
    fn a_client_follows_resumes_and_applies_nothing_twice() {
        let mut client = Client::new(0, &[5, 6], Instant::now());
        assert_eq!(client.is_let_in(&[(5, at(3)), (6, at(1)), (9, at(4))]), (vec![(5, at(3)), (6, at(1))], vec![]));
        assert!(client.is_settled());
        assert_eq!(client.hears(9, at(5)), Step::Ignore);
        assert_eq!(client.hears(5, at(4)), Step::Apply);
        assert_eq!(client.hears(5, at(4)), Step::Ignore);
        assert_eq!(client.hears(5, at(6)), Step::Ask { from: 4 });
        assert_eq!(client.hears(5, at(7)), Step::WaitForReplay);
        assert_eq!(client.hears(5, at(5)), Step::Apply);

        assert_eq!(client.is_let_in(&[(5, at(9)), (6, at(1))]), (vec![], vec![5]));
        assert!(!client.is_settled());
        assert_eq!(client.resume(&[5], 3), r#"{"ref":3,"rooms":[{"cursor":{"seq":5,"tag":35},"room":5}],"type":"resume"}"#);
        client.starts_over(5, at(9));
        assert!(client.is_settled());
    }

    #[test]
    fn a_cursor_with_another_tag_is_behind_even_at_the_same_place() {
        let mut client = Client::new(0, &[5], Instant::now());
        client.is_let_in(&[(5, at(3))]);
        assert_eq!(client.is_let_in(&[(5, Cursor { seq: 3, tag: 1 })]).1, [5]);
    }
}
