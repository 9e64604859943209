//! Which sessions are open, and how to find them: by user, by credential.

use std::collections::{HashMap, HashSet};

use actix::Recipient;

use super::commands::{Connect, End, WorkerId};
use super::revocations::ends_session;
use crate::domain::{Credential, RoomId, Scope, SessionId, UserId};
use crate::store::revocations::Stored;

/// One open session.
pub struct Entry {
    pub user: UserId,
    pub credential: Credential,
    /// The only room it may hear.
    only: Option<RoomId>,
    pub worker: WorkerId,
    pub end: Recipient<End>,
    /// The rooms its relay was told of.
    rooms: HashSet<RoomId>,
    /// Rooms the user came into before the session had entered those it read.
    awaiting: Option<Vec<RoomId>>,
}

impl Entry {
    /// Whether it is told who is online.
    pub fn may_see_who_is_online(&self) -> bool {
        self.only.is_none()
    }

    /// Whether its credential reaches this room.
    pub fn may_hear(&self, room: RoomId) -> bool {
        self.only.is_none_or(|only| only == room)
    }
}

/// The index.
#[derive(Default)]
pub struct Sessions {
    entries: HashMap<SessionId, Entry>,
    /// In the order they came.
    by_user: HashMap<UserId, Vec<SessionId>>,
    by_credential: HashMap<Credential, Vec<SessionId>>,
}

impl Sessions {
    /// Adds a session that has not entered its rooms yet.
    pub fn add(&mut self, connect: &Connect) {
        let Connect { session, user, credential, only, worker, ref end, .. } = *connect;
        let entry = Entry { user, credential, only, worker, end: end.clone(), rooms: HashSet::new(), awaiting: Some(Vec::new()) };
        self.entries.insert(session, entry);
        self.by_user.entry(user).or_default().push(session);
        self.by_credential.entry(credential).or_default().push(session);
    }

    /// The session belongs to another credential from now on.
    pub fn refresh(&mut self, session: SessionId, credential: Credential) {
        if let Some(entry) = self.entries.get_mut(&session) {
            let before = std::mem::replace(&mut entry.credential, credential);
            forget(&mut self.by_credential, before, session);
            self.by_credential.entry(credential).or_default().push(session);
        }
    }

    /// Forgets a session. `None` where it was not known.
    pub fn remove(&mut self, session: SessionId) -> Option<Entry> {
        let entry = self.entries.remove(&session)?;
        forget(&mut self.by_user, entry.user, session);
        forget(&mut self.by_credential, entry.credential, session);
        Some(entry)
    }

    /// The session, where it is open.
    pub fn get(&self, session: SessionId) -> Option<&Entry> {
        self.entries.get(&session)
    }

    /// A person's sessions, the oldest first.
    pub fn of_user(&self, user: UserId) -> &[SessionId] {
        self.by_user.get(&user).map_or(&[], Vec::as_slice)
    }

    /// How many sockets a credential has open.
    pub fn of_credential(&self, credential: Credential) -> usize {
        self.by_credential.get(&credential).map_or(0, Vec::len)
    }

    /// Every session.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The sessions that a revocation ends.
    pub fn matching(&self, stored: &Stored) -> Vec<SessionId> {
        let candidates: &[SessionId] = match stored.revocation.scope {
            Scope::Credential(credential) => self.by_credential.get(&credential).map_or(&[], Vec::as_slice),
            Scope::OtherLogins { user, .. } | Scope::Others { user, .. } | Scope::User(user) | Scope::UserSockets(user) => {
                self.of_user(user)
            }
            Scope::RoomMember { .. } => &[],
        };
        let ends = |session: &SessionId| self.get(*session).is_some_and(|entry| ends_session(stored, entry.user, entry.credential));
        candidates.iter().copied().filter(ends).collect()
    }

    /// The session has read its rooms and hears them from now on, together with those its user came into meanwhile. Answers the
    /// rooms its relay does not know yet, and whether some of them were not read.
    pub fn enter(&mut self, session: SessionId, read: &[RoomId]) -> (Vec<RoomId>, bool) {
        let Some(entry) = self.entries.get_mut(&session) else {
            return (Vec::new(), true);
        };
        let meanwhile = entry.awaiting.take().unwrap_or_default();
        let unread = meanwhile.iter().any(|room| !read.contains(room));
        let within = read.iter().copied().chain(meanwhile).filter(|room| entry.only.is_none_or(|only| only == *room));
        let rooms = within.filter(|room| entry.rooms.insert(*room)).collect();
        (rooms, !unread)
    }

    /// A person came into a room: which of their sessions hear it from now on.
    pub fn user_entered(&mut self, user: UserId, room: RoomId) -> Vec<(SessionId, WorkerId)> {
        self.each_of(user, |session, entry| match &mut entry.awaiting {
            _ if entry.only.is_some_and(|only| only != room) => None,
            Some(awaiting) => {
                awaiting.push(room);
                None
            }
            None => entry.rooms.insert(room).then_some((session, entry.worker)),
        })
    }

    /// A person left a room or was removed: which of their sessions must hear no more of it.
    pub fn user_left(&mut self, user: UserId, room: RoomId) -> Vec<(SessionId, WorkerId)> {
        self.each_of(user, |session, entry| {
            if let Some(awaiting) = &mut entry.awaiting {
                awaiting.retain(|other| *other != room);
            }
            entry.rooms.remove(&room).then_some((session, entry.worker))
        })
    }

    /// Whether the session hears this room.
    pub fn hears(&self, session: SessionId, room: RoomId) -> bool {
        self.get(session).is_some_and(|entry| entry.rooms.contains(&room))
    }

    fn each_of<T>(&mut self, user: UserId, mut visit: impl FnMut(SessionId, &mut Entry) -> Option<T>) -> Vec<T> {
        let Self { entries, by_user, .. } = self;
        let sessions = by_user.get(&user).map_or(&[][..], Vec::as_slice);
        sessions.iter().filter_map(|session| entries.get_mut(session).and_then(|entry| visit(*session, entry))).collect()
    }
}

fn forget<K: std::hash::Hash + Eq>(index: &mut HashMap<K, Vec<SessionId>>, key: K, session: SessionId) {
    if let std::collections::hash_map::Entry::Occupied(mut sessions) = index.entry(key) {
        sessions.get_mut().retain(|other| *other != session);
        if sessions.get().is_empty() {
            sessions.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use actix::{Actor, Context, Handler};

    use super::*;
    use crate::chat::commands::RevocationNumber;
    use crate::domain::{Cause, LoginSessionId, Revocation, RevocationId};

    const ALICE: UserId = UserId::new(1);
    const LAPTOP: Credential = Credential::Login(LoginSessionId::new(10));
    const PHONE: Credential = Credential::Login(LoginSessionId::new(11));
    const LOBBY: RoomId = RoomId::new(7);
    const OFFICE: RoomId = RoomId::new(8);

    struct Deaf;

    impl Actor for Deaf {
        type Context = Context<Self>;
    }

    impl Handler<End> for Deaf {
        type Result = ();

        fn handle(&mut self, _: End, _: &mut Self::Context) {}
    }

    fn stored(scope: Scope) -> Stored {
        let revocation = Revocation { scope, cause: Cause::SignedOut };
        Stored { id: RevocationId::new(1), revocation, spared: Vec::new() }
    }

    /// Runs a test with an index that Alice's laptop and phone have connected to.
    fn with_two_devices(test: impl FnOnce(&mut Sessions, SessionId, SessionId)) {
        actix::System::new().block_on(async {
            let end = Deaf.start().recipient();
            let mut sessions = Sessions::default();
            let mut connect = |credential| {
                let (session, worker, as_of) = (SessionId::next(), WorkerId::next(), RevocationNumber::default());
                sessions.add(&Connect { session, user: ALICE, credential, only: None, worker, as_of, end: end.clone(), read: None });
                session
            };
            let (laptop, phone) = (connect(LAPTOP), connect(PHONE));
            test(&mut sessions, laptop, phone);
        });
    }

    fn only_sessions(told: Vec<(SessionId, WorkerId)>) -> Vec<SessionId> {
        told.into_iter().map(|(session, _)| session).collect()
    }

    #[test]
    fn a_room_entered_before_the_first_reading_is_heard_after_it_and_read_again() {
        with_two_devices(|sessions, laptop, phone| {
            assert_eq!(sessions.enter(phone, &[LOBBY]), (vec![LOBBY], true));
            assert_eq!(only_sessions(sessions.user_entered(ALICE, OFFICE)), [phone], "the laptop has not read its rooms yet");
            assert_eq!(sessions.enter(laptop, &[LOBBY]), (vec![LOBBY, OFFICE], false));
            assert_eq!(sessions.enter(laptop, &[LOBBY, OFFICE]), (vec![], true), "the second reading is complete");
            assert!(sessions.hears(laptop, OFFICE));
        });
    }

    #[test]
    fn a_room_left_before_the_first_reading_is_not_awaited() {
        with_two_devices(|sessions, laptop, phone| {
            sessions.user_entered(ALICE, OFFICE);
            assert_eq!(only_sessions(sessions.user_left(ALICE, OFFICE)), []);
            assert_eq!(sessions.enter(laptop, &[LOBBY]), (vec![LOBBY], true));
            assert_eq!(sessions.enter(phone, &[LOBBY]), (vec![LOBBY], true));
            assert_eq!(only_sessions(sessions.user_left(ALICE, LOBBY)), [laptop, phone]);
            assert!(!sessions.hears(phone, LOBBY));
        });
    }

    #[test]
    fn a_session_for_one_room_hears_no_other() {
        actix::System::new().block_on(async {
            let (session, worker, end) = (SessionId::next(), WorkerId::next(), Deaf.start().recipient());
            let mut sessions = Sessions::default();
            let (only, as_of) = (Some(LOBBY), RevocationNumber::default());
            sessions.add(&Connect { session, user: ALICE, credential: PHONE, only, worker, as_of, end, read: None });
            assert_eq!(sessions.enter(session, &[LOBBY, OFFICE]), (vec![LOBBY], true));
            assert_eq!(only_sessions(sessions.user_entered(ALICE, OFFICE)), []);
            assert!(!sessions.hears(session, OFFICE));
        });
    }

    #[test]
    fn a_refreshed_session_ends_with_its_new_credential_and_not_with_the_old() {
        with_two_devices(|sessions, laptop, phone| {
            sessions.refresh(laptop, PHONE);
            assert_eq!(sessions.matching(&stored(Scope::Credential(LAPTOP))), []);
            assert_eq!(sessions.matching(&stored(Scope::Credential(PHONE))), [phone, laptop]);
        });
    }

    #[test]
    fn a_revocation_finds_the_sockets_it_ends() {
        with_two_devices(|sessions, laptop, phone| {
            assert_eq!(sessions.matching(&stored(Scope::Credential(LAPTOP))), [laptop]);
            assert_eq!(sessions.matching(&stored(Scope::Others { user: ALICE, keep: LAPTOP })), [phone]);
            assert_eq!(sessions.matching(&stored(Scope::User(ALICE))), [laptop, phone]);
            assert_eq!(sessions.matching(&stored(Scope::RoomMember { user: ALICE, room: LOBBY })), []);
            sessions.remove(laptop);
            assert_eq!(sessions.matching(&stored(Scope::User(ALICE))), [phone]);
            assert_eq!(sessions.of_credential(LAPTOP), 0);
        });
    }
}
