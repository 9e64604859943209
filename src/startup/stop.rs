//! Stopping in good order: readiness off, every socket told, the writer drained, all within five seconds.

use std::future::Future;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use crate::chat::commands::Stop;
use crate::routes::Edge;

/// For the sockets to take their close frame.
const SOCKETS: Duration = Duration::from_millis(1_500);
/// For requests in flight. actix-web takes whole seconds, and takes them with the server's other settings: while it waits for requests it
/// hears no second, less patient order to stop.
pub const REQUESTS_SECS: u64 = 1;
/// From the signal on, for everything. What runs Snug kills it some seconds later, and then nobody is told why.
const ALL: Duration = Duration::from_millis(4_500);

/// Installs the handlers; the future resolves at the first SIGTERM or SIGINT. A second one ends the process at once, and so does
/// the deadline.
///
/// # Errors
/// The handlers cannot be installed.
pub fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        either(&mut terminate, &mut interrupt).await;
        tracing::info!("stopping");
        // A thread of its own: what holds the stop up may hold up everything that is asynchronous.
        std::thread::spawn(|| {
            std::thread::sleep(ALL);
            tracing::error!("could not stop in time; what was acknowledged is stored, what was not has to be sent again");
            std::process::exit(1);
        });
        actix_web::rt::spawn(async move {
            either(&mut terminate, &mut interrupt).await;
            std::process::exit(130);
        });
    })
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

/// Takes the server down. What was acknowledged is on disk; what waits for the writer is committed and answered before it ends.
pub async fn in_order(edge: &Edge, server: &ServerHandle) {
    edge.readiness.close();
    if timeout(SOCKETS, edge.chat.addr().send(Stop)).await.is_err() {
        tracing::warn!("some sockets did not take their close frame in time");
    }
    server.stop(true).await;
    if let Err(cause) = edge.door.seen.flush(&edge.store).await {
        tracing::warn!(%cause, "last-seen stamps of the last minute are lost");
    }
    if let Err(cause) = edge.door.failed.flush(&edge.store).await {
        tracing::warn!(%cause, "the failed sign-ins of the last minute are not recorded");
    }
    let store = edge.store.clone();
    if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
        tracing::error!("the writer could not be drained");
    }
}
