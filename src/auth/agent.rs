//! What a client calls itself.

use actix_web::http::header::{self, HeaderMap};

/// Longer ones are cut.
const MOST_CHARS: usize = 256;

/// What a request says in `User-Agent`: shown to its owner, believed by nobody. At most 256 characters; empty where it says nothing.
pub fn agent_of(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.chars().take(MOST_CHARS).collect()
}
