//! The writer: one thread, one queue, many jobs in one transaction.
//!
//! While a transaction is being committed, the jobs of the next one gather in the queue. So a lone job pays for one commit, and under
//! load hundreds share one; nothing ever waits for a batch to fill.

mod batch;
mod doubt;
mod job;
mod ran;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use self::batch::Batches;
pub use self::job::{Call, Job};
use super::connection::{Connector, Purpose};
use super::{Cause, Committed, Connection, DatabaseUrl, StoreError, Trouble};
use crate::faults::{self, Point};

/// While it is not known what became of a transaction, the database is asked this often where no job comes to ask it.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The handle: the queue's entrance, and the thread to wait for.
pub struct Writer {
    entrance: RwLock<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. `backlog` jobs may wait, and `commit_batch` share a transaction.
    pub fn start(
        url: &DatabaseUrl,
        connection: Connection,
        backlog: usize,
        commit_batch: usize,
        sink: impl Fn(Committed) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (entrance, queue) = sync_channel(backlog);
        let batches = Batches::new(Connector { url: url.clone(), purpose: Purpose::Write }, connection, Box::new(sink));
        let thread = thread::Builder::new()
            .name("snug-writer".into())
            .spawn(move || work(&queue, batches, commit_batch))
            .map_err(|error| StoreError::Setup(format!("The system gives Snug no thread ({error}); raise its limit.")))?;
        Ok(Self { entrance: RwLock::new(Some(entrance)), thread: Mutex::new(Some(thread)) })
    }

    /// Queues a job, or refuses at once.
    pub fn submit(&self, job: Job) -> Result<(), StoreError> {
        let entrance = self.entrance.read();
        entrance.as_ref().ok_or_else(stopping)?.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => stopping(),
        })
    }

    /// Closes the entrance and waits until the queue is empty and committed.
    pub fn close(&self) {
        drop(self.entrance.write().take());
        let thread = self.thread.lock().take();
        // The last handle may go inside a job, on the thread itself, which cannot wait for its own end.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // The thread aborts the process rather than panic, so it has ended well.
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// The answer to whoever comes too late.
pub fn stopping() -> StoreError {
    StoreError::Unavailable(Cause::of(Trouble::Lost, "Snug is stopping"))
}

fn work(queue: &Receiver<Job>, mut batches: Batches, commit_batch: usize) {
    let _guard = AbortOnPanic("the writer");
    let mut busy = false;
    loop {
        let first = match batches.is_in_doubt() {
            false => queue.recv().map_err(RecvTimeoutError::from),
            true => queue.recv_timeout(ASK_AGAIN),
        };
        let first = match first {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                batches.settle();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        // Whoever is ready to run may speak first: where cores are few the first of many posts would otherwise be committed alone, before
        // the others are read. After a batch of one there is most likely nobody.
        if busy {
            thread::yield_now();
        }
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(commit_batch.saturating_sub(1)));
        busy = jobs.len() > 1;
        assert!(!faults::strikes(Point::Writer), "a fault on purpose");
        batches.run(jobs);
    }
}

/// Without this thread nothing is stored, or nobody let in, any more, while everything else would go on answering. So the process ends,
/// and what supervises it starts it again; the log on the disk is whole at every moment.
pub struct AbortOnPanic(pub &'static str);

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("{} panicked; Snug ends so that it can be started again", self.0);
            std::process::abort();
        }
    }
}
