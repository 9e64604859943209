//! Events of a room held back for a session while it replays.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::chat::Frame;
use crate::domain::RoomId;
use crate::ws::outbox::{Outbox, Push};

/// Which hold. One who leaves a room and comes back has another one then, and a replay begun before finds its own gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldId(pub(super) u64);

/// The held frames of one room for one session. They count within the session's outbox.
#[derive(Debug)]
pub(super) struct Hold {
    pub id: HoldId,
    pub room: RoomId,
    frames: VecDeque<Frame>,
}

impl Hold {
    pub fn new(id: HoldId, room: RoomId) -> Self {
        Self { id, room, frames: VecDeque::new() }
    }

    pub fn keep(&mut self, frame: &Frame, outbox: &Rc<Outbox>) {
        if outbox.hold(frame) == Push::Taken {
            self.frames.push_back(frame.clone());
        } else {
            self.frames = VecDeque::new();
        }
    }

    pub fn push_to(self, outbox: &Rc<Outbox>) {
        for frame in self.frames {
            outbox.unhold(&frame);
            outbox.push(frame);
        }
    }

    pub fn drop_from(self, outbox: &Rc<Outbox>) {
        for frame in &self.frames {
            outbox.unhold(frame);
        }
    }
}
