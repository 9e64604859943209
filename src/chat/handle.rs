//! The way to the centre, and past it to the writer.

use std::sync::Arc;

use actix::{Addr, MailboxError};
use tokio::sync::oneshot;

use super::ChatServer;
use super::changes::Changes;
use super::commands::{OpenSockets, ReplyTo, RevocationNumber, Typing, WhoIsOnline};
use super::revocations::RevocationClock;
use crate::domain::{Action, By, Code, Credential, Outcome, Refusal, RoomId, UserId};

/// The address of the [`ChatServer`] with its questions as functions. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    server: Addr<ChatServer>,
    changes: Arc<Changes>,
    revocations: RevocationClock,
}

impl Chat {
    pub(super) fn new(server: Addr<ChatServer>, changes: Arc<Changes>, revocations: RevocationClock) -> Self {
        Self { server, changes, revocations }
    }

    /// The actor's mailbox.
    pub fn addr(&self) -> &Addr<ChatServer> {
        &self.server
    }

    /// Asks for a change as this user, who comes from the session or the request's `CurrentUser`, never from what was sent. Never blocks;
    /// `reply` is told once it is stored or refused.
    ///
    /// # Errors
    /// Nothing will come of it, and `reply` is not told: too many wait, or the server is stopping.
    pub fn submit(&self, by: By, action: Action, reply: ReplyTo) -> Result<(), Refusal> {
        self.changes.submit(by, action, reply)
    }

    /// Makes a change as this user and waits until it is stored.
    ///
    /// # Errors
    /// Whatever refused it; nothing was stored then, except for [`Code::Unknown`], which says so.
    pub async fn act(&self, by: By, action: Action) -> Result<Outcome, Refusal> {
        let (caller, answer) = oneshot::channel();
        self.submit(by, action, ReplyTo::Caller(caller))?;
        answer.await.unwrap_or_else(|_| Err(Refusal::of(Code::Unknown, "The server stopped before it could answer; ask again.")))
    }

    /// Tells a room that this user is typing. Best effort.
    pub fn typing(&self, by: UserId, room: RoomId) {
        self.server.do_send(Typing { by, session: None, room });
    }

    /// Who is online.
    ///
    /// # Errors
    /// The actor is gone.
    pub async fn online(&self) -> Result<Vec<UserId>, MailboxError> {
        self.server.send(WhoIsOnline).await
    }

    /// How many sockets each of these credentials has open, in the same order.
    ///
    /// # Errors
    /// The actor is gone.
    pub async fn open_sockets(&self, credentials: Vec<Credential>) -> Result<Vec<usize>, MailboxError> {
        self.server.send(OpenSockets { credentials }).await
    }

    /// How many revocations have been applied: to be read before a credential is.
    pub fn revocation_number(&self) -> RevocationNumber {
        self.revocations.now()
    }
}
