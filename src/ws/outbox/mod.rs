//! The bounded queue of encoded frames going to one socket. It lives and is written on its worker's thread; the relay and the session
//! push into it there.
//!
//! The bound is what keeps a slow reader from costing more than itself: the log in the database is the queue for those who fall
//! behind, memory is not.

#[cfg(test)]
pub mod fake;
mod flusher;
mod queue;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::io::ErrorKind;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

pub use self::flusher::Flusher;
use self::queue::{Queue, Turn, register, wake};
pub use self::wire::Wire;
use crate::chat::Frame;
use crate::protocol::CloseReason;

/// One socket's outbox.
pub struct Outbox {
    queue: RefCell<Queue>,
    wire: Wire,
    flusher: Flusher,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outbox").field(&self.queue).finish()
    }
}

/// Whether a frame was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    Taken,
    /// The outbox has ended, now or before.
    Over,
}

impl Outbox {
    /// An outbox of `limit` bytes that writes to this wire: first the `answer` to the handshake, with the first frame. For as long as the
    /// [`Writing`] lives: it belongs to the connection.
    pub fn new(limit: usize, answer: Bytes, wire: Wire, flusher: &Flusher) -> (Rc<Self>, Writing) {
        let outbox = Rc::new(Self { queue: RefCell::new(Queue::new(limit, answer)), wire, flusher: flusher.clone() });
        (Rc::clone(&outbox), Writing(outbox))
    }

    /// Lets the writing begin, with this frame before all that came in the meantime.
    pub fn open(self: &Rc<Self>, first: Option<Frame>) {
        let mut queue = self.queue.borrow_mut();
        queue.open(first);
        self.mark(&mut queue);
    }

    /// Queues a frame. Where it does not fit, everything queued is given up and the socket ends as slow.
    pub fn push(self: &Rc<Self>, frame: Frame) -> Push {
        let mut queue = self.queue.borrow_mut();
        let push = queue.push(frame);
        self.mark(&mut queue);
        push
    }

    /// Queues a frame that may as well be lost: only where less than half of the outbox is used. Says whether it was.
    pub fn offer(self: &Rc<Self>, frame: Frame) -> bool {
        self.is_below(2) && self.push(frame) == Push::Taken
    }

    /// Counts a frame that the relay holds back for this socket. Where it does not fit, the socket ends as slow.
    pub fn hold(self: &Rc<Self>, frame: &Frame) -> Push {
        let mut queue = self.queue.borrow_mut();
        let push = queue.hold(frame);
        self.mark(&mut queue);
        push
    }

    /// A held frame is dropped, or about to be pushed.
    pub fn unhold(&self, frame: &Frame) {
        self.queue.borrow_mut().unhold(frame);
    }

    /// Whether less than one `part`-th of the outbox is used.
    pub fn is_below(&self, part: usize) -> bool {
        self.queue.borrow().is_below(part)
    }

    /// Ends the socket with a close frame. What was queued is still written, but not where access has ended: nothing more is shown then.
    pub fn close(self: &Rc<Self>, reason: CloseReason) {
        let mut queue = self.queue.borrow_mut();
        queue.close(reason);
        self.mark(&mut queue);
    }

    /// Whether the socket is ending or gone, for whatever reason.
    pub fn is_over(&self) -> bool {
        self.queue.borrow().is_over()
    }

    /// For the session: whether the socket is over; its task is woken when that changes.
    pub fn poll_over(&self, cx: &Context<'_>) -> Poll<()> {
        let mut queue = self.queue.borrow_mut();
        if queue.is_over() {
            return Poll::Ready(());
        }
        register(&mut queue.session, cx);
        Poll::Pending
    }

    /// Waits until what is to be written fills less than a quarter, so that a replay never takes what live frames need. Also ends when
    /// the socket is over.
    pub async fn has_space(&self) {
        std::future::poll_fn(|cx| {
            let mut queue = self.queue.borrow_mut();
            if queue.is_over() || queue.has_space() {
                return Poll::Ready(());
            }
            register(&mut queue.replay, cx);
            Poll::Pending
        })
        .await;
    }

    fn mark(self: &Rc<Self>, queue: &mut RefMut<'_, Queue>) {
        if queue.turn == Turn::Idle && queue.has_work() {
            queue.turn = Turn::Marked;
            self.flusher.mark(Rc::clone(self));
        }
    }

    /// For the flusher: looks at all that [`Outbox::write`] begins with, so that it is in the nearest cache then. The number means nothing.
    fn touch(&self) -> usize {
        usize::from(self.queue.borrow().turn == Turn::Marked) + self.wire.touch()
    }

    /// For the flusher: gives the kernel as much as it takes.
    fn write(&self, space: &mut Vec<u8>) {
        let mut queue = self.queue.borrow_mut();
        queue.turn = Turn::Idle;
        while let Some(bytes) = queue.next_bytes(space) {
            match self.wire.try_write(bytes) {
                Ok(count) if count > 0 => queue.wrote(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    queue.turn = Turn::Stalled;
                    return wake(&mut queue.connection);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => return queue.end(),
            }
        }
        if queue.is_over() {
            queue.end();
        }
    }

    /// For the connection's task: writes what the kernel did not take at once, and is ready once all is written or the peer is gone.
    fn poll_written(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            {
                let mut queue = self.queue.borrow_mut();
                if queue.is_gone() {
                    return Poll::Ready(());
                }
                register(&mut queue.connection, cx);
                if queue.turn != Turn::Stalled {
                    return Poll::Pending;
                }
            }
            match ready!(self.wire.poll_writable(cx)) {
                Ok(()) => self.write(&mut self.flusher.space().borrow_mut()),
                Err(_) => self.queue.borrow_mut().end(),
            }
        }
    }
}

/// The outbox as its connection has it. Dropped with the connection, which ends the outbox.
#[derive(Debug)]
pub struct Writing(Rc<Outbox>);

impl Writing {
    /// Waits until the last frame is written, or the peer is gone.
    pub async fn done(&self) {
        std::future::poll_fn(|cx| self.0.poll_written(cx)).await;
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.queue.borrow_mut().end();
    }
}
