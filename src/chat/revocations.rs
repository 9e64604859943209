//! What this node has applied of late to who may hear what, so that no handshake slips through between the check of its credential and
//! its registration: revocations most of all, and who came into a room.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::commands::RevocationNumber;
use crate::domain::{Cause, Credential, RevocationId, RoomId, Scope, UserId};
use crate::protocol::CloseReason;
use crate::store::revocations::Stored;

/// How long a revocation is remembered: longer than any handshake or first reading may take.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Counts what was applied. Read by whoever is about to check a credential.
#[derive(Debug, Clone, Default)]
pub struct RevocationClock(Arc<AtomicU64>);

impl RevocationClock {
    /// How many have been applied so far.
    pub fn now(&self) -> RevocationNumber {
        RevocationNumber(self.0.load(Ordering::Acquire))
    }
}

/// A change that was applied here.
#[derive(Debug)]
struct Applied {
    number: RevocationNumber,
    at: Instant,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Revoked(Stored),
    /// This person came into a room.
    Entered(UserId),
}

/// The recent ones, in order.
#[derive(Debug, Default)]
pub struct Revocations {
    clock: RevocationClock,
    recent: VecDeque<Applied>,
    ids: HashSet<RevocationId>,
    forgotten: RevocationNumber,
}

impl Revocations {
    /// Remembers a revocation under the next number; `false` for one that has been applied before.
    pub fn remember(&mut self, stored: Stored, now: Instant) -> bool {
        self.forget(now);
        let first_time = self.ids.insert(stored.id);
        if first_time {
            self.push(Change::Revoked(stored), now);
        }
        first_time
    }

    /// Remembers that someone came into a room.
    pub fn entered(&mut self, user: UserId, now: Instant) {
        self.forget(now);
        self.push(Change::Entered(user), now);
    }

    fn push(&mut self, change: Change, at: Instant) {
        let number = RevocationNumber(self.clock.0.fetch_add(1, Ordering::AcqRel) + 1);
        self.recent.push_back(Applied { number, at, change });
    }

    fn forget(&mut self, now: Instant) {
        while let Some(old) = self.recent.pop_front_if(|old| now.duration_since(old.at) > REMEMBERED) {
            self.forgotten = old.number;
            if let Change::Revoked(stored) = old.change {
                self.ids.remove(&stored.id);
            }
        }
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
        self.revoked_since(as_of).find(|stored| ends_session(stored, user, credential)).map(|stored| close_reason(stored.revocation.cause))
    }

    /// Whether the user lost the room after `as_of`.
    pub fn lost_room(&self, as_of: RevocationNumber, user: UserId, room: RoomId) -> bool {
        as_of < self.forgotten || self.revoked_since(as_of).any(|stored| stored.revocation.scope == Scope::RoomMember { user, room })
    }

    /// Whether the user may have come into a room after `as_of`.
    pub fn gained_room(&self, as_of: RevocationNumber, user: UserId) -> bool {
        as_of < self.forgotten || self.since(as_of).any(|change| matches!(change, Change::Entered(who) if *who == user))
    }

    fn revoked_since(&self, as_of: RevocationNumber) -> impl Iterator<Item = &Stored> {
        self.since(as_of).filter_map(|change| match change {
            Change::Revoked(stored) => Some(stored),
            Change::Entered(_) => None,
        })
    }

    fn since(&self, as_of: RevocationNumber) -> impl Iterator<Item = &Change> {
        self.recent.iter().rev().take_while(move |applied| applied.number > as_of).map(|applied| &applied.change)
    }
}

/// Whether a revocation ends the sockets that this credential opened.
pub fn ends_session(stored: &Stored, user: UserId, credential: Credential) -> bool {
    !stored.spared.contains(&credential) && is_within(stored.revocation.scope, user, credential)
}

fn is_within(scope: Scope, user: UserId, credential: Credential) -> bool {
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
    use crate::domain::{LoginSessionId, Revocation, TokenId};

    const ALICE: UserId = UserId::new(1);
    const LAPTOP: Credential = Credential::Login(LoginSessionId::new(10));
    const PHONE: Credential = Credential::Login(LoginSessionId::new(11));
    const BOT: Credential = Credential::Token(TokenId::new(10));

    fn stored(id: i64, scope: Scope, cause: Cause) -> Stored {
        Stored { id: RevocationId::new(id), revocation: Revocation { scope, cause }, spared: Vec::new() }
    }

    fn signed_out(id: i64, credential: Credential) -> Stored {
        stored(id, Scope::Credential(credential), Cause::SignedOut)
    }

    #[test]
    fn a_sign_out_between_check_and_registration_refuses_the_session() {
        let mut revocations = Revocations::default();
        let checked = revocations.clock().now();
        assert!(revocations.remember(signed_out(1, LAPTOP), Instant::now()));
        assert_eq!(revocations.refuses(checked, ALICE, LAPTOP), Some(CloseReason::SignedOut));
        assert_eq!(revocations.refuses(checked, ALICE, PHONE), None);
        assert_eq!(revocations.refuses(revocations.clock().now(), ALICE, LAPTOP), None, "checked after the sign-out was applied");
    }

    #[test]
    fn the_device_that_changed_the_password_stays() {
        let mut revocations = Revocations::default();
        let checked = revocations.clock().now();
        let scope = Scope::Others { user: ALICE, keep: LAPTOP };
        revocations.remember(stored(1, scope, Cause::PasswordChanged), Instant::now());
        assert_eq!(revocations.refuses(checked, ALICE, LAPTOP), None);
        assert_eq!(revocations.refuses(checked, ALICE, PHONE), Some(CloseReason::PasswordChanged));
        assert_eq!(revocations.refuses(checked, ALICE, BOT), Some(CloseReason::PasswordChanged));
    }

    #[test]
    fn one_that_is_read_again_is_not_applied_again() {
        let mut revocations = Revocations::default();
        assert!(revocations.remember(signed_out(7, LAPTOP), Instant::now()));
        let checked = revocations.clock().now();
        assert!(!revocations.remember(signed_out(7, LAPTOP), Instant::now()));
        assert_eq!(revocations.clock().now(), checked);
    }

    #[test]
    fn a_device_that_signed_in_since_is_spared() {
        let mut revocations = Revocations::default();
        let checked = revocations.clock().now();
        let read_late = Stored { spared: vec![PHONE], ..stored(1, Scope::User(ALICE), Cause::PasswordChanged) };
        revocations.remember(read_late, Instant::now());
        assert_eq!(revocations.refuses(checked, ALICE, PHONE), None);
        assert!(revocations.refuses(checked, ALICE, LAPTOP).is_some());
    }

    #[test]
    fn signing_out_elsewhere_leaves_the_tokens() {
        let Credential::Login(keep) = LAPTOP else { unreachable!("a device") };
        let scope = Scope::OtherLogins { user: ALICE, keep };
        let ended = [LAPTOP, PHONE, BOT].map(|credential| is_within(scope, ALICE, credential));
        assert_eq!(ended, [false, true, false]);
        assert!(!is_within(scope, UserId::new(2), PHONE), "somebody else's");
    }

    #[test]
    fn who_came_into_a_room_since_has_to_read_again() {
        let mut revocations = Revocations::default();
        let start = Instant::now();
        let read = revocations.clock().now();
        revocations.entered(ALICE, start);
        assert!(revocations.gained_room(read, ALICE));
        assert!(!revocations.gained_room(read, UserId::new(2)), "somebody else");
        assert!(!revocations.gained_room(revocations.clock().now(), ALICE), "read after it");
        assert_eq!(revocations.refuses(read, ALICE, LAPTOP), None);
        revocations.entered(UserId::new(2), start + REMEMBERED * 2);
        assert!(revocations.gained_room(read, UserId::new(3)), "older than what is remembered");
    }

    #[test]
    fn a_check_older_than_what_is_remembered_is_not_believed() {
        let mut revocations = Revocations::default();
        let start = Instant::now();
        let checked = revocations.clock().now();
        revocations.remember(signed_out(1, PHONE), start);
        revocations.remember(signed_out(2, PHONE), start + REMEMBERED * 2);
        assert!(revocations.refuses(checked, ALICE, LAPTOP).is_some());
        assert!(revocations.lost_room(checked, ALICE, RoomId::new(5)));
    }
}
