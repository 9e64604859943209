//! The durable log and everything that is kept: the only part of Snug that knows SQL.
//!
//! Reading order: [`Store`] (what the others hold), [`Transaction`] and its log, the writer behind it, `actions` (every change that a
//! user can ask for), then one file for each table.

pub mod accounts;
pub mod actions;
pub mod api_tokens;
pub mod audit;
pub mod callers;
mod connection;
mod error;
pub mod events;
pub mod invites;
pub mod jwt_accounts;
mod lock_file;
mod log;
pub mod login_sessions;
mod memberships;
pub mod messages;
pub mod password_resets;
pub mod place;
mod posts;
mod prepared;
mod prompt_reader;
mod readers;
pub mod revocations;
pub mod revoked_jwts;
pub mod room_bans;
pub mod rooms;
mod rows;
mod schema;
pub mod second_factors;
mod setup;
mod single_server;
mod transaction;
mod url;
pub mod users;
mod writer;
pub mod ws_tickets;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

pub use connection::Connection;
pub use error::{Cause, StoreError, Trouble};
pub use single_server::SingleServer;
pub use transaction::{Append, Commit, Committed, Effect, Ticket, Transaction};
pub use url::DatabaseUrl;

use self::prompt_reader::PromptReader;
use self::readers::Readers;
use self::writer::{Call, Job, Writer};
use crate::domain::Limits;

/// Most jobs of one transaction: enough to make the cost of the commit vanish, few enough that the first of them need not wait long.
pub const COMMIT_BATCH: usize = 512;

/// The open database. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    readers: Readers,
    prompt: PromptReader,
    writer: Arc<Writer>,
}

impl Store {
    /// Opens the database: refuses one that is on a network file system or was migrated by a newer Snug, copies a SQLite file that is
    /// about to be migrated, and brings the schema up to date. Blocking.
    ///
    /// `sink` is told of every transaction after its COMMIT, on the writer's thread, and must not block. Whoever serves takes
    /// [`SingleServer`] first; the command line does not.
    ///
    /// # Errors
    /// [`StoreError::Setup`], with one sentence for the operator.
    pub fn open(url: &DatabaseUrl, limits: &Limits, sink: impl Fn(Committed) + Send + 'static) -> Result<Self, StoreError> {
        Self::open_with(url, limits, COMMIT_BATCH, sink)
    }

    /// As [`Store::open`], with at most `commit_batch` jobs in one transaction.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(
        url: &DatabaseUrl,
        limits: &Limits,
        commit_batch: usize,
        sink: impl Fn(Committed) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let connection = setup::open(url)?;
        let (readers, prompt) = (Readers::open(url)?, PromptReader::start(url)?);
        let writer = Writer::start(url, connection, limits.backlog, commit_batch, sink)?;
        Ok(Self { readers, prompt, writer: Arc::new(writer) })
    }

    /// Runs a query on a read connection, off the workers. Everything it reads is one snapshot, and it cannot write. It is `Fn` because it
    /// is run again where the connection has died since it was used last: to ask before would be a journey for each read.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where no connection is free within two seconds; what `query` answers.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(query).await
    }

    /// As [`Store::read`], for a single statement: what that reads is one snapshot already. On Postgres two journeys fewer.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn read_one<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read_one(query).await
    }

    /// As [`Store::read_one`], for what takes microseconds and must not wait behind what takes longer. Where `query` has more than one
    /// statement, each of them sees what is stored by then.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where there is no answer within two seconds, or too many wait; what `query` answers.
    pub async fn read_promptly<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.prompt.read(query).await
    }

    /// Who is calling, promptly; `None` for a stranger. Whoever asks at the same time is looked up along with them.
    ///
    /// # Errors
    /// As [`Store::read_promptly`].
    pub async fn caller(&self, asked: callers::Asked) -> callers::Found {
        self.prompt.caller(asked).await
    }

    /// Runs a job on the writer, in a savepoint of its own. It is `Fn` because a job whose transaction failed is run again; what an
    /// earlier run did is undone by then.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many wait; what `job` answers; what COMMIT answers.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl Fn(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        self.writer.submit(Job::Call(Box::new(Call::new(job, caller))))?;
        answer.await.unwrap_or_else(|_| Err(writer::stopping()))
    }

    /// Queues an action. Never blocks; the answer goes to the sink with the append's ticket.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many wait, [`StoreError::Unavailable`] after [`Store::close`]: nothing will come of this one.
    pub fn submit(&self, append: Append) -> Result<(), StoreError> {
        self.writer.submit(Job::Append(append))
    }

    /// Readiness: whether the writer commits an empty job within two seconds.
    pub async fn writer_alive(&self) -> bool {
        let empty = self.write(|_| Ok(()));
        matches!(tokio::time::timeout(Duration::from_secs(2), empty).await, Ok(Ok(())))
    }

    /// Takes no more jobs, commits those that wait and ends the writer. Blocking; reads go on.
    pub fn close(&self) {
        self.writer.close();
    }
}
