//! The revocations this node has applied of late, so that no handshake slips through between the check of its credential and its
//! registration.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::commands::RevocationNumber;
use crate::domain::{Cause, LoginSessionId, Revocation, RoomId, Scope, UserId};
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
    pub fn refuses(&self, as_of: RevocationNumber, user: UserId, login: LoginSessionId) -> Option<CloseReason> {
        if as_of < self.forgotten {
            // So long ago that nobody knows; the client asks again.
            return Some(CloseReason::Unfinished);
        }
        self.since(as_of).find(|revocation| ends_session(revocation.scope, user, login)).map(|revocation| close_reason(revocation.cause))
    }

    /// Whether the user lost the room after `as_of`.
    pub fn lost_room(&self, as_of: RevocationNumber, user: UserId, room: RoomId) -> bool {
        as_of < self.forgotten || self.since(as_of).any(|revocation| revocation.scope == Scope::RoomMember { user, room })
    }

    fn since(&self, as_of: RevocationNumber) -> impl Iterator<Item = &Revocation> {
        self.recent.iter().rev().take_while(move |(number, ..)| *number > as_of).map(|(.., revocation)| revocation)
    }
}

/// Whether a revocation ends the sockets of this login session.
pub fn ends_session(scope: Scope, user: UserId, login: LoginSessionId) -> bool {
    match scope {
        Scope::LoginSession(ended) => ended == login,
        Scope::OtherLoginSessions { user: whose, keep } => whose == user && keep != login,
        Scope::User(whose) => whose == user,
        Scope::RoomMember { .. } => false,
    }
}

/// What the socket is told.
pub fn close_reason(cause: Cause) -> CloseReason {
    match cause {
        Cause::SignedOut | Cause::LeftRoom => CloseReason::SignedOut,
        Cause::PasswordChanged => CloseReason::PasswordChanged,
        Cause::Deactivated => CloseReason::Deactivated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: UserId = UserId::new(1);
    const LAPTOP: LoginSessionId = LoginSessionId::new(10);
    const PHONE: LoginSessionId = LoginSessionId::new(11);

    fn signed_out(login: LoginSessionId) -> Revocation {
        Revocation { scope: Scope::LoginSession(login), cause: Cause::SignedOut }
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
        let scope = Scope::OtherLoginSessions { user: ALICE, keep: LAPTOP };
        revocations.remember(Revocation { scope, cause: Cause::PasswordChanged }, Instant::now());
        assert_eq!(revocations.refuses(checked, ALICE, LAPTOP), None);
        assert_eq!(revocations.refuses(checked, ALICE, PHONE), Some(CloseReason::PasswordChanged));
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
