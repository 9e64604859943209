//! The revocations this node has applied of late, so that no handshake slips through between the check of its credential and its
//! registration; and whose rooms have changed, so that none is shown what it has read before that.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::commands::RevocationNumber;
use crate::domain::{Cause, Credential, RevocationId, RoomId, Scope, UserId};
use crate::protocol::CloseReason;
use crate::store::revocations::Stored;

/// How long a revocation is remembered: longer than any handshake or first reading may take.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Counts the revocations applied, and the changes to people's rooms. Read by whoever is about to check a credential.
#[derive(Debug, Clone, Default)]
pub struct RevocationClock(Arc<AtomicU64>);

impl RevocationClock {
    /// How many have been applied so far.
    pub fn now(&self) -> RevocationNumber {
        RevocationNumber(self.0.load(Ordering::Acquire))
    }
}

/// A revocation that was applied here.
#[derive(Debug)]
struct Applied {
    number: RevocationNumber,
    at: Instant,
    stored: Stored,
}

/// The recent ones, in order.
#[derive(Debug, Default)]
pub struct Revocations {
    clock: RevocationClock,
    recent: VecDeque<Applied>,
    ids: HashSet<RevocationId>,
    forgotten: RevocationNumber,
    /// When each person last came into a room or read further in one, neither of which another entry here or an event of a room they
    /// have would tell. One number for each person, however much they read.
    rooms_changed: HashMap<UserId, RevocationNumber>,
}

impl Revocations {
    /// Remembers a revocation under the next number; `false` for one that has been applied before.
    pub fn remember(&mut self, stored: Stored, now: Instant) -> bool {
        while let Some(Applied { number, stored: old, .. }) = self.recent.front().filter(|old| now.duration_since(old.at) > REMEMBERED) {
            self.forgotten = *number;
            self.ids.remove(&old.id);
            self.recent.pop_front();
        }
        let first_time = self.ids.insert(stored.id);
        if first_time {
            let number = self.next();
            self.recent.push_back(Applied { number, at: now, stored });
        }
        first_time
    }

    /// Remembers that someone came into a room or read further in one.
    pub fn rooms_changed(&mut self, user: UserId) {
        let number = self.next();
        self.rooms_changed.insert(user, number);
    }

    fn next(&self) -> RevocationNumber {
        RevocationNumber(self.clock.0.fetch_add(1, Ordering::AcqRel) + 1)
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
        self.since(as_of).find(|stored| ends_session(stored, user, credential)).map(|stored| close_reason(stored.revocation.cause))
    }

    /// Whether the user lost the room after `as_of`.
    pub fn lost_room(&self, as_of: RevocationNumber, user: UserId, room: RoomId) -> bool {
        as_of < self.forgotten || self.since(as_of).any(|stored| stored.revocation.scope == Scope::RoomMember { user, room })
    }

    /// Whether the user has come into a room, or read further in one, after `as_of`.
    pub fn rooms_changed_since(&self, as_of: RevocationNumber, user: UserId) -> bool {
        self.rooms_changed.get(&user).is_some_and(|changed| *changed > as_of)
    }

    fn since(&self, as_of: RevocationNumber) -> impl Iterator<Item = &Stored> {
        self.recent.iter().rev().take_while(move |applied| applied.number > as_of).map(|applied| &applied.stored)
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
    fn whose_rooms_changed_has_to_read_them_again() {
        let mut revocations = Revocations::default();
        let read = revocations.clock().now();
        revocations.rooms_changed(ALICE);
        assert!(revocations.rooms_changed_since(read, ALICE));
        assert!(!revocations.rooms_changed_since(read, UserId::new(2)), "somebody else");
        assert!(!revocations.rooms_changed_since(revocations.clock().now(), ALICE), "read after it");
        assert_eq!(revocations.refuses(read, ALICE, LAPTOP), None);
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
