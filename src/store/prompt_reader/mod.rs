//! The prompt reader: for queries that take microseconds and that everything waits for, such as who is calling.
//!
//! They have connections and threads of their own, so that nobody is kept at the door while every other reader is busy with exports.
//! What waits together is read together: one waking of a thread; on SQLite one snapshot, on Postgres one statement for all who call.

mod queue;
mod waiting;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use self::queue::{Queue, Taken};
use self::waiting::{Question, Waiting, did_not_end};
use super::callers;
use super::connection::{Connector, Purpose, snapshot};
use super::writer::AbortOnPanic;
use super::{Connection, DatabaseUrl, StoreError, Trouble};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a database that is away is tried: whoever asked first still hears that it was.
const TO_CONNECT: Duration = Duration::from_millis(1_500);

/// The pause between two tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// The handle. Its threads end once the last clone is gone.
#[derive(Clone)]
pub struct PromptReader(Arc<Entrance>);

/// With it the threads end.
struct Entrance(Arc<Queue>);

impl PromptReader {
    /// Starts the threads: one for SQLite, whose answers come from memory, and several for Postgres, where an answer is a journey. Each
    /// opens its connection when it is first asked.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let threads: u8 = if matches!(url, DatabaseUrl::Sqlite(_)) { 1 } else { 4 };
        let queue = Arc::new(Queue::default());
        let entrance = Arc::new(Entrance(Arc::clone(&queue)));
        for _ in 0..threads {
            let queue = Arc::clone(&queue);
            let connector = Connector { url: url.clone(), purpose: Purpose::ReadPromptly };
            thread::Builder::new()
                .name("snug-reader".into())
                .spawn(move || work(&queue, &connector))
                .map_err(|error| StoreError::Setup(format!("The system gives Snug no thread ({error}); raise its limit.")))?;
        }
        Ok(Self(entrance))
    }

    /// Runs a query. It sees what was stored before this call, and may see what is stored during it. It is run again where the
    /// connection turns out to have died.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (question, answer) = Question::new(query);
        self.0.0.push(Box::new(question))?;
        within_patience(answer).await
    }

    /// Who is calling, looked up along with whoever else asks this now.
    pub async fn caller(&self, asked: callers::Asked) -> callers::Found {
        let (question, answer) = Question::new(asked);
        self.0.0.push_caller(question)?;
        within_patience(answer).await
    }
}

async fn within_patience<T>(answer: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.unwrap_or_else(|_| Err(did_not_end())),
        Err(_) => Err(StoreError::Busy),
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn work(queue: &Queue, connector: &Connector) {
    let _guard = AbortOnPanic("the prompt reader");
    let mut kept = None;
    while let Some(Taken { mut waiting, callers }) = queue.take() {
        run_all(connector, &mut kept, &mut waiting);
        if callers {
            queue.has_looked_up();
        }
        waiting.into_iter().for_each(|waiting| waiting.answer());
    }
}

/// Runs all of them on the connection that is kept, or on new ones after something has failed.
///
/// Nobody asks before whether it still lives: that would be a journey for each answer. What meets one that has died is run again.
fn run_all(connector: &Connector, kept: &mut Option<Connection>, taken: &mut [Box<dyn Waiting>]) {
    let mut done = 0;
    while done < taken.len() {
        let is_new = kept.is_none();
        let connection = match kept.take().map_or_else(|| open(connector), Ok) {
            Ok(connection) => kept.insert(connection),
            Err(error) => return taken.iter_mut().skip(done).for_each(|waiting| waiting.fail(error.clone())),
        };
        let Err(error) = run(connection, taken, &mut done) else { continue };
        *kept = None;
        let died_before = !is_new && error.trouble() == Some(Trouble::Lost);
        if let Some(failed) = taken.get_mut(done).filter(|_| !died_before) {
            failed.fail(error);
            done += 1;
        }
    }
}

/// Runs them from `done` on, to the first that fails.
fn run(connection: &mut Connection, taken: &mut [Box<dyn Waiting>], done: &mut usize) -> Result<(), StoreError> {
    let mut run = |connection: &mut Connection| {
        for waiting in taken.iter_mut().skip(*done) {
            waiting.run(connection)?;
            *done += 1;
        }
        Ok(())
    };
    match connection {
        // One lock of the file for all of them.
        Connection::Sqlite(_) => snapshot(connection, run),
        // To begin and to end a snapshot would be two more journeys.
        Connection::Postgres(_) => run(connection),
    }
}

/// A new connection. A database that starts anew is waited for a little.
fn open(connector: &Connector) -> Result<Connection, StoreError> {
    let begun = Instant::now();
    loop {
        match connector.open() {
            Err(cause) if cause.trouble == Trouble::Lost && begun.elapsed() < TO_CONNECT => thread::sleep(BETWEEN_TRIES),
            opened => return opened.map_err(StoreError::from_cause).inspect_err(|error| tracing::warn!(%error, "no prompt connection")),
        }
    }
}
