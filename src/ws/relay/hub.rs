//! Who of this thread hears what: a plain index, without an actor.

use std::collections::HashMap;
use std::rc::Rc;

use super::heartbeat::{Clock, Due, Pulse};
use super::hold::{Hold, HoldId};
use crate::chat::{Frame, Step};
use crate::domain::{RoomId, SessionId};
use crate::protocol::CloseReason;
use crate::ws::outbox::{Outbox, Push};

/// The sockets of one thread.
#[derive(Debug, Default)]
pub(super) struct Hub {
    pub clock: Rc<Clock>,
    sessions: HashMap<SessionId, Local>,
    /// Who hears a room, dense, so that a fan-out is a walk over a slice.
    rooms: HashMap<RoomId, Vec<Listener>>,
    attached: u32,
    holds: u64,
}

/// A session of this thread.
#[derive(Debug)]
struct Local {
    outbox: Rc<Outbox>,
    pulse: Rc<Pulse>,
    /// Spreads the sockets over the ticks.
    number: u32,
    /// The rooms it hears and its place in each room's list; ordered by room.
    rooms: Vec<(RoomId, usize)>,
    holds: Vec<Hold>,
    presence: Presence,
}

/// What a session gets of presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// Nothing before its first snapshot.
    Untold,
    /// Every difference.
    Told,
    /// A difference was dropped; once there is space it needs a snapshot.
    Missed,
}

/// A session's place in a room.
#[derive(Debug)]
struct Listener {
    session: SessionId,
    outbox: Rc<Outbox>,
    held: bool,
}

impl Hub {
    pub fn attach(&mut self, session: SessionId, outbox: Rc<Outbox>) -> Rc<Pulse> {
        let pulse = Pulse::new(session, &self.clock);
        self.attached = self.attached.wrapping_add(1);
        let local = Local {
            outbox,
            pulse: Rc::clone(&pulse),
            number: self.attached,
            rooms: Vec::new(),
            holds: Vec::new(),
            presence: Presence::Untold,
        };
        self.sessions.insert(session, local);
        pulse
    }

    pub fn detach(&mut self, session: SessionId) {
        if let Some(local) = self.sessions.remove(&session) {
            for (room, place) in local.rooms {
                self.vacate(room, place);
            }
        }
    }

    pub fn apply(&mut self, step: Step) {
        match step {
            Step::Subscribe { session, room } => self.subscribe(session, room),
            Step::Unsubscribe { session, room } => self.unsubscribe(session, room),
            Step::Hold { session, room } => self.hold(session, room),
            Step::Event { room, frame } => self.event(room, &frame),
            Step::Reply { session, frame } => self.reply(session, frame),
            Step::Ephemeral { room, except, frame } => self.ephemeral(room, except, &frame),
            Step::Snapshot { session, frame } => self.snapshot(session, frame),
            Step::Presence { frame } => self.presence(&frame),
        }
    }

    fn subscribe(&mut self, session: SessionId, room: RoomId) {
        let Some(local) = self.sessions.get_mut(&session) else { return };
        if let Err(at) = local.place(room) {
            let listeners = self.rooms.entry(room).or_default();
            local.rooms.insert(at, (room, listeners.len()));
            listeners.push(Listener { session, outbox: Rc::clone(&local.outbox), held: false });
        }
    }

    fn unsubscribe(&mut self, session: SessionId, room: RoomId) {
        let Some(local) = self.sessions.get_mut(&session) else { return };
        if let Ok(at) = local.place(room) {
            let (_, place) = local.rooms.remove(at);
            if let Some(hold) = local.take_hold(|hold| hold.room == room) {
                hold.drop_from(&local.outbox);
            }
            self.vacate(room, place);
        }
    }

    /// Takes a listener out; the last one of the room moves to its place.
    fn vacate(&mut self, room: RoomId, place: usize) {
        let Some(listeners) = self.rooms.get_mut(&room) else { return };
        listeners.swap_remove(place);
        match listeners.get(place) {
            Some(moved) => {
                if let Some(local) = self.sessions.get_mut(&moved.session)
                    && let Ok(at) = local.place(room)
                {
                    local.rooms[at].1 = place;
                }
            }
            None if listeners.is_empty() => {
                self.rooms.remove(&room);
            }
            None => {}
        }
    }

    fn hold(&mut self, session: SessionId, room: RoomId) {
        let Some(local) = self.sessions.get_mut(&session) else { return };
        if let Ok(at) = local.place(room)
            && let Some(listener) = self.rooms.get_mut(&room).and_then(|listeners| listeners.get_mut(local.rooms[at].1))
            && !listener.held
        {
            listener.held = true;
            self.holds += 1;
            local.holds.push(Hold::new(HoldId(self.holds), room));
        }
    }

    /// The hold on a session's room; `None` where it does not hear that room, or not any more.
    pub fn hold_of(&self, session: SessionId, room: RoomId) -> Option<HoldId> {
        self.sessions.get(&session)?.holds.iter().find(|hold| hold.room == room).map(|hold| hold.id)
    }

    /// Pushes a frame of a replay: only while its hold stands, for one who has left the room must see nothing more of it.
    pub fn push_held(&self, session: SessionId, hold: HoldId, frame: Frame) -> bool {
        let local = self.sessions.get(&session).filter(|local| local.holds.iter().any(|held| held.id == hold));
        local.is_some_and(|local| local.outbox.push(frame) == Push::Taken)
    }

    /// The replay is pushed: the held frames follow it, and from here on the room is heard as it speaks.
    pub fn release(&mut self, session: SessionId, hold: HoldId) {
        let Some(local) = self.sessions.get_mut(&session) else { return };
        let Some(hold) = local.take_hold(|held| held.id == hold) else { return };
        if let Ok(at) = local.place(hold.room)
            && let Some(listener) = self.rooms.get_mut(&hold.room).and_then(|listeners| listeners.get_mut(local.rooms[at].1))
        {
            listener.held = false;
        }
        hold.push_to(&local.outbox);
    }

    fn event(&mut self, room: RoomId, frame: &Frame) {
        let Some(listeners) = self.rooms.get(&room) else { return };
        for listener in listeners {
            if listener.held {
                if let Some(hold) =
                    self.sessions.get_mut(&listener.session).and_then(|local| local.holds.iter_mut().find(|hold| hold.room == room))
                {
                    hold.keep(frame, &listener.outbox);
                }
            } else {
                // One whose outbox is over is on its way out; nobody else waits for it.
                listener.outbox.push(frame.clone());
            }
        }
    }

    fn reply(&self, session: SessionId, frame: Frame) {
        if let Some(local) = self.sessions.get(&session) {
            local.outbox.push(frame);
        }
    }

    fn ephemeral(&self, room: RoomId, except: Option<SessionId>, frame: &Frame) {
        for listener in self.rooms.get(&room).into_iter().flatten() {
            if Some(listener.session) != except {
                listener.outbox.offer(frame.clone());
            }
        }
    }

    fn presence(&mut self, frame: &Frame) {
        for local in self.sessions.values_mut() {
            if local.presence == Presence::Told && !local.outbox.offer(frame.clone()) {
                local.presence = Presence::Missed;
            }
        }
    }

    /// From here on this session gets presence differences.
    fn snapshot(&mut self, session: SessionId, frame: Frame) {
        if let Some(local) = self.sessions.get_mut(&session) {
            local.outbox.push(frame);
            local.presence = Presence::Told;
        }
    }

    /// One tick: pings, ends the silent and the unfinished. Answers who missed presence and has space for a snapshot again.
    pub fn tick(&mut self) -> Vec<SessionId> {
        self.clock.advance();
        let mut behind = Vec::new();
        for (session, local) in &mut self.sessions {
            if local.presence == Presence::Missed && local.outbox.is_below(2) {
                local.presence = Presence::Told;
                behind.push(*session);
            }
            if self.clock.looks_at(local.number) {
                match self.clock.due(local.number, &local.pulse) {
                    Due::Nothing => {}
                    Due::Ping => {
                        local.outbox.push(Frame::ping());
                    }
                    Due::End(reason) => local.outbox.close(reason),
                }
            }
        }
        for session in self.clock.unfinished(|session| self.sessions.get(&session).map(|local| &*local.pulse)) {
            if let Some(local) = self.sessions.get(&session) {
                local.outbox.close(CloseReason::Unfinished);
            }
        }
        behind
    }
}

impl Local {
    fn place(&self, room: RoomId) -> Result<usize, usize> {
        self.rooms.binary_search_by_key(&room, |(room, _)| *room)
    }

    fn take_hold(&mut self, which: impl Fn(&Hold) -> bool) -> Option<Hold> {
        let at = self.holds.iter().position(which)?;
        Some(self.holds.swap_remove(at))
    }
}

#[cfg(test)]
impl Hub {
    /// Every listener stands where its session says, and every session's rooms have it.
    pub fn is_consistent(&self) -> bool {
        let listed: usize = self.rooms.values().map(Vec::len).sum();
        let known: usize = self.sessions.values().map(|local| local.rooms.len()).sum();
        listed == known
            && self.sessions.iter().all(|(session, local)| {
                local.rooms.is_sorted()
                    && local.rooms.iter().all(|(room, place)| {
                        let listener = &self.rooms[room][*place];
                        listener.session == *session && listener.held == local.holds.iter().any(|hold| hold.room == *room)
                    })
            })
    }
}
