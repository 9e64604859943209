//! The relay: one actor per worker thread, which owns the outboxes of that thread's sockets. The centre sends it one message for
//! everything at hand; it pushes the same bytes into every outbox of a room.

mod heartbeat;
mod hold;
mod hub;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, Recipient, WrapFuture};

pub use self::heartbeat::Pulse;
pub use self::hold::HoldId;
use self::hub::Hub;
use super::incoming::Space;
use super::live::LiveSessions;
use super::outbox::{Flusher, Outbox};
use crate::chat::commands::{AskPresence, AttachRelay, WorkerId};
use crate::chat::{FanOut, Frame};
use crate::domain::{RoomId, SessionId};
use crate::faults::{self, Point};

/// Batches that are taken in a row before the sockets are written. Many in a row put more frames into one write; without an end a busy
/// centre would keep the sockets waiting.
const BATCHES_IN_A_ROW: u32 = 64;

/// The actor of one worker thread.
pub struct Relay {
    hub: Rc<RefCell<Hub>>,
    /// Where a presence snapshot is asked for.
    presence: Recipient<AskPresence>,
    batches: u32,
    tick: Duration,
}

impl Relay {
    /// Starts this thread's relay and makes it known to the centre (the [`ChatServer`](crate::chat::ChatServer)), before the thread
    /// takes its first socket.
    pub fn start<C>(centre: &Addr<C>, live: &LiveSessions) -> RelayHandle
    where
        C: Actor + Handler<AttachRelay> + Handler<AskPresence>,
        C::Context: ToEnvelope<C, AttachRelay> + ToEnvelope<C, AskPresence>,
    {
        Self::start_ticking(centre, live, heartbeat::TICK)
    }

    /// With ticks of another length, for tests that cannot wait for a minute.
    pub(super) fn start_ticking<C>(centre: &Addr<C>, live: &LiveSessions, tick: Duration) -> RelayHandle
    where
        C: Actor + Handler<AttachRelay> + Handler<AskPresence>,
        C::Context: ToEnvelope<C, AttachRelay> + ToEnvelope<C, AskPresence>,
    {
        let (worker, hub, presence) = (WorkerId::next(), Rc::new(RefCell::new(Hub::default())), centre.clone().recipient());
        let addr = Actor::start(Self { hub: Rc::clone(&hub), presence, batches: 0, tick });
        centre.do_send(AttachRelay { worker, relay: addr.clone().recipient() });
        RelayHandle { worker, hub, addr, live: live.clone(), flusher: Flusher::start(), space: Space::default() }
    }

    fn tick_later(&self, ctx: &mut Context<Self>) {
        // Armed anew after each tick: after a stop of the whole process no ticks come in a heap.
        ctx.run_later(self.tick, |relay, ctx| {
            let behind = relay.hub.borrow_mut().tick();
            for session in behind {
                relay.presence.do_send(AskPresence { session });
            }
            relay.tick_later(ctx);
        });
    }
}

impl Actor for Relay {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.tick_later(ctx);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // A worker that goes on without its relay would accept sockets that hear nothing.
        if std::thread::panicking() {
            tracing::error!("a relay panicked; ending the process so that it is started anew");
            std::process::abort();
        }
    }
}

impl Handler<FanOut> for Relay {
    type Result = ();

    fn handle(&mut self, FanOut(steps): FanOut, ctx: &mut Self::Context) {
        assert!(!faults::strikes(Point::Relay), "a fault on purpose");
        {
            let mut hub = self.hub.borrow_mut();
            for step in steps {
                hub.apply(step);
            }
        }
        self.batches = self.batches.wrapping_add(1);
        if self.batches.is_multiple_of(BATCHES_IN_A_ROW) {
            ctx.wait(let_others_run().into_actor(self));
        }
    }
}

/// Ends once every task that was ready has had its turn.
async fn let_others_run() {
    let mut polled = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Everything that was in the relay's mailbox before has been done.
#[derive(Message)]
#[rtype(result = "()")]
struct Settle;

impl Handler<Settle> for Relay {
    type Result = ();

    fn handle(&mut self, _: Settle, _: &mut Self::Context) {}
}

/// What the sessions of the same thread hold of their relay.
#[derive(Clone)]
pub struct RelayHandle {
    worker: WorkerId,
    hub: Rc<RefCell<Hub>>,
    addr: Addr<Relay>,
    live: LiveSessions,
    flusher: Flusher,
    space: Space,
}

impl RelayHandle {
    /// This thread's number.
    pub const fn worker(&self) -> WorkerId {
        self.worker
    }

    /// The count of the sessions of this process.
    pub const fn live(&self) -> &LiveSessions {
        &self.live
    }

    /// What writes the outboxes of this thread.
    pub const fn flusher(&self) -> &Flusher {
        &self.flusher
    }

    /// Where the sockets of this thread are read into.
    pub const fn space(&self) -> &Space {
        &self.space
    }

    /// Registers a socket of this thread.
    pub fn attach(&self, session: SessionId, outbox: Rc<Outbox>) -> Rc<Pulse> {
        self.hub.borrow_mut().attach(session, outbox)
    }

    /// Forgets a socket.
    pub fn detach(&self, session: SessionId) {
        self.hub.borrow_mut().detach(session);
    }

    /// Waits until what the centre has sent so far is done.
    pub async fn settled(&self) {
        // A relay that has ended takes its process along; there is nothing else to do here.
        let _ = self.addr.send(Settle).await;
    }

    /// The hold that the centre has put on a session's room; `None` where the session does not hear it (any more).
    pub fn hold_of(&self, session: SessionId, room: RoomId) -> Option<HoldId> {
        self.hub.borrow().hold_of(session, room)
    }

    /// Pushes a frame of a replay while its hold stands; answers whether it was.
    pub fn push_held(&self, session: SessionId, hold: HoldId, frame: Frame) -> bool {
        self.hub.borrow().push_held(session, hold, frame)
    }

    /// Ends a hold: the held frames follow the replay.
    pub fn release(&self, session: SessionId, hold: HoldId) {
        self.hub.borrow_mut().release(session, hold);
    }
}
