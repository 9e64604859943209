//! The bounded queue of encoded frames going to one socket. It is the body of the handshake's response, so it lives and is written on
//! its worker's thread; the relay and the session push into it there.
//!
//! The bound is what keeps a slow reader from costing more than itself: the log in the database is the queue for those who fall
//! behind, memory is not.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

use crate::chat::Frame;
use crate::protocol::CloseReason;

/// What a frame costs beside its bytes: the queue's slot and its share of the frame's allocation.
const FRAME_COST: usize = 64;
/// A queue that grew beyond this many slots gives them back once it is empty.
const KEPT_SLOTS: usize = 32;

/// One socket's outbox.
#[derive(Debug)]
pub struct Outbox(RefCell<Queue>);

#[derive(Debug)]
struct Queue {
    frames: VecDeque<Bytes>,
    /// What the queued frames cost, and those the relay holds back for this socket.
    bytes: usize,
    /// What of that is held back: it cannot be written before its replay is.
    held: usize,
    limit: usize,
    stage: Stage,
    /// The connection's task, waiting for something to write.
    writer: Option<Waker>,
    /// The session's task, waiting for the end.
    session: Option<Waker>,
    /// A replay, waiting for space.
    replay: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is written before [`Outbox::open`].
    Waiting,
    Open,
    /// The close frame is the last in the queue; after it the body ends.
    Closing,
    /// The body has ended or was dropped with its connection.
    Gone,
}

/// Whether a frame was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    Taken,
    /// The outbox has ended, now or before.
    Over,
}

impl Outbox {
    /// An empty outbox of `limit` bytes, and the response body that writes it.
    pub fn new(limit: usize) -> (Rc<Self>, OutboxBody) {
        let outbox = Rc::new(Self(RefCell::new(Queue {
            frames: VecDeque::new(),
            bytes: 0,
            held: 0,
            limit,
            stage: Stage::Waiting,
            writer: None,
            session: None,
            replay: None,
        })));
        (Rc::clone(&outbox), OutboxBody(outbox))
    }

    /// Lets the writing begin, with this frame before all that came in the meantime.
    pub fn open(&self, first: Option<Frame>) {
        let mut queue = self.0.borrow_mut();
        if queue.stage == Stage::Waiting {
            queue.stage = Stage::Open;
            if let Some(first) = first {
                queue.bytes += cost(first.bytes());
                queue.frames.push_front(first.into_bytes());
            }
            wake(&mut queue.writer);
        }
    }

    /// Queues a frame. Where it does not fit, everything queued is given up and the socket ends as slow.
    pub fn push(&self, frame: Frame) -> Push {
        let mut queue = self.0.borrow_mut();
        if !queue.charge(cost(frame.bytes())) {
            return Push::Over;
        }
        queue.frames.push_back(frame.into_bytes());
        if queue.stage == Stage::Open {
            wake(&mut queue.writer);
        }
        Push::Taken
    }

    /// Queues a frame that may as well be lost: only where less than half of the outbox is used. Says whether it was.
    pub fn offer(&self, frame: Frame) -> bool {
        self.is_below(2) && self.push(frame) == Push::Taken
    }

    /// Counts a frame that the relay holds back for this socket. Where it does not fit, the socket ends as slow.
    pub fn hold(&self, frame: &Frame) -> Push {
        let mut queue = self.0.borrow_mut();
        let cost = cost(frame.bytes());
        if !queue.charge(cost) {
            return Push::Over;
        }
        queue.held += cost;
        Push::Taken
    }

    /// A held frame is dropped, or about to be pushed.
    pub fn unhold(&self, frame: &Frame) {
        let mut queue = self.0.borrow_mut();
        let cost = cost(frame.bytes());
        queue.bytes = queue.bytes.saturating_sub(cost);
        queue.held = queue.held.saturating_sub(cost);
    }

    /// Whether less than one `part`-th of the outbox is used.
    pub fn is_below(&self, part: usize) -> bool {
        let queue = self.0.borrow();
        matches!(queue.stage, Stage::Waiting | Stage::Open) && queue.bytes < queue.limit / part
    }

    /// Ends the socket with a close frame. What was queued is still written, but not where access has ended: nothing more is shown then.
    pub fn close(&self, reason: CloseReason) {
        self.0.borrow_mut().close(reason);
    }

    /// Whether the socket is ending or gone, for whatever reason.
    pub fn is_over(&self) -> bool {
        self.0.borrow().is_over()
    }

    /// For the session: whether the socket is over; its task is woken when that changes.
    pub fn poll_over(&self, cx: &Context<'_>) -> Poll<()> {
        let mut queue = self.0.borrow_mut();
        if queue.is_over() {
            return Poll::Ready(());
        }
        register(&mut queue.session, cx);
        Poll::Pending
    }

    /// Waits until what is to be written fills less than a quarter, so that a replay never takes what live frames need. Frames held back
    /// for a replay do not count: they wait for it, and it would wait for them for ever. Also ends when the socket is over.
    pub async fn has_space(&self) {
        std::future::poll_fn(|cx| {
            let mut queue = self.0.borrow_mut();
            if queue.is_over() || queue.has_space() {
                return Poll::Ready(());
            }
            register(&mut queue.replay, cx);
            Poll::Pending
        })
        .await;
    }
}

impl Queue {
    const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Closing | Stage::Gone)
    }

    const fn has_space(&self) -> bool {
        self.bytes.saturating_sub(self.held) < self.limit / 4
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

    fn close(&mut self, reason: CloseReason) {
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

    fn end(&mut self) {
        self.stage = Stage::Gone;
        self.give_up();
        self.wake_all();
    }

    fn give_up(&mut self) {
        self.frames = VecDeque::new();
        (self.bytes, self.held) = (0, 0);
    }

    fn wake_all(&mut self) {
        for waker in [&mut self.writer, &mut self.session, &mut self.replay] {
            wake(waker);
        }
    }

    fn poll_frame(&mut self, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        if self.stage == Stage::Waiting {
            register(&mut self.writer, cx);
            return Poll::Pending;
        }
        if let Some(frame) = self.frames.pop_front() {
            self.bytes = self.bytes.saturating_sub(cost(&frame));
            if self.replay.is_some() && self.has_space() {
                wake(&mut self.replay);
            }
            return Poll::Ready(Some(frame));
        }
        if self.is_over() {
            self.end();
            return Poll::Ready(None);
        }
        if self.frames.capacity() > KEPT_SLOTS {
            self.frames = VecDeque::new();
        }
        register(&mut self.writer, cx);
        Poll::Pending
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

const fn cost(frame: &Bytes) -> usize {
    frame.len() + FRAME_COST
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn register(slot: &mut Option<Waker>, cx: &Context<'_>) {
    if !slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        *slot = Some(cx.waker().clone());
    }
}

/// The response body that writes an outbox. actix-http copies what it is given into a write buffer of 32 KiB and writes that at once,
/// so small frames share a system call as they are. Dropped with its connection, which ends the outbox.
#[derive(Debug)]
pub struct OutboxBody(Rc<Outbox>);

impl MessageBody for OutboxBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.0.0.borrow_mut().poll_frame(cx).map(|frame| frame.map(Ok))
    }
}

impl Drop for OutboxBody {
    fn drop(&mut self) {
        self.0.0.borrow_mut().end();
    }
}
