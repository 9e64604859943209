//! One open WebSocket: the `Session` actor.
//!
//! It runs in a plain context of its own and not as the body of the response, so it goes on when its client stops reading. It is fed
//! by [`Incoming`](super::incoming::Incoming) and speaks through its [`Outbox`]. What it says is the business of its [`Talk`]: that of
//! the product is [`Member`]; the conformance tests have one that echoes.

mod expiry;
mod member;
mod pace;
mod pulls;
mod ready;
pub(super) mod requests;

use std::rc::Rc;
use std::time::Instant;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, StreamHandler};

pub use self::member::{Desk, Member};
use self::pace::{Pace, Patience};
use super::frames::{Inbound, Rules};
use super::incoming::Incoming;
use super::live::Live;
use super::outbox::{Outbox, Wire, Writing};
use super::relay::RelayHandle;
use super::serving::Connection;
use crate::chat::Frame;
use crate::chat::commands::End;
use crate::domain::{Limits, SessionId};
use crate::protocol::CloseReason;

/// What a session does with messages.
pub trait Talk: Sized + Unpin + 'static {
    /// Whether it understands binary messages.
    const BINARY: bool = false;

    /// The session has started; nothing is read or written before [`Session::open`].
    fn begin(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>);

    /// A text message came.
    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>);

    /// A binary message came. Only where [`Self::BINARY`] lets it.
    fn binary(session: &mut Session<Self>, _: Vec<u8>, ctx: &mut Context<Session<Self>>) {
        session.end(CloseReason::NotText, ctx);
    }

    /// The session has ended. Runs in a destructor, also while unwinding: it must not panic.
    fn ended(&mut self, session: SessionId);
}

/// The actor.
pub struct Session<T: Talk> {
    pub(in crate::ws) id: SessionId,
    outbox: Rc<Outbox>,
    relay: RelayHandle,
    /// Taken when the session opens: before that, what the client sends waits in its connection.
    incoming: Option<Incoming>,
    pace: Pace,
    patience: Patience,
    pub(in crate::ws) talk: T,
    _live: Live,
}

impl<T: Talk> Session<T> {
    /// Starts a session over this connection, for as long as its outbox is written.
    pub fn start(talk: T, connection: Connection, limits: &Limits, relay: RelayHandle) -> Writing {
        let id = SessionId::next();
        let Connection { stream, answer, read } = connection;
        let (outbox, writing) = Outbox::new(limits.outbox_bytes, answer, Wire::Tcp(Rc::clone(&stream)), relay.flusher());
        let pulse = relay.attach(id, Rc::clone(&outbox));
        let rules = Rules { message_bytes: limits.frame_bytes, binary: T::BINARY };
        let incoming = Some(Incoming::new(stream, read, relay.space().clone(), rules, Rc::clone(&outbox), pulse));
        let now = Instant::now();
        let pace = Pace::new(limits.frames_per_second, limits.frames_per_second.saturating_mul(4), now);
        let live = relay.live().one_more();
        let session = Self { id, outbox, relay, incoming, pace, patience: Patience::new(now), talk, _live: live };
        Actor::start(session);
        writing
    }

    /// Queues a frame for the client. Where the outbox is full the session ends.
    pub fn push(&self, frame: Frame) {
        self.outbox.push(frame);
    }

    /// Lets the conversation begin: `first` is written before everything else, and the client is heard.
    pub fn open(&mut self, first: Option<Frame>, ctx: &mut Context<Self>) {
        self.outbox.open(first);
        if let Some(incoming) = self.incoming.take() {
            ctx.add_stream(incoming);
        }
    }

    /// Closes the socket and stops, at once: a peer that never takes the close frame holds nothing but its connection.
    pub fn end(&mut self, reason: CloseReason, ctx: &mut Context<Self>) {
        self.outbox.close(reason);
        ctx.stop();
    }

    /// Whether the session may say one more thing now; one that has been told too often to slow down is closed.
    fn keeps_pace(&mut self, ctx: &mut Context<Self>) -> Result<(), std::time::Duration> {
        let now = Instant::now();
        self.pace.take(now).inspect_err(|_| self.refused_for_haste(now, ctx))
    }

    fn refused_for_haste(&mut self, now: Instant, ctx: &mut Context<Self>) {
        if self.patience.is_lost(now) {
            self.end(CloseReason::Flooding, ctx);
        }
    }

    fn hear(&mut self, inbound: Inbound, ctx: &mut Context<Self>) {
        match inbound {
            Inbound::Text(text) => T::text(self, text, ctx),
            Inbound::Binary(bytes) => T::binary(self, bytes, ctx),
            Inbound::Ping(payload) => {
                if self.keeps_pace(ctx).is_ok() {
                    self.outbox.push(Frame::pong(&payload));
                }
            }
            Inbound::Pong => {
                // A flood of pongs costs as much as any other.
                let _ = self.keeps_pace(ctx);
            }
            Inbound::Close(_) => self.end(CloseReason::Normal, ctx),
        }
    }
}

impl<T: Talk> Actor for Session<T> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        T::begin(self, ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        // Runs in a destructor, also while unwinding.
        self.relay.detach(self.id);
        self.outbox.close(CloseReason::Internal);
        self.talk.ended(self.id);
    }
}

impl<T: Talk> StreamHandler<Result<Inbound, CloseReason>> for Session<T> {
    fn handle(&mut self, item: Result<Inbound, CloseReason>, ctx: &mut Self::Context) {
        match item {
            Ok(inbound) => self.hear(inbound, ctx),
            Err(reason) => self.end(reason, ctx),
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        // The client is gone without a word, or the outbox is over already and this changes nothing.
        self.end(CloseReason::Normal, ctx);
    }
}

impl<T: Talk> Handler<End> for Session<T> {
    type Result = ();

    fn handle(&mut self, End { reason }: End, ctx: &mut Self::Context) {
        self.end(reason, ctx);
    }
}
