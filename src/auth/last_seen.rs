//! When each login session and API token was last used, gathered here and written once a minute in one job.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::ClientAddress;
use crate::domain::{LoginSessionId, Timestamp, TokenId};
use crate::store::api_tokens::Use;
use crate::store::{Store, StoreError, api_tokens, login_sessions};

/// Collects; cloning shares the collection.
#[derive(Clone)]
pub struct LastSeen {
    lifetime: Duration,
    waiting: Arc<Mutex<HashMap<LoginSessionId, Timestamp>>>,
    used: Arc<Mutex<HashMap<TokenId, Use>>>,
}

impl LastSeen {
    /// A login session lives for `lifetime` from the moment it was last used.
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, waiting: Arc::default(), used: Arc::default() }
    }

    /// For how long a sign-in lasts without being used.
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// This login session is in use now. Costs no query.
    pub fn saw(&self, login: LoginSessionId) {
        self.waiting.lock().insert(login, Timestamp::now());
    }

    /// This token is in use now, from this address, by a client that calls itself this; `None` where it has said so before. Costs no
    /// query.
    pub fn used(&self, token: TokenId, from: ClientAddress, agent: Option<String>) {
        let mut used = self.used.lock();
        let agent = agent.or_else(|| used.remove(&token).and_then(|before| before.agent));
        used.insert(token, Use { at: Timestamp::now(), from: from.0.to_string(), agent });
    }

    /// Writes what has come together. Called once a minute and before the end.
    ///
    /// # Errors
    /// What the store answers; then nothing is forgotten, and the next flush tries again.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let seen: Vec<(LoginSessionId, Timestamp)> = self.waiting.lock().drain().collect();
        let used: Vec<(TokenId, Use)> = self.used.lock().drain().collect();
        if seen.is_empty() && used.is_empty() {
            return Ok(());
        }
        let lifetime = self.lifetime;
        let logins = seen.clone();
        let tokens = used.clone();
        let written = store
            .write(move |tx| {
                login_sessions::touch(tx, &logins, lifetime)?;
                api_tokens::touch(tx, &tokens)
            })
            .await;
        if written.is_err() {
            let (mut waiting, mut in_use) = (self.waiting.lock(), self.used.lock());
            for (login, at) in seen {
                waiting.entry(login).or_insert(at);
            }
            for (token, last) in used {
                in_use.entry(token).or_insert(last);
            }
        }
        written
    }
}
