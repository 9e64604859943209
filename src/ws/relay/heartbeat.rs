//! One clock for all sockets of a worker, instead of timers for each.
//!
//! It counts the relay's own ticks and not the time: a worker that was stopped for a minute must not take everyone for silent.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::domain::SessionId;
use crate::protocol::CloseReason;

/// How long a tick is.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// Ticks between two pings of a socket.
const PING_EVERY: u32 = 25;
/// Ticks between two looks at a socket's silence.
const LOOK_EVERY: u32 = 5;
/// Ticks without a byte from the client after which it is gone.
const SILENT_AFTER: u32 = 60;
/// Ticks that a client has to finish a message it has begun, so that all is over within ten seconds.
const UNFINISHED_AFTER: u32 = 9;

/// A worker's clock.
#[derive(Debug, Default)]
pub struct Clock {
    now: Cell<u32>,
    /// The sessions that have begun a message, for the few that do not finish it at once.
    midway: RefCell<Vec<SessionId>>,
}

/// What the clock knows of one socket.
#[derive(Debug)]
pub struct Pulse {
    session: SessionId,
    clock: Rc<Clock>,
    heard: Cell<u32>,
    midway_since: Cell<Option<u32>>,
    /// Whether the clock's list has this session already.
    listed: Cell<bool>,
}

impl Pulse {
    pub(super) fn new(session: SessionId, clock: &Rc<Clock>) -> Rc<Self> {
        let heard = Cell::new(clock.now.get());
        Rc::new(Self { session, clock: Rc::clone(clock), heard, midway_since: Cell::new(None), listed: Cell::new(false) })
    }

    /// Something came from the client.
    pub fn heard(&self) {
        self.heard.set(self.clock.now.get());
    }

    /// A message is complete.
    pub fn finished(&self) {
        self.midway_since.set(None);
    }

    /// All that came is read, and a message has begun and not ended.
    pub fn midway(&self) {
        if self.midway_since.get().is_none() {
            self.midway_since.set(Some(self.clock.now.get()));
        }
        if !self.listed.replace(true) {
            self.clock.midway.borrow_mut().push(self.session);
        }
    }

    fn is_unfinished(&self) -> bool {
        self.midway_since.get().is_some_and(|since| self.clock.now.get() - since >= UNFINISHED_AFTER)
    }
}

/// What a socket needs at this tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    End(CloseReason),
}

impl Clock {
    /// The next tick.
    pub(super) fn advance(&self) {
        self.now.set(self.now.get().wrapping_add(1));
    }

    /// Whether this tick looks at a socket with this number. The numbers spread the sockets over the ticks.
    pub(super) fn looks_at(&self, number: u32) -> bool {
        self.now.get().wrapping_add(number).is_multiple_of(LOOK_EVERY)
    }

    /// What a socket that is looked at needs.
    pub(super) fn due(&self, number: u32, pulse: &Pulse) -> Due {
        let now = self.now.get();
        if now - pulse.heard.get() >= SILENT_AFTER {
            Due::End(CloseReason::Silent)
        } else if now.wrapping_add(number).is_multiple_of(PING_EVERY) {
            Due::Ping
        } else {
            Due::Nothing
        }
    }

    /// The sessions that have been midway in a message for too long. `pulse` finds those that are still there.
    pub(super) fn unfinished<'a>(&self, pulse: impl Fn(SessionId) -> Option<&'a Pulse>) -> Vec<SessionId> {
        let mut late = Vec::new();
        self.midway.borrow_mut().retain(|session| {
            let Some(pulse) = pulse(*session) else { return false };
            if pulse.midway_since.get().is_none() {
                pulse.listed.set(false);
            } else if pulse.is_unfinished() {
                late.push(*session);
            }
            pulse.listed.get()
        });
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(clock: &Clock, number: u32) {
        for _ in 0..number {
            clock.advance();
        }
    }

    #[test]
    fn a_socket_is_pinged_every_25_ticks_and_gone_after_60_silent_ones() {
        let clock = Rc::new(Clock::default());
        for number in 0..50 {
            let pulse = Pulse::new(SessionId::next(), &clock);
            let mut dues = Vec::new();
            for tick in 1..=70 {
                clock.advance();
                if clock.looks_at(number) {
                    dues.push((tick, clock.due(number, &pulse)));
                }
            }
            assert_eq!(dues.iter().filter(|(tick, due)| *tick <= 50 && *due == Due::Ping).count(), 2, "{number}");
            let gone = dues.iter().find(|(_, due)| *due == Due::End(CloseReason::Silent)).unwrap().0;
            assert!((60..65).contains(&gone), "{number}: {gone}");
        }
    }

    #[test]
    fn a_byte_in_time_keeps_a_socket() {
        let clock = Rc::new(Clock::default());
        let pulse = Pulse::new(SessionId::next(), &clock);
        for _ in 0..5 {
            ticks(&clock, 50);
            pulse.heard();
        }
        ticks(&clock, 59);
        assert_ne!(clock.due(0, &pulse), Due::End(CloseReason::Silent));
    }

    #[test]
    fn whoever_does_not_finish_a_message_is_named_once_it_is_late() {
        let clock = Rc::new(Clock::default());
        let [slow, quick] = [(); 2].map(|()| Pulse::new(SessionId::next(), &clock));
        let pulse = |session| [&*slow, &*quick].into_iter().find(|pulse| pulse.session == session);
        slow.midway();
        quick.midway();
        ticks(&clock, 8);
        assert_eq!(clock.unfinished(pulse), []);
        // One finishes and begins the next; more bytes of the same message change nothing for the other.
        quick.finished();
        quick.midway();
        slow.midway();
        ticks(&clock, 1);
        assert_eq!(clock.unfinished(pulse), [slow.session]);
        quick.finished();
        ticks(&clock, 9);
        assert_eq!(clock.unfinished(pulse), [slow.session]);
        assert_eq!(clock.midway.borrow().len(), 1);
        assert_eq!(clock.unfinished(|_| None), []);
        assert_eq!(clock.midway.borrow().len(), 0);
    }
}
