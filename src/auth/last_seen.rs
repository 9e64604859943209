//! When each login session was last used, gathered here and written once a minute in one job.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::domain::{LoginSessionId, Timestamp};
use crate::store::{Store, StoreError, login_sessions};

/// Collects; cloning shares the collection.
#[derive(Clone)]
pub struct LastSeen {
    lifetime: Duration,
    waiting: Arc<Mutex<HashMap<LoginSessionId, Timestamp>>>,
}

impl LastSeen {
    /// A login session lives for `lifetime` from the moment it was last used.
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, waiting: Arc::default() }
    }

    /// For how long a sign-in lasts without being used.
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// This login session is in use now. Costs no query.
    pub fn saw(&self, login: LoginSessionId) {
        self.waiting.lock().insert(login, Timestamp::now());
    }

    /// Writes what has come together. Called once a minute and before the end.
    ///
    /// # Errors
    /// What the store answers; then nothing is forgotten, and the next flush tries again.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let seen: Vec<(LoginSessionId, Timestamp)> = self.waiting.lock().drain().collect();
        if seen.is_empty() {
            return Ok(());
        }
        let lifetime = self.lifetime;
        let job = seen.clone();
        let written = store.write(move |tx| login_sessions::touch(tx, &job, lifetime)).await;
        if written.is_err() {
            let mut waiting = self.waiting.lock();
            for (login, at) in seen {
                waiting.entry(login).or_insert(at);
            }
        }
        written
    }
}
