//! A place as a small model: who is who, who is in which room, and what each accepted change makes of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use snug::domain::{
    Action, ClientId, Inactive, LogEntry, Membership, Outcome, PlaceRole, RoomId, RoomKind, RoomName, RoomRole, UserId, Visibility,
};

#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub role: PlaceRole,
    /// `None` for an account that is active.
    pub inactive: Option<Inactive>,
}

impl Person {
    pub fn is_active(&self) -> bool {
        self.inactive.is_none()
    }

    pub fn runs_the_place(&self) -> bool {
        matches!(self.role, PlaceRole::Owner | PlaceRole::Admin)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub user: UserId,
    pub role: RoomRole,
    pub read: i64,
}

#[derive(Debug)]
pub struct Room {
    pub kind: RoomKind,
    pub name: Option<RoomName>,
    pub is_default: bool,
    pub archived: bool,
    /// In the order in which they came.
    pub parts: Vec<Part>,
    pub banned: BTreeSet<UserId>,
    pub last_number: i64,
}

impl Room {
    fn new(kind: RoomKind, name: Option<RoomName>) -> Self {
        Self { kind, name, is_default: false, archived: false, parts: Vec::new(), banned: BTreeSet::new(), last_number: 0 }
    }

    pub fn part(&self, user: UserId) -> Option<&Part> {
        self.parts.iter().find(|part| part.user == user)
    }

    fn part_mut(&mut self, user: UserId) -> &mut Part {
        self.parts.iter_mut().find(|part| part.user == user).expect("somebody who is in the room")
    }

    fn enters(&mut self, user: UserId, role: RoomRole) {
        if self.part(user).is_none() {
            self.parts.push(Part { user, role, read: self.last_number });
        }
    }
}

#[derive(Default)]
pub struct Place {
    pub people: BTreeMap<UserId, Person>,
    pub rooms: BTreeMap<RoomId, Room>,
    /// What each message said and the number it got at the first try.
    pub posted: HashMap<(RoomId, UserId, ClientId), (String, i64)>,
    /// Every log, hidden ones too.
    pub log: BTreeMap<RoomId, Vec<LogEntry>>,
}

impl Place {
    pub fn signs_up(&mut self, user: UserId, role: PlaceRole) {
        self.people.insert(user, Person { role, inactive: None });
        if role != PlaceRole::Guest {
            self.enters_default_rooms(user);
        }
    }

    /// The room that was there from the beginning.
    pub fn begins_with(&mut self, room: &Membership, owner: UserId) {
        let made = self.rooms.entry(room.room.id).or_insert_with(|| Room::new(room.room.kind, room.room.name.clone()));
        made.is_default = room.room.is_default;
        made.enters(owner, RoomRole::Owner);
    }

    fn enters_default_rooms(&mut self, user: UserId) {
        self.rooms.values_mut().filter(|room| room.is_default).for_each(|room| room.enters(user, RoomRole::Member));
    }

    fn room(&mut self, room: RoomId) -> &mut Room {
        self.rooms.get_mut(&room).expect("a room that was made")
    }

    fn person(&mut self, user: UserId) -> &mut Person {
        self.people.get_mut(&user).expect("somebody who signed up")
    }

    fn leaves(&mut self, room: RoomId, user: UserId) {
        self.room(room).parts.retain(|part| part.user != user);
        self.succeeds(room);
    }

    /// Where no active owner is left, the moderator who came first takes over, else the member who did.
    fn succeeds(&mut self, room: RoomId) {
        let people = &self.people;
        let parts = &mut self.rooms.get_mut(&room).expect("a room that was made").parts;
        for wanted in [RoomRole::Owner, RoomRole::Moderator, RoomRole::Member] {
            if let Some(heir) = parts.iter_mut().find(|part| part.role == wanted && people[&part.user].is_active()) {
                heir.role = RoomRole::Owner;
                return;
            }
        }
    }

    fn is_shut(&mut self, user: UserId, because: Inactive) {
        self.person(user).inactive = Some(because);
        let owns = |room: &Room| room.part(user).is_some_and(|part| part.role == RoomRole::Owner);
        let owned: Vec<RoomId> = self.rooms.iter().filter(|(_, room)| owns(room)).map(|(id, _)| *id).collect();
        owned.into_iter().for_each(|room| self.succeeds(room));
    }

    /// What an accepted change means, said without looking at its events.
    pub fn accepts(&mut self, me: UserId, action: &Action, outcome: &Outcome) {
        match action {
            Action::Post { room, client_id, content } => {
                let Outcome::Posted { message, .. } = outcome else { panic!("{outcome:?}") };
                let facts = self.rooms.get_mut(room).expect("a room that was made");
                let (_, number) = self.posted.entry((*room, me, *client_id)).or_insert_with(|| {
                    facts.last_number += 1;
                    facts.part_mut(me).read = facts.last_number;
                    (content.body.as_str().to_owned(), facts.last_number)
                });
                assert_eq!(message.number.0, *number);
            }
            Action::MarkRead { room, number } => {
                let newest = self.room(*room).last_number;
                let read = &mut self.room(*room).part_mut(me).read;
                *read = number.0.min(newest).max(*read);
                assert!(matches!(outcome, Outcome::Read { number, .. } if number.0 == *read));
            }
            Action::CreateRoom { name, visibility, .. } => {
                let made = Room::new((*visibility).into(), Some(name.clone()));
                self.rooms.entry(entered(outcome)).or_insert(made).enters(me, RoomRole::Owner);
            }
            Action::OpenDirect { peers } => {
                let direct = self.rooms.entry(entered(outcome)).or_insert_with(|| Room::new(RoomKind::Direct, None));
                if direct.parts.is_empty() {
                    [me].into_iter().chain(peers.iter()).for_each(|user| direct.enters(user, RoomRole::Member));
                }
            }
            Action::JoinRoom { room } => self.room(*room).enters(me, RoomRole::Member),
            Action::AddMember { room, user } => self.room(*room).enters(*user, RoomRole::Member),
            Action::LeaveRoom { room } => self.leaves(*room, me),
            Action::RemoveMember { room, user } => self.leaves(*room, *user),
            Action::BanMember { room, user } => {
                self.room(*room).banned.insert(*user);
                if self.room(*room).part(*user).is_some() {
                    self.leaves(*room, *user);
                }
            }
            Action::UnbanMember { room, user } => drop(self.room(*room).banned.remove(user)),
            Action::SetRoomRole { room, user, role } => self.room(*room).part_mut(*user).role = *role,
            Action::RenameRoom { room, name } => self.room(*room).name = Some(name.clone()),
            Action::SetVisibility { room, visibility } => self.room(*room).kind = (*visibility).into(),
            Action::SetArchived { room, archived } => self.room(*room).archived = *archived,
            Action::SetRole { user, role } => {
                let before = std::mem::replace(&mut self.person(*user).role, *role);
                if before == PlaceRole::Guest && *role != PlaceRole::Guest {
                    self.enters_default_rooms(*user);
                }
            }
            Action::Deactivate { user } => self.is_shut(*user, Inactive::Deactivated),
            Action::Ban { user, .. } => self.is_shut(*user, Inactive::Banned),
            Action::Reactivate { user } | Action::Unban { user } => self.person(*user).inactive = None,
            Action::DeleteAccount { user } => {
                let named = |room: &Room| matches!(room.kind, RoomKind::Public | RoomKind::Private) && room.part(*user).is_some();
                let rooms: Vec<RoomId> = self.rooms.iter().filter(|(_, room)| named(room)).map(|(id, _)| *id).collect();
                rooms.into_iter().for_each(|room| self.leaves(room, *user));
                self.is_shut(*user, Inactive::Deleted);
                self.person(*user).role = PlaceRole::Guest;
            }
            Action::SetTopic { .. }
            | Action::SetDisplayName { .. }
            | Action::RenamePlace { .. }
            | Action::SetSignUp { .. }
            | Action::SetSecondFactorRule { .. } => {}
        }
    }

    /// Whether a public room, but perhaps this one, has a name that looks like this.
    pub fn is_taken(&self, name: &RoomName, but: Option<RoomId>) -> bool {
        self.rooms.iter().any(|(id, room)| {
            Some(*id) != but && room.kind == RoomKind::Public && room.name.as_ref().is_some_and(|other| other.key() == name.key())
        })
    }

    /// Whether somebody else who is active owns the place.
    pub fn has_other_owners(&self, user: UserId) -> bool {
        self.people.iter().any(|(id, person)| *id != user && person.role == PlaceRole::Owner && person.is_active())
    }

    /// Writes down an event, which must be the next one of its room.
    pub fn number(&mut self, entry: &LogEntry) {
        let log = self.log.entry(entry.room).or_default();
        assert_eq!(entry.seq.0, log.len() as i64 + 1, "no gap in {}", entry.room);
        log.push(entry.clone());
    }
}

fn entered(outcome: &Outcome) -> RoomId {
    let Outcome::Entered { room } = outcome else { panic!("{outcome:?}") };
    room.room.id
}

/// Whether a room with this visibility takes a name of its own.
pub fn is_public(visibility: Visibility) -> bool {
    visibility == Visibility::Public
}
