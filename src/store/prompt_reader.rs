//! The prompt reader: for queries that take microseconds and that everything waits for, such as who is calling.
//!
//! They have connections and threads of their own, so that nobody is kept at the door while every other reader is busy with exports.
//! What waits together is read together: one waking of a thread and, on SQLite, one snapshot.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::connection::{Connector, Purpose, snapshot};
use super::readers::pool;
use super::writer::AbortOnPanic;
use super::{Cause, Connection, DatabaseUrl, StoreError, Trouble};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Most queries that are read together. They are answered together, so the first waits for the last: mostly for less than a millisecond.
const BATCH: usize = 16;

/// Most queries that wait: as many people as come back at once after a cut, and more.
const MOST: usize = 16_384;

/// The handle. Its threads end once the last clone is gone.
#[derive(Clone)]
pub struct PromptReader(Arc<Entrance>);

/// With it the connections are closed that are not in use, and the threads end.
struct Entrance {
    queue: Arc<Queue>,
    _pool: Arc<Pool>,
}

type Pool = r2d2::Pool<Connector>;

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queries: VecDeque<Box<dyn Query>>,
    asleep: usize,
    /// A thread has been woken and has not looked yet.
    woken: bool,
    closed: bool,
}

impl PromptReader {
    /// Starts the threads: one for SQLite, whose answers come from memory, and several for Postgres, where an answer is a journey.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let threads: u8 = if matches!(url, DatabaseUrl::Sqlite(_)) { 1 } else { 4 };
        let pool = Arc::new(pool(Connector { url: url.clone(), purpose: Purpose::ReadPromptly }, threads)?);
        let queue = Arc::new(Queue::default());
        let entrance = Arc::new(Entrance { queue: Arc::clone(&queue), _pool: Arc::clone(&pool) });
        for _ in 0..threads {
            let (queue, pool) = (Arc::clone(&queue), Arc::downgrade(&pool));
            thread::Builder::new()
                .name("snug-reader".into())
                .spawn(move || work(&queue, &pool))
                .map_err(|error| StoreError::Setup(format!("The system gives Snug no thread ({error}); raise its limit.")))?;
        }
        Ok(Self(entrance))
    }

    /// Runs a query. It sees what was stored before this call, and may see what is stored during it.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        self.0.queue.push(Box::new(Asked { query: Some(query), found: None, caller }))?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(did_not_end())),
            Err(_) => Err(StoreError::Busy),
        }
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.queue.state.lock().closed = true;
        self.queue.work.notify_all();
    }
}

impl Queue {
    fn push(&self, query: Box<dyn Query>) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if state.queries.len() >= MOST {
            state.queries.retain(|waiting| !waiting.is_over());
            if state.queries.len() >= MOST {
                return Err(StoreError::Busy);
            }
        }
        state.queries.push_back(query);
        self.wake_one(&mut state);
        Ok(())
    }

    /// What waits and is still waited for, once something does. `None` after the end.
    fn take(&self) -> Option<Vec<Box<dyn Query>>> {
        let mut state = self.state.lock();
        loop {
            let mut taken = Vec::new();
            while taken.len() < BATCH
                && let Some(query) = state.queries.pop_front()
            {
                if !query.is_over() {
                    taken.push(query);
                }
            }
            if !taken.is_empty() {
                if !state.queries.is_empty() {
                    self.wake_one(&mut state);
                }
                return Some(taken);
            }
            if state.closed {
                return None;
            }
            state.asleep += 1;
            self.work.wait(&mut state);
            state.asleep -= 1;
            state.woken = false;
        }
    }

    fn wake_one(&self, state: &mut State) {
        if state.asleep > 0 && !state.woken {
            state.woken = true;
            self.work.notify_one();
        }
    }
}

fn did_not_end() -> StoreError {
    StoreError::broken("a query did not end")
}

fn work(queue: &Queue, pool: &Weak<Pool>) {
    let _guard = AbortOnPanic("the prompt reader");
    while let Some((queries, pool)) = queue.take().zip(pool.upgrade()) {
        answer(&pool, queries);
    }
}

fn answer(pool: &Pool, mut queries: Vec<Box<dyn Query>>) {
    let mut asked = 0;
    while asked < queries.len() {
        if let Err(error) = ask(pool, &mut queries, &mut asked) {
            // What was found before that is true all the same.
            queries.iter_mut().skip(asked).for_each(|query| query.fail(error.clone()));
            break;
        }
    }
    queries.into_iter().for_each(|query| query.answer());
}

/// Runs the queries from `asked` on, to the first that fails: the connection may be broken.
fn ask(pool: &Pool, queries: &mut [Box<dyn Query>], asked: &mut usize) -> Result<(), StoreError> {
    let mut connection = pool.get().map_err(|error| StoreError::Unavailable(Cause::of(Trouble::Lost, error.to_string())))?;
    let mut run = |connection: &mut Connection| {
        for query in queries.iter_mut().skip(*asked) {
            *asked += 1;
            if !query.run(connection) {
                break;
            }
        }
        Ok(())
    };
    match *connection {
        // One lock of the file for all of them.
        Connection::Sqlite(_) => snapshot(&mut connection, run),
        // To begin and to end a snapshot would be two more journeys.
        Connection::Postgres(_) => run(&mut connection),
    }
}

/// A query with its caller, its types forgotten.
trait Query: Send {
    /// Whether nobody waits for it any more.
    fn is_over(&self) -> bool;

    /// Runs it and keeps what it finds. Answers whether it succeeded.
    fn run(&mut self, connection: &mut Connection) -> bool;

    /// It cannot be run.
    fn fail(&mut self, error: StoreError);

    /// Tells the caller.
    fn answer(self: Box<Self>);
}

struct Asked<F, T> {
    query: Option<F>,
    found: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Query for Asked<F, T>
where
    F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn is_over(&self) -> bool {
        self.caller.is_closed()
    }

    fn run(&mut self, connection: &mut Connection) -> bool {
        // A panic is this caller's trouble; the thread is for the others as well.
        let run = |query: F| catch_unwind(AssertUnwindSafe(|| query(connection))).unwrap_or_else(|_| Err(did_not_end()));
        self.found = self.query.take().map(run);
        !matches!(self.found, Some(Err(_)))
    }

    fn fail(&mut self, error: StoreError) {
        self.found = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        if let Some(found) = self.found {
            // A caller that has gone away does not want to know.
            let _ = self.caller.send(found);
        }
    }
}
