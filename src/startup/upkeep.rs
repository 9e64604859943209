//! What is done from time to time.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::routes::Edge;

/// Last-seen stamps are written this often.
const FLUSH: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub async fn run(edge: Edge) {
    let mut minute = interval(FLUSH);
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minute.tick().await;
        if let Err(cause) = edge.door.seen.flush(&edge.store).await {
            tracing::warn!(%cause, "last-seen stamps wait for the next minute");
        }
    }
}
