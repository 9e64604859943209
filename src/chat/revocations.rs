//! The revocations this node has applied of late, so that no handshake slips through between the check of its credential and its
//! registration.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::commands::RevocationNumber;
use crate::domain::{Cause, Credential, Revocation, RoomId, Scope, UserId};
use crate::protocol::CloseReason;

/// How long a revocation is remembered: longer than any handshake or first reading may take.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Counts the revocations applied. Read by whoever is about to check a credential.
#[derive(Debug, Clone, Default)]
pub struct RevocationClock(Arc<AtomicU64>);

impl RevocationClock {
    /// How many have been applied so far.
    pub fn now(&self) -> RevocationNumber {
        RevocationNumber(self.0.load(Ordering::Acquire))
    }
}

/// The recent ones, in order.
#[derive(Debug, Default)]
pub struct Revocations {
    clock: RevocationClock,
    recent: VecDeque<(RevocationNumber, Instant, Revocation)>,
    forgotten: RevocationNumber,
}

impl Revocations {
    /// Remembers a revocation under the next number.
    pub fn remember(&mut self, revocation: Revocation, now: Instant) {
        while let Some((number, at, _)) = self.recent.front()
            && now.duration_since(*at) > REMEMBERED
        {
            self.forgotten = *number;
            self.recent.pop_front();
        }
        let number = RevocationNumber(self.clock.0.fetch_add(1, Ordering::AcqRel) + 1);
        self.recent.push_back((number, now, revocation));
    }

    /// The shared counter.
    pub fn clock(&self) -> RevocationClock {
        self.clock.clone()
    }

    /// Why a session whose credential was checked after `as_of` must not be registered.
    pub fn refuses(&self, as_of: RevocationNumber, user: UserId, credential: Credential) -> Option<CloseReason> {
        if as_of < self.forgotten {
            // So long ago that nobody knows; the client asks again.
            return Some(CloseReason::Unfinished);
        }
        self.since(as_of)
            .find(|revocation| ends_session(revocation.scope, user, credential))
            .map(|revocation| close_reason(revocation.cause))
    }

    /// Whether the user lost the room after `as_of`.
    pub fn lost_room(&self, as_of: RevocationNumber, user: UserId, room: RoomId) -> bool {
        as_of < self.forgotten || self.since(as_of).any(|revocation| revocation.scope == Scope::RoomMember { user, room })
    }

    fn since(&self, as_of: RevocationNumber) -> impl Iterator<Item = &Revocation> {
        self.recent.iter().rev().take_while(move |(number, ..)| *number > as_of).map(|(.., revocation)| revocation)
    }
}

/// Whether a revocation ends the sockets that this credential opened.
pub fn ends_session(scope: Scope, user: UserId, credential: Credential) -> bool {
    match scope {
        Scope::Credential(ended) => ended == credential,
        Scope::OtherLogins { user: whose, keep } => {
            whose == user && matches!(credential, Credential::Login(_)) && credential != Credential::Login(keep)
        }
        Scope::Others { user: whose, keep } => whose == user && keep != credential,
        Scope::User(whose) | Scope::UserSockets(whose) => whose == user,
        Scope::RoomMember { .. } => false,
    }
}

/// What the socket is told.
pub fn close_reason(cause: Cause) -> CloseReason {
    match cause {
        Cause::SignedOut | Cause::LeftRoom => CloseReason::SignedOut,
        Cause::TokenRevoked => CloseReason::TokenRevoked,
        Cause::PasswordChanged => CloseReason::PasswordChanged,
        Cause::Deactivated => CloseReason::Deactivated,
        Cause::Banned => CloseReason::Banned,
        Cause::Deleted => CloseReason::Deleted,
        Cause::RoleChanged => CloseReason::RoleChanged,
        Cause::SecondFactorNeeded => CloseReason::SecondFactorNeeded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LoginSessionId, TokenId};

    const ALICE: UserId = UserId::new(1);
    const LAPTOP: Credential = Credential::Login(LoginSessionId::new(10));
    const PHONE: Credential = Credential::Login(LoginSessionId::new(11));
    const BOT: Credential = Credential::Token(TokenId::new(10));

    fn signed_out(credential: Credential) -> Revocation {
        Revocation { scope: Scope::Credential(credential), cause: Cause::SignedOut }
    }

    #[test]
    fn a_sign_out_between_check_and_registration_refuses_the_session() {
        let mut revocations = Revocations::default();
        let checked = revocations.clock().now();
        revocations.remember(signed_out(LAPTOP), Instant::now());
        assert_eq!(revocations.refuses(checked, ALICE, LAPTOP), Some(CloseReason::SignedOut));
        assert_eq!(revocations.refuses(checked, ALICE, PHONE), None);
        assert_eq!(revocations.refuses(revocations.clock().now(), ALICE, LAPTOP), None, "checked after the sign-out was applied");
    }

    #[test]
    fn the_device_that_changed_the_password_stays() {
        let mut revocations = Revocations::default();
        let checked = revocations.clock().now();
        let scope = Scope::Others { user: ALICE, keep: LAPTOP };
        revocations.remember(Revocation { scope, cause: Cause::PasswordChanged }, Instant::now());
        assert_eq!(revocations.refuses(checked, ALICE, LAPTOP), None);
        assert_eq!(revocations.refuses(checked, ALICE, PHONE), Some(CloseReason::PasswordChanged));
        assert_eq!(revocations.refuses(checked, ALICE, BOT), Some(CloseReason::PasswordChanged));
    }

    #[test]
    fn signing_out_elsewhere_leaves_the_tokens() {
        let Credential::Login(keep) = LAPTOP else { unreachable!("a device") };
        let scope = Scope::OtherLogins { user: ALICE, keep };
        let ended = [LAPTOP, PHONE, BOT].map(|credential| ends_session(scope, ALICE, credential));
        assert_eq!(ended, [false, true, false]);
        assert!(!ends_session(scope, UserId::new(2), PHONE), "somebody else's");
    }

    #[test]
    fn a_check_older_than_what_is_remembered_is_not_believed() {
        let mut revocations = Revocations::default();
        let start = Instant::now();
        let checked = revocations.clock().now();
        revocations.remember(signed_out(PHONE), start);
        revocations.remember(signed_out(PHONE), start + REMEMBERED * 2);
        assert!(revocations.refuses(checked, ALICE, LAPTOP).is_some());
        assert!(revocations.lost_room(checked, ALICE, RoomId::new(5)));
    }
}
