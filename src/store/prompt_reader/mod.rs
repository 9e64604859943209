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

use self::queue::{Queue, STUCK, Taken};
use self::waiting::{Question, Waiting, did_not_end};
use super::callers;
use super::connection::{Connector, Purpose, snapshot};
use super::writer::AbortOnPanic;
use super::{Connection, DatabaseUrl, StoreError, Trouble};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a database that refuses to be connected to is tried again: mostly it starts anew, and some who wait can still be answered.
const TO_CONNECT: Duration = Duration::from_millis(1_500);

/// The pause between two tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// A connection that is so old is followed by a new one, as in the pool of the other readers: Postgres gives memory back only then, and
/// after a failover the old server may still answer.
const OLD: Duration = Duration::from_secs(30 * 60);

/// The handle. Its threads end once the last clone is gone.
#[derive(Clone)]
pub struct PromptReader {
    entrance: Arc<Entrance>,
}

/// With it the threads end.
struct Entrance {
    queue: Arc<Queue>,
}

impl PromptReader {
    /// Starts the threads: one for SQLite, whose answers come from memory, and several for Postgres, where an answer is a journey. Each
    /// opens its connection when it is first asked.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let threads: u8 = if matches!(url, DatabaseUrl::Sqlite(_)) { 1 } else { 4 };
        let queue = Arc::new(Queue::default());
        let entrance = Arc::new(Entrance { queue: Arc::clone(&queue) });
        for _ in 0..threads {
            let queue = Arc::clone(&queue);
            let connector = Connector { url: url.clone(), purpose: Purpose::ReadPromptly };
            thread::Builder::new()
                .name("snug-reader".into())
                .spawn(move || work(&queue, &connector))
                .map_err(|error| StoreError::Setup(format!("The system gives Snug no thread ({error}); raise its limit.")))?;
        }
        Ok(Self { entrance })
    }

    /// Runs a query. It sees what was stored before this call, and may see what is stored during it. It is run again where the
    /// connection turns out to have died.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (question, answer) = Question::new(query);
        self.entrance.queue.push(Box::new(question))?;
        within(PATIENCE, answer).await.unwrap_or(Err(StoreError::Busy))
    }

    /// Who is calling, looked up along with whoever else asks this now.
    pub async fn caller(&self, asked: callers::Asked) -> callers::Found {
        let (question, mut answer) = Question::new(asked);
        self.entrance.queue.push_caller(question)?;
        if let Some(found) = within(STUCK, &mut answer).await {
            return found;
        }
        self.entrance.queue.help();
        within(PATIENCE.saturating_sub(STUCK), answer).await.unwrap_or(Err(StoreError::Busy))
    }
}

async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<Result<T, StoreError>, oneshot::error::RecvError>>,
) -> Option<Result<T, StoreError>> {
    let answer = tokio::time::timeout(patience, answer).await.ok()?;
    Some(answer.unwrap_or_else(|_| Err(did_not_end())))
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn work(queue: &Queue, connector: &Connector) {
    let _guard = AbortOnPanic("the prompt reader");
    let mut desk = Desk { connector, connection: None };
    while let Some(taken) = queue.take() {
        match taken {
            Taken::Queries(mut queries) => {
                desk.run(&mut queries.iter_mut().map(|query| &mut **query as &mut dyn Waiting).collect::<Vec<_>>());
                queries.into_iter().for_each(|query| query.answer());
            }
            Taken::Callers(mut callers, look_up) => {
                desk.run(&mut [&mut callers]);
                queue.has_looked_up(look_up);
                Box::new(callers).answer();
            }
        }
    }
}

/// A thread's connection, and when it was opened.
struct Desk<'a> {
    connector: &'a Connector,
    connection: Option<(Connection, Instant)>,
}

impl Desk<'_> {
    /// Runs all of them on the connection that is there, or on new ones after it has turned out to be of no use.
    ///
    /// Nobody asks before whether it still lives: that would be a journey for each answer. What meets one that has died is run again.
    fn run(&mut self, taken: &mut [&mut dyn Waiting]) {
        self.connection.take_if(|(_, opened)| opened.elapsed() > OLD);
        let mut done = 0;
        while done < taken.len() {
            let is_new = self.connection.is_none();
            let connection = match self.connection.take().map_or_else(|| open(self.connector), Ok) {
                Ok(connection) => &mut self.connection.insert(connection).0,
                Err(error) => return taken.iter_mut().skip(done).for_each(|waiting| waiting.fail(error.clone())),
            };
            let Err(error) = run_from(&mut done, taken, connection) else { continue };
            self.connection = None;
            let had_died = !is_new && error.trouble() == Some(Trouble::Lost);
            if let Some(failed) = taken.get_mut(done).filter(|waiting| !had_died || waiting.is_over()) {
                failed.fail(error);
                done += 1;
            }
        }
    }
}

/// Runs them from `done` on, to the first after which the connection is of no use.
fn run_from(done: &mut usize, taken: &mut [&mut dyn Waiting], connection: &mut Connection) -> Result<(), StoreError> {
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

/// A new connection.
fn open(connector: &Connector) -> Result<(Connection, Instant), StoreError> {
    let begun = Instant::now();
    loop {
        match connector.open() {
            Err(cause) if cause.trouble == Trouble::Lost && begun.elapsed() < TO_CONNECT => thread::sleep(BETWEEN_TRIES),
            Err(cause) => {
                tracing::warn!(%cause, "a prompt connection could not be opened");
                return Err(StoreError::from_cause(cause));
            }
            Ok(connection) => return Ok((connection, Instant::now())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_behind_a_look_up_that_is_stuck_is_helped_though_nobody_else_comes() {
        let queue = Arc::new(Queue::default());
        let reader = PromptReader { entrance: Arc::new(Entrance { queue: Arc::clone(&queue) }) };
        let comes = || {
            let reader = reader.clone();
            tokio::spawn(async move { reader.caller(callers::Asked { handle_hash: [1; 32], rooms: true }).await })
        };
        let thread_takes = || {
            let queue = Arc::clone(&queue);
            tokio::task::spawn_blocking(move || queue.take())
        };
        let first = comes();
        let stuck = thread_takes().await.unwrap();
        assert!(matches!(stuck, Some(Taken::Callers(..))));
        let (helper, second) = (thread_takes(), comes());
        let helped = tokio::time::timeout(Duration::from_secs(10), helper).await.expect("it is woken").unwrap();
        assert!(matches!(&helped, Some(Taken::Callers(callers, _)) if callers.0.len() == 1));
        drop((stuck, helped));
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Err(did_not_end()), Err(did_not_end())));
    }
}
