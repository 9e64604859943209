//! Whether the process lives, and whether it can serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;
use tokio::sync::Mutex;

use crate::chat::Chat;
use crate::chat::commands::Alive;
use crate::store::Store;

/// Asks the centre and the writer, at most once a second however often it is asked itself.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    store: Store,
    chat: Chat,
    closing: AtomicBool,
    last: Mutex<Option<(Instant, bool)>>,
}

const KEPT_FOR: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(2);

impl Readiness {
    /// Of these two.
    pub fn new(store: Store, chat: Chat) -> Self {
        Self(Arc::new(Inner { store, chat, closing: AtomicBool::new(false), last: Mutex::new(None) }))
    }

    /// From now on the answer is no: the process is about to stop, and a proxy should send people elsewhere.
    pub fn close(&self) {
        self.0.closing.store(true, Ordering::Relaxed);
    }

    async fn is_ready(&self) -> bool {
        if self.0.closing.load(Ordering::Relaxed) {
            return false;
        }
        // Whoever asks meanwhile waits here for the same answer.
        let mut last = self.0.last.lock().await;
        if let Some((at, ready)) = *last
            && at.elapsed() < KEPT_FOR
        {
            return ready;
        }
        let centre = tokio::time::timeout(PATIENCE, self.0.chat.addr().send(Alive));
        let (centre, writer) = tokio::join!(centre, self.0.store.writer_alive());
        let ready = matches!(centre, Ok(Ok(_))) && writer;
        *last = Some((Instant::now(), ready));
        ready
    }
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200)))]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The process can serve: its centre and its writer answer.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200), (status = 503)))]
pub async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    if readiness.is_ready().await {
        HttpResponse::Ok().json(json!({"status": "ok"}))
    } else {
        HttpResponse::ServiceUnavailable().json(json!({"status": "unavailable"}))
    }
}
