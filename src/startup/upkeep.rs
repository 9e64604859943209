//! What is done from time to time.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::faults::{self, Point};
use crate::routes::Edge;
use crate::store::{Transaction, accounts, revocations, revoked_jwts};

/// Last-seen stamps are written this often.
const FLUSH: Duration = Duration::from_secs(60);

/// Revocations are kept for so long: every node has read them many times by then.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Runs until it is dropped.
pub async fn run(edge: Edge) {
    let _guard = AbortOnPanic;
    let mut minute = interval(FLUSH);
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minute.tick().await;
        assert!(!faults::strikes(Point::Ticker), "a fault on purpose");
        if let Err(cause) = edge.door.seen.flush(&edge.store).await {
            tracing::warn!(%cause, "last-seen stamps wait for the next minute");
        }
        if let Err(cause) = edge.door.failed.flush(&edge.store).await {
            tracing::warn!(%cause, "failed sign-ins wait for the next minute");
        }
        let forget = |tx: &mut Transaction<'_>| {
            accounts::lift_ended_bans(tx)?;
            revoked_jwts::prune(tx)?;
            let before = tx.now().before(REMEMBERED);
            revocations::prune(tx, before)
        };
        if let Err(cause) = edge.store.write(forget).await {
            tracing::warn!(%cause, "what can be forgotten is kept another minute");
        }
    }
}

/// A task that panics is only forgotten by its runtime, and what it was to do would never be done again. So the process ends, and what
/// runs it starts it anew.
pub(super) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("what runs from time to time panicked; the process ends");
            std::process::abort();
        }
    }
}
