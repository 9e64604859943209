//! Explicit credentials: what a request presents beside a cookie, and what it proves.

mod presented;
mod resolve;

use std::time::Duration;

pub use self::presented::{Presented, TICKET_PREFIX, TOKEN_PREFIX};
pub use self::resolve::{Explicit, resolve, resolve_socket};
use super::jwt::Accounts;
use super::{ClientAddress, LastSeen, Throttle, secret};
use crate::domain::{Code, Credential, Grant, Refusal, Timestamp, User};
use crate::error::AppError;
use crate::store::{Store, StoreError, api_tokens, ws_tickets};

/// Most bytes of a credential; longer ones are not looked at.
const MOST_BYTES: usize = 8 * 1_024;
/// The store, and for a JWT the provider of its keys, may think for this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// A credential that was presented, and is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub(super) user: User,
    /// Whether the place asks for a second factor that they do not have.
    pub(super) second_factor_missing: bool,
    pub(super) credential: Credential,
    pub(super) grant: Grant,
    /// `None` for one that ends only when it is revoked.
    pub(super) expires_at: Option<Timestamp>,
}

/// Proves credentials. Cloning shares what it works with.
#[derive(Clone)]
pub struct Credentials {
    store: Store,
    jwt: Option<Accounts>,
    seen: LastSeen,
    throttle: Throttle,
    tokens_in_url: bool,
}

impl Credentials {
    /// `jwt` where the operator has named an identity provider.
    pub const fn new(store: Store, jwt: Option<Accounts>, seen: LastSeen, throttle: Throttle, tokens_in_url: bool) -> Self {
        Self { store, jwt, seen, throttle, tokens_in_url }
    }

    /// Whether API tokens and JWTs may stand in a socket's address.
    pub(super) const fn tokens_in_url(&self) -> bool {
        self.tokens_in_url
    }

    /// What this credential proves. One query for a token; a ticket is used up. The agent is what the client calls itself, where it says so.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] for one that proves nothing, whatever the reason; [`Code::SlowDown`] for an address that comes with
    /// too many of those; [`Code::Unavailable`] where nobody can tell at this moment.
    pub async fn prove(&self, presented: &Presented, address: ClientAddress, agent: Option<String>) -> Result<Proof, AppError> {
        let proved = match tokio::time::timeout(PATIENCE, self.look_at(presented)).await {
            Ok(Ok(proved)) => proved,
            Ok(Err(cause)) => return Err(unavailable(&cause)),
            Err(late) => return Err(unavailable(&late)),
        };
        let Some(proof) = proved else {
            self.throttle.bad_bearer(address)?;
            return Err(Refusal::of(Code::Unauthenticated, "This token opens nothing, or no longer.").into());
        };
        match proof.credential {
            Credential::Login(login) => self.seen.saw(login),
            Credential::Token(token) => self.seen.used(token, address, agent),
            Credential::Jwt(_) => {}
        }
        Ok(proof)
    }

    async fn look_at(&self, presented: &Presented) -> Result<Option<Proof>, StoreError> {
        let (Presented::ApiToken(text) | Presented::Jwt(text) | Presented::Ticket(text)) = presented;
        if text.len() > MOST_BYTES {
            return Ok(None);
        }
        let hash = secret::hash(text);
        match presented {
            Presented::ApiToken(_) => {
                let found = self.store.read_promptly(move |conn| api_tokens::by_hash(conn, hash)).await?;
                Ok(found.map(|api_tokens::Holder { id, user, second_factor_missing, grant, expires_at }| Proof {
                    user,
                    second_factor_missing,
                    credential: Credential::Token(id),
                    grant,
                    expires_at,
                }))
            }
            Presented::Ticket(_) => {
                let taken = self.store.write(move |tx| ws_tickets::redeem(tx, hash)).await?;
                Ok(taken.map(|ws_tickets::Redeemed { user, second_factor_missing, credential, grant, expires_at }| Proof {
                    user,
                    second_factor_missing,
                    credential,
                    grant,
                    expires_at,
                }))
            }
            Presented::Jwt(token) => {
                let Some(accounts) = &self.jwt else { return Ok(None) };
                let holder = accounts.holder(&self.store, token).await?;
                Ok(holder.map(|holder| Proof {
                    user: holder.user,
                    // The provider has asked for what it asks for.
                    second_factor_missing: false,
                    credential: Credential::Jwt(holder.key),
                    grant: Grant::FULL,
                    expires_at: Some(holder.expires_at),
                }))
            }
        }
    }
}

fn unavailable(cause: &dyn std::fmt::Display) -> AppError {
    tracing::error!(%cause, "cannot tell whose token this is");
    Refusal::of(Code::Unavailable, "The server cannot tell at this moment who you are.").retry_after_ms(2_000).into()
}
