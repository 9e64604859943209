//! Random changes by four people, against a small model and against what their screens show.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use snug::domain::{
    Action, ClientId, Cursor, DirectPeers, DisplayName, Event, LogEntry, Number, Outcome, PlaceName, RoomId, RoomName, RoomRole, Seq,
    SignUpMode, Topic, UserId, Visibility,
};
use snug::store::events::{self, Replay};
use snug::store::rooms;
use uuid::Uuid;

use crate::fold::Screen;
use crate::harness::{Db, post_as};

/// A change by its kind, and numbers that pick the people, the room and the words.
#[derive(Debug, Clone, Copy)]
struct Pick {
    kind: u8,
    who: usize,
    whom: usize,
    room: usize,
    word: usize,
    yes: bool,
}

fn pick() -> impl Strategy<Value = Pick> {
    // Posting and reading are half of what happens.
    let kind = prop_oneof![3 => Just(0u8), 1 => Just(1u8), 4 => 2u8..15];
    (kind, 0..4usize, 0..4usize, 0..6usize, 0..4usize, any::<bool>()).prop_map(|(kind, who, whom, room, word, yes)| Pick {
        kind,
        who,
        whom,
        room,
        word,
        yes,
    })
}

#[derive(Default)]
struct Room {
    last_seq: i64,
    last_number: i64,
    /// Who is in it, and how far they have read.
    read: BTreeMap<UserId, i64>,
    named: bool,
}

struct Model {
    people: Vec<UserId>,
    rooms: BTreeMap<RoomId, Room>,
    /// The rooms that can be picked, in the order they were made.
    made: Vec<RoomId>,
    /// The number that each message got at the first try.
    posted: HashMap<(RoomId, UserId, ClientId), i64>,
    log: BTreeMap<RoomId, Vec<LogEntry>>,
}

impl Model {
    fn action(&self, pick: Pick) -> Option<Action> {
        const WORDS: [&str; 4] = ["attic", "cellar", "hall", "Attic"];
        let (me, whom, word) = (self.people[pick.who], self.people[pick.whom], WORDS[pick.word]);
        let room = *self.made.get(pick.room % self.made.len())?;
        let visibility = if pick.yes { Visibility::Public } else { Visibility::Private };
        let name = RoomName::parse(word).unwrap();
        Some(match pick.kind {
            // Few ids, so that many are used again, with the same body or (by another word) not.
            0 => post_as(ClientId::from_uuid(Uuid::from_u128(1 + pick.whom as u128 * 2 + u128::from(pick.yes))), room, word),
            1 => Action::MarkRead { room, number: Number(pick.word as i64 * 2 - 1) },
            2 => Action::CreateRoom { name, topic: Topic::empty(), visibility },
            3 => {
                let others: Vec<UserId> = if pick.yes { vec![whom] } else { self.people.clone() };
                Action::OpenDirect { peers: DirectPeers::parse(me, &others).ok()? }
            }
            4 | 13 => Action::JoinRoom { room },
            5 => Action::LeaveRoom { room },
            6 | 14 => Action::AddMember { room, user: whom },
            7 => Action::RemoveMember { room, user: whom },
            8 => Action::RenameRoom { room, name },
            9 => Action::SetTopic { room, topic: Topic::parse(word).unwrap() },
            10 => Action::SetVisibility { room, visibility },
            11 => Action::SetArchived { room, archived: pick.yes },
            _ => match pick.word {
                0 => Action::RenamePlace { name: PlaceName::parse(if pick.yes { "Home" } else { "Office" }).unwrap() },
                1 => Action::SetSignUp { mode: if pick.yes { SignUpMode::Open } else { SignUpMode::Invite } },
                _ => Action::SetDisplayName { display_name: DisplayName::parse(&format!("{word} {}", pick.yes)).unwrap() },
            },
        })
    }

    fn enter(&mut self, room: RoomId, user: UserId) {
        let room = self.rooms.get_mut(&room).unwrap();
        let newest = room.last_number;
        room.read.entry(user).or_insert(newest);
    }

    /// What an accepted action means, said without looking at its events.
    fn accept(&mut self, me: UserId, action: &Action, outcome: &Outcome) {
        match (action, outcome) {
            (Action::Post { room, client_id, .. }, Outcome::Posted { message, .. }) => {
                let facts = self.rooms.get_mut(room).unwrap();
                let first = *self.posted.entry((*room, me, *client_id)).or_insert_with(|| {
                    facts.last_number += 1;
                    facts.read.insert(me, facts.last_number);
                    facts.last_number
                });
                assert_eq!(message.number.0, first);
            }
            (Action::MarkRead { room, number }, Outcome::Read { number: in_force, .. }) => {
                let facts = self.rooms.get_mut(room).unwrap();
                let (newest, read) = (facts.last_number, facts.read.get_mut(&me).unwrap());
                *read = number.0.min(newest).max(*read);
                assert_eq!(in_force.0, *read);
            }
            (Action::CreateRoom { .. }, Outcome::Entered { room }) => {
                self.rooms.entry(room.room.id).or_default().named = true;
                self.made.push(room.room.id);
                self.enter(room.room.id, me);
            }
            (Action::OpenDirect { peers }, Outcome::Entered { room }) => {
                if !self.made.contains(&room.room.id) {
                    self.rooms.entry(room.room.id).or_default();
                    self.made.push(room.room.id);
                    for user in peers.iter().chain([me]) {
                        self.enter(room.room.id, user);
                    }
                }
            }
            (Action::JoinRoom { room }, Outcome::Entered { .. }) => self.enter(*room, me),
            (Action::AddMember { room, user }, Outcome::Done) => self.enter(*room, *user),
            (Action::LeaveRoom { room }, Outcome::Done) => drop(self.rooms.get_mut(room).unwrap().read.remove(&me)),
            (Action::RemoveMember { room, user }, Outcome::Done) => drop(self.rooms.get_mut(room).unwrap().read.remove(user)),
            (_, Outcome::Done | Outcome::Changed { .. }) => {}
            other => panic!("{other:?}"),
        }
    }

    fn number(&mut self, entry: &LogEntry) {
        let room = self.rooms.entry(entry.room).or_default();
        room.last_seq += 1;
        assert_eq!(entry.seq.0, room.last_seq, "no gap in {}", entry.room);
        self.log.entry(entry.room).or_default().push(entry.clone());
    }

    /// Everything that can be read says what the model says.
    async fn check(&self, db: &Db, screens: &[Screen]) {
        for (person, screen) in self.people.iter().copied().zip(screens) {
            assert_eq!(screen, &Screen::fresh(db, person).await, "state + events == a fresh load");
            let mine: BTreeMap<RoomId, i64> = screen.rooms.values().map(|m| (m.room.id, m.read_number.0)).collect();
            let expected: BTreeMap<RoomId, i64> =
                self.made.iter().filter_map(|room| Some((*room, *self.rooms[room].read.get(&person)?))).collect();
            assert_eq!(mine.into_iter().filter(|(room, _)| self.made.contains(room)).collect::<BTreeMap<_, _>>(), expected);
            for membership in screen.rooms.values() {
                let id = membership.room.id;
                let replay = db.reads(move |conn| events::page(conn, person, id, Cursor::default(), Seq(i64::MAX), 10_000)).await;
                let Replay::Entries(entries, reached) = replay else { panic!("{replay:?}") };
                assert_eq!(reached, membership.room.last);
                assert_eq!(serde_json::to_value(&entries).unwrap(), serde_json::to_value(&self.log[&id]).unwrap());
                let numbers = entries.iter().filter_map(|entry| match &entry.event {
                    Event::Posted { message } => Some(message.number.0),
                    _ => None,
                });
                assert!(numbers.eq(1..=self.rooms[&id].last_number), "no gap among the messages of {id}");
            }
        }
        for room in self.made.iter().copied() {
            let facts = &self.rooms[&room];
            let Some(someone) = facts.read.keys().next().copied() else { continue };
            let members = db.reads(move |conn| rooms::members(conn, someone, room)).await;
            assert_eq!(members.iter().map(|m| m.user.id).collect::<BTreeSet<_>>(), facts.read.keys().copied().collect());
            let owned = members.iter().any(|member| member.role == RoomRole::Owner);
            assert!(owned || !facts.named || facts.read.len() == members.len() && self.was_empty(room), "{room} has no owner");
        }
    }

    /// A room that everyone left has no owner to come back to.
    fn was_empty(&self, room: RoomId) -> bool {
        let mut inside = 0;
        self.log[&room].iter().skip(1).any(|entry| {
            match entry.event {
                Event::Joined { .. } => inside += 1,
                Event::Left { .. } => inside -= 1,
                _ => {}
            }
            inside == 0
        })
    }
}

async fn story(db: Db, picks: Vec<Pick>) {
    let alice = db.alice().await;
    let mut people = vec![alice];
    for name in ["bob", "carol", "dave"] {
        people.push(db.signs_up(name).await);
    }
    let general = db.general(alice).await;
    let mut model = Model { people, rooms: BTreeMap::new(), made: vec![general], posted: HashMap::new(), log: BTreeMap::new() };
    for entry in db.hears_entries() {
        model.number(&entry);
    }
    model.rooms.get_mut(&general).unwrap().named = true;
    let mut screens = Vec::new();
    for person in model.people.clone() {
        model.enter(general, person);
        screens.push(Screen::fresh(&db, person).await);
    }
    let all = picks.len();
    for (n, pick) in picks.into_iter().enumerate() {
        let Some(action) = model.action(pick) else { continue };
        let me = model.people[pick.who];
        let result = db.act(me, action.clone()).await;
        let commits = db.hears();
        for entry in commits.iter().flat_map(|commit| &commit.entries) {
            model.number(entry);
        }
        match &result {
            Ok(outcome) => model.accept(me, &action, outcome),
            Err(_) => assert!(commits.iter().all(|commit| commit.entries.is_empty() && commit.effects.is_empty())),
        }
        for screen in &mut screens {
            for commit in &commits {
                screen.hears(&db, commit).await;
            }
        }
        if n % 8 == 7 || n + 1 == all {
            model.check(&db, &screens).await;
        }
    }
}

fn try_many(cases: u32, database: fn() -> Db) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let run = TestRunner::new(config).run(&vec(pick(), 1..60), |picks| {
        runtime.block_on(story(database(), picks));
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

#[test]
fn whatever_people_do_on_sqlite_their_screens_are_right() {
    try_many(24, Db::sqlite);
}

#[test]
fn whatever_people_do_on_postgres_their_screens_are_right() {
    try_many(8, Db::postgres);
}
