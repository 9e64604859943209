//! Sign-ins that failed, counted here and recorded once a minute: a flood of guesses must fill neither the disk nor the writer's queue.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;

use super::ClientAddress;
use crate::domain::{AuditKind, Origin, UserId};
use crate::store::audit::{self, Subject};
use crate::store::{Store, StoreError};

/// Accounts and addresses that are told apart between two flushes; what is beyond is counted without a name.
const MOST: usize = 1_024;

/// Counts; cloning shares the count. A name that no account has is not kept: people type their password into the wrong field.
#[derive(Clone, Default)]
pub struct FailedSignIns(Arc<Mutex<HashMap<Target, u64>>>);

/// At which account, from which network; none of either for what is beyond [`MOST`].
type Target = (Option<UserId>, Option<IpAddr>);

impl FailedSignIns {
    /// One more, at this account where there is one.
    pub fn one_more(&self, account: Option<UserId>, from: ClientAddress) {
        let mut counted = self.0.lock();
        let key = (account, Some(from.network()));
        let key = if counted.len() < MOST || counted.contains_key(&key) { key } else { (None, None) };
        *counted.entry(key).or_insert(0) += 1;
    }

    /// Records what has come together.
    ///
    /// # Errors
    /// What the store answers; then nothing is forgotten.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let counted: Vec<_> = self.0.lock().drain().collect();
        if counted.is_empty() {
            return Ok(());
        }
        let job = counted.clone();
        let written = store
            .write(move |tx| {
                for ((account, address), times) in &job {
                    let subject = account.map_or_else(|| Ok(Subject::default()), |user| audit::account(tx, user))?;
                    let origin = Origin { address: *address, ..Origin::SERVER };
                    audit::record(tx, origin, AuditKind::SignInFailed, subject, &json!({"times": times}))?;
                }
                Ok::<_, StoreError>(())
            })
            .await;
        if written.is_err() {
            let mut now = self.0.lock();
            for (key, times) in counted {
                *now.entry(key).or_insert(0) += times;
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_from_everywhere_is_counted_in_little_room() {
        let failed = FailedSignIns::default();
        for n in 0..10_000_u32 {
            failed.one_more(None, ClientAddress(IpAddr::from(n.to_be_bytes())));
        }
        let counted = failed.0.lock();
        assert_eq!(counted.len(), MOST + 1);
        assert_eq!(counted.values().sum::<u64>(), 10_000);
    }
}
