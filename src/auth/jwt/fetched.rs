//! Keys that the provider publishes: fetched when they are needed, kept for a while, exchanged when it exchanges them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;
use parking_lot::Mutex;
use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderMap};
use reqwest::{Client, redirect};
use url::Url;

use super::keys::Key;

/// The provider may take this long, connecting included.
const PATIENCE: Duration = Duration::from_secs(2);
/// Most bytes of a set.
const MOST_BYTES: usize = 256 * 1_024;
/// How long keys are fresh where the provider does not say.
const FRESH: Duration = Duration::from_secs(600);
/// What it says is held within these.
const LEAST_FRESH: Duration = Duration::from_secs(60);
const MOST_FRESH: Duration = Duration::from_secs(24 * 60 * 60);
/// Old keys count for so long while the provider cannot be reached.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two tries: a flood of tokens with names of keys that nobody has must not become a flood of requests to the provider.
const BETWEEN_TRIES: Duration = Duration::from_secs(30);

/// The provider's key set behind its URL. Only the operator's own URL is ever asked, and no redirect is followed: what a token
/// says about where its key lies (`jku`, `x5u`) is not read.
pub(super) struct Fetched {
    url: Url,
    algorithms: Vec<Algorithm>,
    client: Client,
    kept: Mutex<Kept>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    keys: Arc<Vec<Key>>,
    /// When they came, and until when they are fresh; `None` before the first set has come.
    since: Option<(Instant, Instant)>,
    tried: Option<Instant>,
}

impl Kept {
    fn is_fresh(&self, now: Instant) -> bool {
        self.since.is_some_and(|(_, until)| now < until)
    }

    fn counts(&self, now: Instant) -> bool {
        self.since.is_some_and(|(came, _)| now.duration_since(came) < STALE)
    }

    fn may_try(&self, now: Instant) -> bool {
        self.tried.is_none_or(|tried| now.duration_since(tried) >= BETWEEN_TRIES)
    }
}

impl Fetched {
    /// Asks nobody yet.
    pub fn new(url: Url, algorithms: Vec<Algorithm>) -> Result<Self, String> {
        // Chosen already by whoever started this process, but for a test of this file alone.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE)
            .no_proxy()
            // A kept connection would belong to the worker that opened it.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("snug/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { url, algorithms, client, kept: Mutex::default(), turn: tokio::sync::Mutex::default() })
    }

    /// The keys to check with; `None` where there are none that still count. Fetches where those at hand are no longer fresh or
    /// none of them has the wanted name.
    pub async fn keys(&self, wanted: Option<&str>) -> Option<Arc<Vec<Key>>> {
        if let Some(keys) = self.at_hand(wanted) {
            return Some(keys);
        }
        let turn = self.turn.lock().await;
        // Whoever had the turn before has fetched already.
        if self.at_hand(wanted).is_none() && self.kept.lock().may_try(Instant::now()) {
            let fetched = self.fetch().await;
            self.keep(fetched);
        }
        drop(turn);
        let kept = self.kept.lock();
        kept.counts(Instant::now()).then(|| Arc::clone(&kept.keys))
    }

    fn at_hand(&self, wanted: Option<&str>) -> Option<Arc<Vec<Key>>> {
        let kept = self.kept.lock();
        let has_it = wanted.is_none_or(|id| kept.keys.iter().any(|key| key.id.as_deref().is_none_or(|own| own == id)));
        (kept.is_fresh(Instant::now()) && has_it).then(|| Arc::clone(&kept.keys))
    }

    fn keep(&self, fetched: Result<(Vec<Key>, Duration), String>) {
        let (now, mut kept) = (Instant::now(), self.kept.lock());
        kept.tried = Some(now);
        match fetched {
            Ok((keys, fresh)) => {
                kept.keys = Arc::new(keys);
                kept.since = Some((now, now + fresh));
            }
            Err(cause) => tracing::warn!(%cause, "the identity provider's keys could not be fetched"),
        }
    }

    async fn fetch(&self) -> Result<(Vec<Key>, Duration), String> {
        let answer = self.client.get(self.url.clone()).header(ACCEPT, "application/jwk-set+json, application/json").send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("it answered {}", answer.status()));
        }
        let fresh = fresh_for(answer.headers());
        let (mut bytes, mut answer) = (Vec::new(), answer);
        while let Some(part) = answer.chunk().await.map_err(|error| error.to_string())? {
            if bytes.len() + part.len() > MOST_BYTES {
                return Err(format!("its answer has more than {MOST_BYTES} bytes"));
            }
            bytes.extend_from_slice(&part);
        }
        let set = serde_json::from_slice(&bytes).map_err(|_| "its answer is not JSON".to_owned())?;
        match Key::from_set(&set, &self.algorithms) {
            keys if keys.is_empty() => Err("its answer holds no key for the algorithms that are set".to_owned()),
            keys => Ok((keys, fresh)),
        }
    }
}

#[cfg(test)]
impl Fetched {
    pub(super) fn forget_when_it_last_asked(&self) {
        self.kept.lock().tried = None;
    }
}

/// `Cache-Control: max-age`, within reason.
fn fresh_for(headers: &HeaderMap) -> Duration {
    let stated = headers
        .get(CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(',').find_map(|part| part.trim().strip_prefix("max-age=")))
        .and_then(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    stated.map_or(FRESH, |stated| stated.clamp(LEAST_FRESH, MOST_FRESH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn the_provider_says_how_long_within_reason() {
        for (value, seconds) in
            [("public, max-age=3600", 3_600), ("max-age=0", 60), ("max-age=99999999", 86_400), ("max-age=soon", 600), ("no-store", 600)]
        {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(value))]);
            assert_eq!(fresh_for(&headers).as_secs(), seconds, "{value}");
        }
        assert_eq!(fresh_for(&HeaderMap::new()), FRESH);
    }

    #[test]
    fn old_keys_count_for_a_day_and_a_try_is_made_twice_a_minute() {
        let start = Instant::now();
        let mut kept = Kept { since: Some((start, start + FRESH)), tried: Some(start), ..Kept::default() };
        assert!(kept.is_fresh(start) && !kept.is_fresh(start + FRESH));
        assert!(kept.counts(start + FRESH) && !kept.counts(start + STALE));
        assert!(!kept.may_try(start) && kept.may_try(start + BETWEEN_TRIES));
        kept.since = None;
        assert!(!kept.counts(start));
    }
}
