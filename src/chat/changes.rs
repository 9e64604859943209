//! Changes on their way into the log, and who is to be told what came of them.
//!
//! A change goes straight from its session's thread to the writer's queue; only its answer comes by the centre. To pass the centre on the
//! way in as well would wake its thread, where it has one, for every post, and hand the writer the first of many posts alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::commands::ReplyTo;
use crate::domain::{Action, By, Refusal};
use crate::store::{Append, Store, Ticket};

/// Longer than this nobody waits for the writer. A database that has stopped answering keeps the writer for as long as it likes; what
/// came of a change is then *unknown*, and asking again with the same `client_id` finds out.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What waits for the writer.
pub struct Changes {
    store: Store,
    next: AtomicU64,
    /// Since when, and who is to be told. In the order in which they came.
    waiting: Mutex<BTreeMap<Ticket, (Instant, ReplyTo)>>,
}

impl Changes {
    pub fn new(store: Store) -> Self {
        Self { store, next: AtomicU64::new(0), waiting: Mutex::default() }
    }

    /// Queues a change. Never blocks; the centre answers `reply` once it is stored or refused.
    ///
    /// # Errors
    /// Nothing will come of it, and `reply` is not told.
    pub fn submit(&self, by: By, action: Action, reply: ReplyTo) -> Result<(), Refusal> {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        // Before it is queued: the answer may be quicker than the rest of this function.
        self.waiting.lock().insert(ticket, (Instant::now(), reply));
        self.store.submit(Append { by, action, ticket }).map_err(|error| {
            self.take(ticket);
            error.into()
        })
    }

    /// Who waits for this answer. Nobody does any more where it was late.
    pub fn take(&self, ticket: Ticket) -> Option<ReplyTo> {
        self.waiting.lock().remove(&ticket).map(|(_, reply)| reply)
    }

    /// Those who have waited long enough.
    pub fn late(&self, now: Instant) -> Vec<ReplyTo> {
        let mut late = Vec::new();
        let mut waiting = self.waiting.lock();
        while let Some(oldest) = waiting.first_entry()
            && now.saturating_duration_since(oldest.get().0) >= ANSWER_WITHIN
        {
            late.push(oldest.remove().1);
        }
        late
    }
}
