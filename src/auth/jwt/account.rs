//! Whose account a proved token opens.

use sha2::{Digest, Sha256};

use super::{Proved, Verifier};
use crate::domain::{DisplayName, PlaceRole, Refusal, Timestamp, User, Username};
use crate::store::jwt_accounts::{self, Account, FirstSight};
use crate::store::{Store, StoreError};

/// What happens when a token names somebody for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newcomers {
    /// An account of the same username becomes theirs. Only right where nobody can choose that name at the provider.
    pub link_existing: bool,
    /// They get an account of this role; `None`: they are refused.
    pub create: Option<PlaceRole>,
}

/// From tokens to accounts.
#[derive(Clone)]
pub struct Accounts {
    verifier: Verifier,
    newcomers: Newcomers,
}

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub user: User,
    pub key: crate::domain::JwtKey,
    pub expires_at: Timestamp,
}

impl Accounts {
    /// Checks with `verifier`, and lets `newcomers` in.
    pub const fn new(verifier: Verifier, newcomers: Newcomers) -> Self {
        Self { verifier, newcomers }
    }

    /// The active account that this token opens; `None` for a token that proves nothing, was ended, or names nobody. The reason is
    /// logged and not told.
    ///
    /// # Errors
    /// What the store answers, also where no key could be fetched: the caller may come again.
    pub async fn holder(&self, store: &Store, token: &str) -> Result<Option<Holder>, StoreError> {
        let proved = match self.verifier.verify(token).await {
            Ok(proved) => proved,
            Err(super::Refused::KeysUnavailable) => return Err(StoreError::Busy),
            Err(why) => {
                tracing::debug!(%why, "a JWT was refused");
                return Ok(None);
            }
        };
        let (issuer, subject, key) = (proved.issuer.clone(), proved.subject.clone(), proved.key);
        let found = store.read_promptly(move |conn| jwt_accounts::find(conn, &issuer, &subject, key)).await?;
        let user = match found {
            Account::Active(user) => Some(user),
            Account::Closed => None,
            Account::Unknown => self.first_sight(store, &proved).await?,
        };
        Ok(user.map(|user| Holder { user, key: proved.key, expires_at: proved.expires_at }))
    }

    async fn first_sight(&self, store: &Store, proved: &Proved) -> Result<Option<User>, StoreError> {
        let Newcomers { link_existing, create } = self.newcomers;
        if !link_existing && create.is_none() {
            return Ok(None);
        }
        let first = FirstSight {
            issuer: proved.issuer.clone(),
            subject: proved.subject.clone(),
            username: Username::parse(&proved.subject).ok(),
            candidates: candidates(&proved.subject),
            display_name: display_name(proved),
            link_existing,
            create,
        };
        match store.write(move |tx| jwt_accounts::first_sight(tx, &first)).await {
            Err(StoreError::Refused(Refusal { message, .. })) => {
                tracing::warn!(%message, "nobody could be made of a JWT");
                Ok(None)
            }
            answer => answer,
        }
    }
}

/// Usernames for somebody who is called `subject` elsewhere, the best first: what stands before an @, without what a username cannot
/// have; then the same with a number.
fn candidates(subject: &str) -> Vec<Username> {
    let before_at = subject.split('@').next().unwrap_or_default();
    let plain: String = before_at
        .chars()
        .filter_map(|c| match c.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => Some(kept),
            ' ' | '+' | '|' | ':' | '/' => Some('-'),
            _ => None,
        })
        .take(24)
        .collect();
    let plain = match plain.trim_matches(['.', '-', '_']) {
        // A name in other letters, or none to speak of: nobody else gets the same digits.
        short if short.len() < 2 => format!("user-{}", &hex::encode(Sha256::digest(subject))[..8]),
        plain => plain.to_owned(),
    };
    let numbered = (2..=99).map(|number| format!("{plain}-{number}"));
    std::iter::once(plain.clone()).chain(numbered).filter_map(|name| Username::parse(&name).ok()).collect()
}

fn display_name(proved: &Proved) -> Option<DisplayName> {
    let said = proved.name.as_deref().and_then(|name| DisplayName::parse(name).ok());
    said.or_else(|| DisplayName::parse(proved.subject.split('@').next().unwrap_or_default()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_made_of_what_the_provider_calls_somebody() {
        for (subject, first) in [
            ("alice", "alice"),
            ("Alice.Smith@example.org", "alice.smith"),
            ("auth0|5f7c8ec7c33c6c004bbafe82", "auth0-5f7c8ec7c33c6c004b"),
            ("張偉", "user-cd09b14f"),
        ] {
            assert_eq!(candidates(subject)[0].as_str(), first, "{subject}");
        }
        assert_eq!(candidates("bob")[1].as_str(), "bob-2");
    }
}
