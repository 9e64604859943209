//! What a job of the writer works with, and what it leaves for the centre.

use std::ops::{Deref, DerefMut};

use super::Connection;
use crate::domain::{Action, By, LogEntry, Number, Outcome, Refusal, Revocation, RevocationId, RoomId, Timestamp, UserId};

/// The centre's handle for the answer to an [`Append`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// An action to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    pub by: By,
    pub action: Action,
    pub ticket: Ticket,
}

/// What came of one job. Its effects take hold before its entries are fanned out: who has entered hears their own `joined`, and who
/// has left does not hear their `left` (the log of their own hidden room tells them).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The answer to an [`Append`]; `None` for a job of [`Store::write`](super::Store::write), which answers its own caller.
    pub reply: Option<(Ticket, Result<Outcome, Refusal>)>,
    pub entries: Vec<LogEntry>,
    pub effects: Vec<Effect>,
}

/// The jobs of one transaction in their order, told after COMMIT. Refused ones are among them, for their answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed(pub Vec<Commit>);

/// What the centre must know beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// From this commit on the person's sessions hear the room.
    Entered { user: UserId, room: RoomId },
    /// From this commit on they do not. An [`Effect::Revoked`] with the row for the other nodes follows.
    Left { user: UserId, room: RoomId },
    /// A person's read position moved.
    ReadMoved { user: UserId, room: RoomId, number: Number },
    /// A revocation was stored. `id` is its row's, so that the node that applies it now knows it again when it reads the table.
    Revoked { id: RevocationId, revocation: Revocation },
}

/// One job in the writer's transaction. Dereferences to the connection for queries; events are numbered by
/// [`Transaction::log`](super::log).
pub struct Transaction<'a> {
    connection: &'a mut Connection,
    now: Timestamp,
    pub(super) entries: Vec<LogEntry>,
    effects: Vec<Effect>,
}

impl<'a> Transaction<'a> {
    /// A job that begins.
    pub(super) fn new(connection: &'a mut Connection, now: Timestamp) -> Self {
        Self { connection, now, entries: Vec::new(), effects: Vec::new() }
    }

    /// What it leaves.
    pub(super) fn finish(self) -> (Vec<LogEntry>, Vec<Effect>) {
        (self.entries, self.effects)
    }

    /// The moment of this transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Leaves something for the centre, in order.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}
