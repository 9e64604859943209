//! What a client knows: the state it loaded, and every event since. It must be what a fresh load gives.

use std::collections::{BTreeMap, BTreeSet};

use snug::domain::{
    Event, ListedRoom, LogEntry, Membership, Message, PlaceName, Room, RoomId, RoomKind, RoomRole, Scope, SignUpMode, User, UserId,
};
use snug::store::messages::{self, PageAt};
use snug::store::rooms::OwnRooms;
use snug::store::{Commit, Effect, rooms, users};

use crate::harness::Db;

/// The screen of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    me: UserId,
    /// The rooms whose events the server sends.
    heard: BTreeSet<RoomId>,
    pub rooms: BTreeMap<RoomId, Membership>,
    members: BTreeMap<RoomId, BTreeMap<UserId, (User, RoomRole)>>,
    messages: BTreeMap<RoomId, Vec<Message>>,
    users: BTreeMap<UserId, User>,
    listed: BTreeMap<RoomId, ListedRoom>,
    name: PlaceName,
    sign_up: SignUpMode,
    is_guest: bool,
    /// The person's sockets were ended: nothing is heard any more.
    ended: bool,
}

/// How many are in a room of the list, and whether one is in it oneself, is shown as of when the list was loaded.
fn without_counts(room: ListedRoom) -> ListedRoom {
    ListedRoom { members: 0, joined: false, ..room }
}

impl Screen {
    /// Loads everything.
    pub async fn fresh(db: &Db, me: UserId) -> Self {
        let OwnRooms { rooms: memberships, place } = db.reads(move |conn| rooms::and_place(conn, me)).await;
        // The lists of people and of public rooms are not for guests.
        let is_guest = !memberships.iter().any(|membership| membership.room.kind == RoomKind::Place);
        let users = if is_guest { Vec::new() } else { db.reads(users::list).await };
        let listed = if is_guest { Vec::new() } else { db.reads(move |conn| rooms::public(conn, me)).await };
        let mut screen = Self {
            me,
            heard: memberships.iter().map(|membership| membership.room.id).collect(),
            rooms: memberships.iter().map(|membership| (membership.room.id, membership.clone())).collect(),
            members: BTreeMap::new(),
            messages: BTreeMap::new(),
            users: users.into_iter().map(|user| (user.id, user)).collect(),
            listed: listed.into_iter().map(|room| (room.id, without_counts(room))).collect(),
            name: place.name,
            sign_up: place.sign_up,
            is_guest,
            ended: false,
        };
        for membership in &memberships {
            screen.opens(db, &membership.room).await;
        }
        screen
    }

    /// Loads what an opened room shows.
    async fn opens(&mut self, db: &Db, room: &Room) {
        if matches!(room.kind, RoomKind::Place | RoomKind::Person) {
            return;
        }
        let (me, id) = (self.me, room.id);
        let (members, page) =
            db.reads(move |conn| Ok((rooms::members(conn, me, id)?, messages::page(conn, me, id, PageAt::Newest, messages::MOST)?))).await;
        self.members.insert(id, members.into_iter().map(|member| (member.user.id, (member.user, member.role))).collect());
        self.messages.insert(id, page.messages);
    }

    /// Whether the server has ended it.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The rooms that people see.
    pub fn named_or_direct(&self) -> impl Iterator<Item = &Membership> {
        self.rooms.values().filter(|membership| !matches!(membership.room.kind, RoomKind::Place | RoomKind::Person))
    }

    /// What the server sends of a commit, in its order: effects first.
    pub async fn hears(&mut self, db: &Db, commit: &Commit) {
        if self.ended {
            return;
        }
        for effect in &commit.effects {
            match effect {
                Effect::Entered { user, room } if *user == self.me => drop(self.heard.insert(*room)),
                Effect::Left { user, room } if *user == self.me => drop(self.heard.remove(room)),
                Effect::ReadMoved { user, room, number } if *user == self.me => {
                    self.rooms.get_mut(room).unwrap().read_number = *number;
                }
                Effect::Revoked { revocation, .. } => {
                    self.ended |= matches!(revocation.scope, Scope::User(user) | Scope::UserSockets(user) if user == self.me);
                }
                Effect::Entered { .. } | Effect::Left { .. } | Effect::ReadMoved { .. } => {}
            }
        }
        if self.ended {
            return;
        }
        for entry in &commit.entries {
            if self.heard.contains(&entry.room) {
                self.applies(db, entry).await;
            }
        }
    }

    async fn applies(&mut self, db: &Db, entry: &LogEntry) {
        let Some(membership) = self.rooms.get_mut(&entry.room) else {
            return; // One's own coming, in a room that the next event brings.
        };
        let room = &mut membership.room;
        if entry.seq <= room.last.seq {
            return;
        }
        assert_eq!(entry.seq, room.last.seq.next(), "a jump in {}", entry.room);
        room.last.seq = entry.seq;
        room.last.tag = entry.tag;
        match &entry.event {
            Event::Created => {}
            Event::Posted { message } => {
                room.last_number = message.number;
                room.last_at = message.at;
                self.messages.get_mut(&entry.room).unwrap().push(message.clone());
            }
            Event::Joined { user, role } => {
                self.members.get_mut(&entry.room).unwrap().insert(user.id, (user.clone(), *role));
            }
            Event::Left { user } => drop(self.members.get_mut(&entry.room).unwrap().remove(user)),
            Event::RoleSet { user, role } => {
                self.members.get_mut(&entry.room).unwrap().get_mut(user).unwrap().1 = *role;
                if *user == self.me {
                    membership.role = *role;
                }
            }
            Event::Renamed { name } => room.name = Some(name.clone()),
            Event::TopicSet { topic } => room.topic = topic.clone(),
            Event::VisibilitySet { visibility } => room.kind = (*visibility).into(),
            Event::Archived => room.archived = true,
            Event::Unarchived => room.archived = false,
            Event::RoomAdded { room } => {
                self.rooms.insert(room.room.id, room.clone());
                self.opens(db, &room.room).await;
            }
            Event::RoomRemoved { room } => {
                self.rooms.remove(room);
                self.members.remove(room);
                self.messages.remove(room);
            }
            Event::UserJoined { user } | Event::UserChanged { user } => {
                if !self.is_guest {
                    self.users.insert(user.id, user.clone());
                }
                for shown in self.members.values_mut().filter_map(|members| members.get_mut(&user.id)) {
                    shown.0 = user.clone();
                }
            }
            Event::PlaceRenamed { name } => self.name = name.clone(),
            Event::SignUpSet { mode } => self.sign_up = *mode,
            Event::RoomListed { room } => drop(self.listed.insert(room.id, without_counts(room.clone()))),
            Event::RoomUnlisted { room } => drop(self.listed.remove(room)),
        }
    }
}
