//! Passwords: what may become one, and how it is stored.

mod common;

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::{Code, Password, Refusal};
use crate::error::AppError;

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1_024, passes: 2 }
    }
}

/// Hashes at once. Four of 19 MiB is what a small machine can spare, and a flood of sign-ins cannot take more.
const AT_ONCE: usize = 4;

/// A sign-in that has waited this long for its turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes and verifies, off the workers.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    argon: Argon2<'static>,
    /// The hash of a password that nobody has: verified where there is no account, so that the answer takes as long.
    dummy: String,
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// Takes the cost of one hash; makes one, and so takes as long.
    ///
    /// # Errors
    /// Where argon2 does not accept the cost, or the system has no random numbers.
    pub fn new(cost: Cost) -> Result<Self, argon2::password_hash::Error> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobodys = [0; 32];
        getrandom::fill(&mut nobodys).map_err(|_| argon2::password_hash::Error::Crypto)?;
        let dummy = argon.hash_password(&nobodys)?.to_string();
        Ok(Self(Arc::new(Inner { argon, dummy, turns: Arc::new(Semaphore::new(AT_ONCE)) })))
    }

    /// The hash to store, with a salt of its own.
    ///
    /// # Errors
    /// [`Code::Busy`] where too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        let turn = self.turn().await?;
        let inner = Arc::clone(&self.0);
        let hash = move || inner.argon.hash_password(password.expose().as_bytes()).map(|hash| hash.to_string());
        off_the_worker(turn, hash).await?.map_err(|cause| AppError::internal(&cause))
    }

    /// Whether the password is the stored one. `None`, for an account that does not exist, takes as long and is never right.
    ///
    /// # Errors
    /// [`Code::Busy`] where too many wait.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<bool, AppError> {
        let turn = self.turn().await?;
        let inner = Arc::clone(&self.0);
        // Who only ever came by a token has no password, and may not be told from one who has by the time it takes.
        let stored = stored.filter(|hash| !hash.is_empty());
        off_the_worker(turn, move || {
            let fits = PasswordHash::new(stored.as_deref().unwrap_or(&inner.dummy))
                .is_ok_and(|hash| inner.argon.verify_password(password.expose().as_bytes(), &hash).is_ok());
            fits && stored.is_some()
        })
        .await
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, AppError> {
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.0.turns).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Refusal::of(Code::Busy, "Too many people are signing in at this moment.").retry_after_ms(5_000).into()),
        }
    }
}

/// The turn ends with the work, not with the request: one that is given up goes on working.
async fn off_the_worker<T: Send + 'static>(turn: OwnedSemaphorePermit, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
    let work = move || {
        let done = work();
        drop(turn);
        done
    };
    tokio::task::spawn_blocking(work).await.map_err(|cause| AppError::internal(&cause))
}

/// Refuses a password that guessing begins with: much used ones, one character or a few repeated, a run along the alphabet, or
/// one of the `own` words (username, name of the place) with little added.
///
/// # Errors
/// [`Code::PasswordCommon`].
pub fn refuse_common(password: &Password, own: &[&str]) -> Result<(), Refusal> {
    if common::is_common(password.expose(), own) {
        Err(Refusal::of(Code::PasswordCommon, "This password is among the first that would be guessed. Four random words make a good one.")
            .field("password"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[actix_web::test]
    async fn a_stored_password_fits_itself_and_nothing_else() {
        let passwords = Passwords::new(CHEAP).unwrap();
        let stored = passwords.hash(password("correct horse battery")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert_ne!(stored, passwords.hash(password("correct horse battery")).await.unwrap());
        assert!(passwords.verify(password("correct horse battery"), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify(password("correct horse batterz"), Some(stored)).await.unwrap());
        assert!(!passwords.verify(password("correct horse battery"), None).await.unwrap());
        assert!(!passwords.verify(password("correct horse battery"), Some("junk".to_owned())).await.unwrap());
    }

    #[actix_web::test]
    async fn a_hash_keeps_its_own_cost_when_the_setting_changes() {
        let stored = Passwords::new(CHEAP).unwrap().hash(password("correct horse battery")).await.unwrap();
        let dearer = Passwords::new(Cost { memory_kib: 128, passes: 2 }).unwrap();
        assert!(dearer.verify(password("correct horse battery"), Some(stored)).await.unwrap());
    }

    #[test]
    fn by_default_a_hash_costs_what_owasp_asks() {
        let passwords = Passwords::new(Cost::default()).unwrap();
        assert!(passwords.0.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", passwords.0.dummy);
        assert_eq!(passwords.0.turns.available_permits(), 4);
    }
}
