//! Who is there. Derived from open sessions, never stored; several tabs are one person.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use super::Frame;
use crate::domain::UserId;
use crate::protocol::{Presence as PresenceMessage, ServerMessage};

/// How long a person stays online after their last session ended, so that a reload does not blink.
pub const GRACE: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy)]
enum State {
    /// With this many open sessions.
    Here(usize),
    /// Without a session since then.
    Leaving(Instant),
}

/// What changed since the last time it was told.
#[derive(Debug, PartialEq, Eq)]
pub struct Diff {
    pub online: Vec<UserId>,
    pub offline: Vec<UserId>,
}

/// The people with open sessions, and those who have just gone.
#[derive(Debug, Default)]
pub struct Presence {
    people: HashMap<UserId, State>,
    arrived: BTreeSet<UserId>,
    /// Who is online, encoded; `None` once that has changed. After a restart everybody asks for it at the same moment.
    snapshot: Option<Frame>,
}

impl Presence {
    /// A session of this person began.
    pub fn arrive(&mut self, user: UserId) {
        match self.people.get_mut(&user) {
            Some(State::Here(sessions)) => *sessions += 1,
            Some(state @ State::Leaving(_)) => *state = State::Here(1),
            None => {
                self.people.insert(user, State::Here(1));
                self.arrived.insert(user);
                self.snapshot = None;
            }
        }
    }

    /// A session of this person ended.
    pub fn depart(&mut self, user: UserId, now: Instant) {
        match self.people.get_mut(&user) {
            Some(State::Here(sessions)) if *sessions > 1 => *sessions -= 1,
            Some(state) => *state = State::Leaving(now),
            None => {}
        }
    }

    /// Everyone online, in order.
    pub fn online(&self) -> Vec<UserId> {
        let mut online: Vec<UserId> = self.people.keys().copied().collect();
        online.sort_unstable();
        online
    }

    /// The same as it is told to a session that has just come.
    pub fn snapshot(&mut self) -> Frame {
        if let Some(snapshot) = &self.snapshot {
            return snapshot.clone();
        }
        let snapshot = PresenceMessage::Snapshot { online: self.online() };
        self.snapshot.insert(Frame::text(&ServerMessage::Presence(snapshot))).clone()
    }

    /// What to tell everyone, at most once a second; `None` where nothing changed.
    pub fn diff(&mut self, now: Instant) -> Option<Diff> {
        let mut offline: Vec<UserId> = Vec::new();
        self.people.retain(|user, state| match state {
            State::Leaving(since) if now.duration_since(*since) >= GRACE => {
                offline.push(*user);
                false
            }
            _ => true,
        });
        if !offline.is_empty() {
            self.snapshot = None;
        }
        // Who came and went before anybody was told was never there.
        offline.retain(|user| !self.arrived.remove(user));
        offline.sort_unstable();
        let online: Vec<UserId> = std::mem::take(&mut self.arrived).into_iter().collect();
        (!online.is_empty() || !offline.is_empty()).then_some(Diff { online, offline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: UserId = UserId::new(1);
    const BOB: UserId = UserId::new(2);

    #[test]
    fn two_tabs_are_one_person_who_leaves_with_the_last_one() {
        let start = Instant::now();
        let mut presence = Presence::default();
        presence.arrive(ALICE);
        presence.arrive(ALICE);
        assert_eq!(presence.diff(start), Some(Diff { online: vec![ALICE], offline: vec![] }));
        presence.depart(ALICE, start);
        assert_eq!(presence.diff(start + GRACE * 2), None);
        presence.depart(ALICE, start);
        assert_eq!(presence.online(), [ALICE]);
        assert_eq!(presence.diff(start + GRACE), Some(Diff { online: vec![], offline: vec![ALICE] }));
        assert!(presence.online().is_empty());
    }

    #[test]
    fn a_snapshot_says_who_is_online_now() {
        let start = Instant::now();
        let mut presence = Presence::default();
        let says = |presence: &mut Presence, online| {
            let message = ServerMessage::Presence(PresenceMessage::Snapshot { online });
            assert_eq!(presence.snapshot(), Frame::text(&message));
        };
        presence.arrive(BOB);
        says(&mut presence, vec![BOB]);
        presence.arrive(ALICE);
        says(&mut presence, vec![ALICE, BOB]);
        presence.depart(BOB, start);
        presence.diff(start);
        says(&mut presence, vec![ALICE, BOB]);
        presence.diff(start + GRACE);
        says(&mut presence, vec![ALICE]);
    }

    #[test]
    fn a_reload_is_not_told() {
        let start = Instant::now();
        let mut presence = Presence::default();
        presence.arrive(BOB);
        presence.diff(start);
        presence.depart(BOB, start);
        presence.arrive(BOB);
        assert_eq!(presence.diff(start + GRACE * 2), None);
        assert_eq!(presence.online(), [BOB]);
    }
}
