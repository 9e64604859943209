//! How many sessions are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many sessions are open in this process. Cloning shares the count.
#[derive(Debug, Clone, Default)]
pub struct LiveSessions(Arc<AtomicUsize>);

impl LiveSessions {
    /// The number now.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn one_more(&self) -> Live {
        self.0.fetch_add(1, Ordering::Relaxed);
        Live(self.clone())
    }
}

/// Counts for as long as it lives.
pub(super) struct Live(LiveSessions);

impl Drop for Live {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
