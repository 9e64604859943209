//! Reads a ledger from its first line to its last and counts what must not be.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use anyhow::{Context, Result};
use serde::Serialize;

use super::entry::Entry;

/// How many examples of what is wrong are kept.
const EXAMPLES: usize = 20;

/// What a ledger shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Acknowledged and not stored, or stored and never heard by a member.
    pub lost: u64,
    /// One post in two places.
    pub duplicated: u64,
    /// Two answers to what stands at a place, or a sender's posts in another order than they were sent in.
    pub reordered: u64,
    /// A place that was left out.
    pub gaps: u64,
    /// Everything else that the protocol rules out.
    pub unexpected: u64,
    pub counted: Counted,
    /// The first of them, in words, with the line of the ledger.
    pub examples: Vec<String>,
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub posts: u64,
    pub attempts: u64,
    pub acknowledged: u64,
    pub receipts: u64,
    pub repeats_ignored: u64,
    pub resumed: u64,
    pub reconnects: u64,
    pub stored: u64,
    pub kills: u64,
    pub stops: u64,
    pub slowest_ready_ms: u64,
    pub slowest_stop_ms: u64,
    pub vanished: u64,
    pub troubles: u64,
    pub refused: u64,
    pub read_meanwhile: u64,
    pub slowest_recovery_ms: u64,
}

impl Verdict {
    /// All zero.
    pub const fn is_clean(&self) -> bool {
        self.lost + self.duplicated + self.reordered + self.gaps + self.unexpected == 0
    }

    /// One more, in words.
    pub fn add(&mut self, fault: Fault, words: String) {
        let (count, name) = match fault {
            Fault::Lost => (&mut self.lost, "lost"),
            Fault::Duplicated => (&mut self.duplicated, "duplicated"),
            Fault::Reordered => (&mut self.reordered, "reordered"),
            Fault::Gap => (&mut self.gaps, "gap"),
            Fault::Unexpected => (&mut self.unexpected, "unexpected"),
        };
        *count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(format!("{name}: {words}"));
        }
    }
}

/// A post as it was sent.
struct Post {
    account: i64,
    room: i64,
    text: u32,
    sender: (u32, u32),
    attempts: u32,
    acknowledged: bool,
    stored: bool,
    refused: bool,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub room: i64,
    pub seq: i64,
    pub number: i64,
}

/// Takes entries in order.
#[derive(Default)]
pub struct Checker {
    line: u64,
    posts: HashMap<u64, Post>,
    places: HashMap<u64, Place>,
    at: HashMap<(i64, i64), u64>,
    cursors: BTreeMap<(u32, i64), i64>,
    stored: BTreeMap<i64, Vec<(i64, i64, u64)>>,
    last: BTreeMap<i64, i64>,
    /// Between a kill or stop and the next `ready`, sockets may break.
    down: bool,
    /// Since the database got into trouble: answers that said so.
    refused_in_trouble: Option<u64>,
    verdict: Verdict,
}

/// The kinds of fault.
#[derive(Clone, Copy)]
pub enum Fault {
    Lost,
    Duplicated,
    Reordered,
    Gap,
    Unexpected,
}

impl Checker {
    /// Checks a whole ledger.
    ///
    /// # Errors
    /// A line that is none.
    pub fn check(ledger: impl BufRead) -> Result<Verdict> {
        let mut checker = Self::default();
        for line in ledger.lines() {
            let line = line?;
            let entry: Entry = line.parse().with_context(|| format!("line {}: {line:?}", checker.line + 1))?;
            checker.take(&entry);
        }
        Ok(checker.finish())
    }

    /// Takes the next line.
    pub fn take(&mut self, entry: &Entry) {
        self.line += 1;
        match *entry {
            Entry::Start { client, room, seq } => drop(self.cursors.insert((client, room), seq)),
            Entry::Attempt { client, connection, account, room, post, text } => {
                self.verdict.counted.attempts += 1;
                let sent = Post {
                    account,
                    room,
                    text,
                    sender: (client, connection),
                    attempts: 0,
                    acknowledged: false,
                    stored: false,
                    refused: false,
                };
                self.posts.entry(post).or_insert(sent).attempts += 1;
            }
            Entry::Ack { room, post, seq, number, .. } => self.acknowledged(entry, post, Place { room, seq, number }),
            Entry::Retry { .. } => {
                self.verdict.counted.refused += 1;
                self.refused_in_trouble = self.refused_in_trouble.map(|refused| refused + 1);
            }
            Entry::Refused { post, .. } => {
                if let Some(post) = self.posts.get_mut(&post) {
                    post.refused = true;
                }
                self.fault(Fault::Unexpected, entry, "refused for good");
            }
            Entry::Receipt { client, room, seq, number, account, post, text } => {
                self.verdict.counted.receipts += 1;
                self.stands(entry, post, Place { room, seq, number }, account, text);
                self.applied(entry, client, room, seq);
            }
            Entry::Other { client, room, seq } => self.applied(entry, client, room, seq),
            Entry::Repeat { .. } => self.verdict.counted.repeats_ignored += 1,
            Entry::Jump { .. } => self.fault(Fault::Gap, entry, "an event was left out of the push"),
            Entry::Resumed { client, room, seq } => {
                self.verdict.counted.resumed += 1;
                if self.cursors.get(&(client, room)).is_none_or(|cursor| *cursor < seq) {
                    self.fault(Fault::Gap, entry, "resumed beyond what was replayed");
                }
            }
            Entry::Reset { .. } => self.fault(Fault::Unexpected, entry, "reset"),
            Entry::Foreign { .. } => self.fault(Fault::Unexpected, entry, "nobody here sent this"),
            Entry::Opened { connection, .. } => self.verdict.counted.reconnects += u64::from(connection > 1),
            Entry::Closed { code, .. } => {
                if !self.down {
                    self.fault(Fault::Unexpected, entry, &format!("a socket ended ({code}) while the server was up"));
                } else if !matches!(code, 0 | 503 | 1012) {
                    self.fault(Fault::Unexpected, entry, &format!("a socket ended with {code} while the server was going down"));
                }
            }
            Entry::Killed { .. } => {
                self.verdict.counted.kills += 1;
                self.down = true;
            }
            Entry::Stopping { .. } => self.down = true,
            Entry::Stopped { ms, limit, clean, .. } => {
                self.verdict.counted.stops += 1;
                let slowest = &mut self.verdict.counted.slowest_stop_ms;
                *slowest = ms.max(*slowest);
                if ms > limit || clean != 1 {
                    self.fault(Fault::Unexpected, entry, "it did not stop in order and in time");
                }
            }
            Entry::Untold { .. } => self.fault(Fault::Unexpected, entry, "a socket was not told that the server stops"),
            Entry::Ready { ms, limit, .. } => {
                self.down = false;
                let slowest = &mut self.verdict.counted.slowest_ready_ms;
                *slowest = ms.max(*slowest);
                if ms > limit {
                    self.fault(Fault::Unexpected, entry, "it was not ready again in time");
                }
            }
            Entry::Vanished { .. } => self.verdict.counted.vanished += 1,
            Entry::Trouble { .. } => {
                self.verdict.counted.troubles += 1;
                self.refused_in_trouble = Some(0);
            }
            Entry::Over { .. } => {
                if self.refused_in_trouble.take() == Some(0) {
                    self.fault(Fault::Unexpected, entry, "nobody was refused anything: the trouble was none");
                }
            }
            Entry::Read { answered, wrong, .. } => {
                self.verdict.counted.read_meanwhile += u64::from(answered);
                if answered == 0 || wrong > 0 {
                    self.fault(Fault::Unexpected, entry, "reading did not go on");
                }
            }
            Entry::Recovered { ms, limit, .. } => {
                let slowest = &mut self.verdict.counted.slowest_recovery_ms;
                *slowest = ms.max(*slowest);
                if ms > limit {
                    self.fault(Fault::Unexpected, entry, "it did not recover in time");
                }
            }
            Entry::Otherwise { .. } => self.fault(Fault::Unexpected, entry, "it was made to die there and died of something else"),
            Entry::Stuck { .. } => self.fault(Fault::Unexpected, entry, "what was waited for did not happen"),
            Entry::Stored { room, seq, number, account, post, text } => {
                self.verdict.counted.stored += 1;
                self.stands(entry, post, Place { room, seq, number }, account, text);
                self.stored.entry(room).or_default().push((number, seq, post));
                if let Some(sent) = self.posts.get_mut(&post) {
                    sent.stored = true;
                }
            }
            Entry::Last { room, seq } => drop(self.last.insert(room, seq)),
        }
    }

    /// The last line was taken: what is missing now is missing.
    pub fn finish(mut self) -> Verdict {
        self.verdict.counted.posts = self.posts.len() as u64;
        let unstored: Vec<u64> = self.posts.iter().filter(|(_, post)| post.acknowledged && !post.stored).map(|(id, _)| *id).collect();
        unstored.into_iter().for_each(|post| self.fault_at_end(Fault::Lost, format!("post {post} was acknowledged and is not stored")));
        let unanswered: Vec<u64> = self.posts.iter().filter(|(_, post)| !post.acknowledged && !post.refused).map(|(id, _)| *id).collect();
        unanswered.into_iter().for_each(|post| self.fault_at_end(Fault::Unexpected, format!("post {post} was never answered")));
        for (room, mut messages) in std::mem::take(&mut self.stored) {
            messages.sort_unstable();
            self.room_in_order(room, &messages);
            self.everybody_heard(room, &messages);
        }
        self.verdict
    }

    fn acknowledged(&mut self, entry: &Entry, post: u64, place: Place) {
        match self.posts.get_mut(&post) {
            None => return self.fault(Fault::Unexpected, entry, "acknowledged, but nobody sent it"),
            Some(sent) => {
                self.verdict.counted.acknowledged += u64::from(!sent.acknowledged);
                sent.acknowledged = true;
            }
        }
        self.placed(entry, post, place);
    }

    /// A message as a client or a reader was shown it.
    fn stands(&mut self, entry: &Entry, post: u64, place: Place, account: i64, text: u32) {
        match self.posts.get(&post) {
            None => self.fault(Fault::Unexpected, entry, "nobody sent this"),
            Some(sent) if (sent.account, sent.room, sent.text) != (account, place.room, text) => {
                self.fault(Fault::Unexpected, entry, "not the author, room or text that was sent");
            }
            Some(_) => {}
        }
        self.placed(entry, post, place);
    }

    /// One post stands in one place and one place holds one post, whoever says so.
    fn placed(&mut self, entry: &Entry, post: u64, place: Place) {
        if *self.places.entry(post).or_insert(place) != place {
            self.fault(Fault::Duplicated, entry, "the same post stands in another place too");
        }
        if *self.at.entry((place.room, place.seq)).or_insert(post) != post {
            self.fault(Fault::Reordered, entry, "another post was seen in this place");
        }
    }

    fn applied(&mut self, entry: &Entry, client: u32, room: i64, seq: i64) {
        match self.cursors.insert((client, room), seq) {
            None => self.fault(Fault::Unexpected, entry, "a room that this client is not in"),
            Some(cursor) if seq > cursor + 1 => self.fault(Fault::Gap, entry, "a client applied beyond a hole"),
            Some(cursor) if seq <= cursor => self.fault(Fault::Reordered, entry, "a client went back"),
            Some(_) => {}
        }
    }

    fn room_in_order(&mut self, room: i64, messages: &[(i64, i64, u64)]) {
        let mut by_sender: HashMap<(u32, u32), u64> = HashMap::new();
        let mut before = (0, 0);
        for (number, seq, post) in messages.iter().copied() {
            if number != before.0 + 1 {
                self.fault_at_end(Fault::Gap, format!("room {room}: message {number} stands after message {}", before.0));
            }
            if seq <= before.1 {
                self.fault_at_end(Fault::Reordered, format!("room {room}: message {number} has seq {seq}, after {}", before.1));
            }
            before = (number, seq);
            // Posts are numbered in the order in which they are first sent. One that was sent again may stand behind later ones.
            if let Some(sent) = self.posts.get(&post).filter(|sent| sent.attempts == 1) {
                let latest = by_sender.entry(sent.sender).or_insert(post);
                let newest = *latest;
                *latest = newest.max(post);
                if post < newest {
                    self.fault_at_end(Fault::Reordered, format!("room {room}: post {post} stands after post {newest} of the same socket"));
                }
            }
        }
    }

    fn everybody_heard(&mut self, room: i64, messages: &[(i64, i64, u64)]) {
        let last = self.last.get(&room).copied().unwrap_or_default();
        let behind: Vec<(u32, i64)> = self
            .cursors
            .iter()
            .filter(|((_, heard), cursor)| *heard == room && **cursor < last)
            .map(|((client, _), cursor)| (*client, *cursor))
            .collect();
        for (client, cursor) in behind {
            let missed = messages.iter().filter(|(_, seq, _)| *seq > cursor).count();
            (0..missed)
                .for_each(|_| self.fault_at_end(Fault::Lost, format!("client {client} stopped at {cursor} of {last} in room {room}")));
        }
    }

    fn fault(&mut self, fault: Fault, entry: &Entry, why: &str) {
        let line = self.line;
        self.fault_at_end(fault, format!("line {line}: {entry}: {why}"));
    }

    fn fault_at_end(&mut self, fault: Fault, words: String) {
        self.verdict.add(fault, words);
    }
}

#[cfg(test)]
#[path = "checker_tests.rs"]
mod tests;
