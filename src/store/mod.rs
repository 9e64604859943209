//! The durable log and everything that is kept: the only part of Snug that knows SQL.
//!
//! Reading order: [`Store`] (what the others hold), [`Transaction`] and the writer behind it, `actions` (every change), then one file
//! for each table.

pub mod actions;
mod connection;
mod error;
pub mod events;
pub mod invites;
pub mod login_sessions;
pub mod messages;
pub mod place;
pub mod revocations;
pub mod rooms;
mod single_server;
mod transaction;
mod url;
pub mod users;
mod writer;

use std::sync::Arc;

pub use connection::Connection;
pub use error::{Cause, StoreError, Trouble};
pub use single_server::SingleServer;
pub use transaction::{Append, Commit, Committed, Effect, Ticket, Transaction};
pub use url::DatabaseUrl;

use crate::domain::Limits;

/// The open database. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    _inner: Arc<()>,
}

impl Store {
    /// Opens the database and brings its schema up to date. Blocking.
    ///
    /// `sink` is told of every transaction after its COMMIT, on the writer's thread; it must not block.
    ///
    /// # Errors
    /// [`StoreError::Setup`], with one sentence for the operator.
    pub fn open(_url: &DatabaseUrl, _limits: &Limits, _sink: impl Fn(Committed) + Send + 'static) -> Result<Self, StoreError> {
        todo!()
    }

    /// Runs a query on a read connection, off the workers. Everything `query` reads is one snapshot.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where no connection is free within two seconds; what `query` answers.
    pub async fn read<T: Send + 'static>(
        &self,
        _query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        todo!()
    }

    /// Runs a job on the writer, in a savepoint of its own. It is `Fn` because a transaction that fails as a whole is run again; what
    /// an earlier run did is gone by then.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many wait; what `job` answers; what COMMIT answers.
    pub async fn write<T: Send + 'static>(
        &self,
        _job: impl Fn(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        todo!()
    }

    /// Queues an action. Never blocks; the answer goes to the sink with the append's ticket.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many wait; nothing will come of this one.
    pub fn submit(&self, _append: Append) -> Result<(), StoreError> {
        todo!()
    }

    /// Readiness: whether the writer commits an empty job within two seconds.
    pub async fn writer_alive(&self) -> bool {
        todo!()
    }

    /// Takes no more jobs, commits those that wait and ends the writer. Blocking.
    pub fn close(&self) {
        todo!()
    }
}
