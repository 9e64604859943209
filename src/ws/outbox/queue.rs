//! What waits for one socket, without the socket: a queue of frames with a bound and an end.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::task::{Context, Waker};

use bytes::Bytes;

use super::Push;
use crate::chat::Frame;
use crate::protocol::CloseReason;

/// What a frame costs beside its bytes: the queue's slot and its share of the frame's allocation.
const FRAME_COST: usize = 64;
/// A queue that grew beyond this many slots gives them back once it is empty.
const KEPT_SLOTS: usize = 32;
/// Most bytes that are given to the kernel in one write.
const WRITE_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Queue {
    frames: Frames,
    /// How much of the first frame the kernel has taken. What has begun must be finished, whatever happens: the peer would take the
    /// next frame for the rest of this one.
    begun: usize,
    /// How much of the first frame's bytes is the answer to the handshake, which is no frame and must be written whatever happens. It
    /// shares its system call with the first frame.
    answer: usize,
    /// What the queued frames cost, and those the relay holds back for this socket.
    bytes: usize,
    /// What of that is held back: it cannot be written before its replay is.
    held: usize,
    limit: usize,
    stage: Stage,
    pub turn: Turn,
    /// The connection's task, which waits for the kernel and for the end.
    pub connection: Option<Waker>,
    /// The session's task, waiting for the end.
    pub session: Option<Waker>,
    /// A replay, waiting for space.
    pub replay: Option<Waker>,
}

/// Frames in their order. The first has its place in here: mostly it is the only one, and then nothing else is touched for it.
#[derive(Debug, Default)]
struct Frames {
    /// `None` only where `rest` is empty.
    first: Option<Bytes>,
    rest: VecDeque<Bytes>,
}

impl Frames {
    fn push_back(&mut self, frame: Bytes) {
        match self.first {
            None => self.first = Some(frame),
            Some(_) => self.rest.push_back(frame),
        }
    }

    fn push_front(&mut self, frame: Bytes) {
        if let Some(second) = self.first.replace(frame) {
            self.rest.push_front(second);
        }
    }

    fn pop_front(&mut self) -> Option<Bytes> {
        std::mem::replace(&mut self.first, self.rest.pop_front())
    }

    const fn is_empty(&self) -> bool {
        self.first.is_none()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is written before it is opened.
    Waiting,
    Open,
    /// The close frame is the last in the queue.
    Closing,
    /// All is written, or the connection is gone.
    Gone,
}

/// Who writes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nobody: there is nothing to write.
    Idle,
    /// The thread's flusher, which knows of it.
    Marked,
    /// The connection's task, once the kernel takes more.
    Stalled,
}

impl Queue {
    /// An empty queue, but for the answer to the handshake.
    pub fn new(limit: usize, answer: Bytes) -> Self {
        let mut frames = Frames::default();
        let length = answer.len();
        if length > 0 {
            frames.push_back(answer);
        }
        Self {
            frames,
            begun: 0,
            answer: length,
            bytes: 0,
            held: 0,
            limit,
            stage: Stage::Waiting,
            turn: Turn::Idle,
            connection: None,
            session: None,
            replay: None,
        }
    }

    /// Lets the writing begin, with this frame before all that came in the meantime.
    pub fn open(&mut self, first: Option<Frame>) {
        if self.stage == Stage::Waiting {
            self.stage = Stage::Open;
            if let Some(first) = first {
                self.bytes += cost(first.bytes());
                let first = match self.answer {
                    0 => first.into_bytes(),
                    _ => self.frames.pop_front().into_iter().chain([first.into_bytes()]).collect::<Vec<_>>().concat().into(),
                };
                self.frames.push_front(first);
            }
        }
    }

    pub fn push(&mut self, frame: Frame) -> Push {
        if !self.charge(cost(frame.bytes())) {
            return Push::Over;
        }
        self.frames.push_back(frame.into_bytes());
        Push::Taken
    }

    pub fn hold(&mut self, frame: &Frame) -> Push {
        let cost = cost(frame.bytes());
        if !self.charge(cost) {
            return Push::Over;
        }
        self.held += cost;
        Push::Taken
    }

    pub fn unhold(&mut self, frame: &Frame) {
        let cost = cost(frame.bytes());
        self.bytes = self.bytes.saturating_sub(cost);
        self.held = self.held.saturating_sub(cost);
    }

    pub fn is_below(&self, part: usize) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Open) && self.bytes < self.limit / part
    }

    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Closing | Stage::Gone)
    }

    pub const fn is_gone(&self) -> bool {
        matches!(self.stage, Stage::Gone)
    }

    /// Frames held back for a replay do not count: they wait for it, and it would wait for them for ever.
    pub const fn has_space(&self) -> bool {
        self.bytes.saturating_sub(self.held) < self.limit / 4
    }

    /// Whether there is something that may be written, or an end to come to.
    pub fn has_work(&self) -> bool {
        match self.stage {
            Stage::Waiting | Stage::Gone => false,
            Stage::Open => !self.frames.is_empty(),
            Stage::Closing => true,
        }
    }

    /// Counts a frame, or ends as slow. An empty outbox takes any frame: a `ready` may be larger than the limit, and refusing it would
    /// refuse it at every reconnect.
    fn charge(&mut self, cost: usize) -> bool {
        if self.is_over() {
            return false;
        }
        if self.bytes > 0 && self.bytes + cost > self.limit {
            self.close(CloseReason::Slow);
            return false;
        }
        self.bytes += cost;
        true
    }

    pub fn close(&mut self, reason: CloseReason) {
        if self.is_over() {
            return;
        }
        if self.stage == Stage::Waiting || gives_up_queue(reason) {
            self.give_up();
        }
        self.stage = Stage::Closing;
        self.frames.push_back(Frame::close(reason).into_bytes());
        self.wake_all();
    }

    /// The connection is gone, or will be: nothing more is written.
    pub fn end(&mut self) {
        self.stage = Stage::Gone;
        (self.begun, self.answer) = (0, 0);
        self.give_up();
        self.wake_all();
    }

    fn give_up(&mut self) {
        let kept = self.frames.pop_front().and_then(|first| match self.begun.cmp(&self.answer) {
            Ordering::Greater => Some(first),
            Ordering::Equal => None,
            Ordering::Less => Some(first.slice(..self.answer)),
        });
        if kept.is_none() {
            (self.begun, self.answer) = (0, 0);
        }
        (self.bytes, self.held) = (kept.as_ref().map_or(0, |kept| self.cost_of_first(kept)), 0);
        self.frames = Frames { first: kept, rest: VecDeque::new() };
    }

    fn wake_all(&mut self) {
        for waker in [&mut self.connection, &mut self.session, &mut self.replay] {
            wake(waker);
        }
    }

    /// The answer to the handshake costs nothing: a frame that came with it is what was counted.
    fn cost_of_first(&self, first: &Bytes) -> usize {
        match first.len() - self.answer {
            0 => 0,
            bytes => bytes + FRAME_COST,
        }
    }

    /// What is to be written next: the rest of the only frame, or several joined in `space`, so that they share one system call.
    pub fn next_bytes<'a>(&'a self, space: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        if self.stage == Stage::Waiting {
            return None;
        }
        let first = &self.frames.first.as_ref()?[self.begun..];
        if self.frames.rest.is_empty() || first.len() >= WRITE_BYTES {
            return Some(first);
        }
        space.clear();
        space.extend_from_slice(first);
        for frame in &self.frames.rest {
            if space.len() + frame.len() > WRITE_BYTES {
                break;
            }
            space.extend_from_slice(frame);
        }
        Some(space)
    }

    /// The kernel has taken so many bytes.
    pub fn wrote(&mut self, count: usize) {
        let mut taken = self.begun + count;
        while let Some(first) = &self.frames.first
            && taken >= first.len()
        {
            taken -= first.len();
            self.bytes = self.bytes.saturating_sub(self.cost_of_first(first));
            self.answer = 0;
            self.frames.pop_front();
        }
        self.begun = taken;
        if self.replay.is_some() && self.has_space() {
            wake(&mut self.replay);
        }
        if self.frames.is_empty() && self.frames.rest.capacity() > KEPT_SLOTS {
            self.frames = Frames::default();
        }
    }
}

/// Whether what is queued is thrown away at this end: what a slow reader did not take, and what someone whose access ended must not see.
const fn gives_up_queue(reason: CloseReason) -> bool {
    match reason {
        CloseReason::Slow
        | CloseReason::Silent
        | CloseReason::SignedOut
        | CloseReason::Expired
        | CloseReason::PasswordChanged
        | CloseReason::RoleChanged
        | CloseReason::TokenRevoked
        | CloseReason::SecondFactorNeeded
        | CloseReason::Deactivated
        | CloseReason::Banned
        | CloseReason::Deleted => true,
        CloseReason::Normal
        | CloseReason::ProtocolError
        | CloseReason::NotText
        | CloseReason::NotUtf8
        | CloseReason::TooLarge
        | CloseReason::Internal
        | CloseReason::Restarting
        | CloseReason::Unfinished
        | CloseReason::Flooding
        | CloseReason::TooManySockets => false,
    }
}

fn cost(frame: &Bytes) -> usize {
    frame.len() + FRAME_COST
}

pub(super) fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

pub(super) fn register(slot: &mut Option<Waker>, cx: &Context<'_>) {
    if !slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        *slot = Some(cx.waker().clone());
    }
}
