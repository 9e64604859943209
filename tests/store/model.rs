//! Random changes by people who come, go and change their roles: against a small model of the place, which says what is accepted, and
//! against what their screens show.

mod picks;
mod place;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use snug::domain::{Code, Cursor, Event, PlaceRole, Seq, UserId};
use snug::store::events::{self, Replay};
use snug::store::rooms;

use self::picks::{Kind, Pick, pick};
use self::place::Place;
use self::rules::Verdict;
use crate::fold::Screen;
use crate::harness::Db;

/// What came of each kind of action, over all stories of a run.
type Tried = Mutex<BTreeSet<(Kind, bool)>>;

/// Most people in a story.
const MOST: usize = 8;

struct Story {
    db: Db,
    place: Place,
    screens: BTreeMap<UserId, Screen>,
}

impl Story {
    async fn begin(db: Db) -> Self {
        let alice = db.alice().await;
        let mut story = Self { db, place: Place::default(), screens: BTreeMap::new() };
        let general = story.db.general(alice).await;
        story.place.begins_with(&story.db.room(alice, general).await, alice);
        story.place.signs_up(alice, PlaceRole::Owner);
        story.db.hears_entries().iter().for_each(|entry| story.place.number(entry));
        story.screens.insert(alice, Screen::fresh(&story.db, alice).await);
        for role in [PlaceRole::Admin, PlaceRole::Member, PlaceRole::Member, PlaceRole::Guest] {
            story.arrives(role).await;
        }
        story
    }

    async fn arrives(&mut self, role: PlaceRole) {
        if self.place.people.len() == MOST {
            return;
        }
        let name = format!("person-{}", self.place.people.len());
        let user = self.db.joins_as(&name, role).await.id;
        self.place.signs_up(user, role);
        self.hear().await;
        self.screens.insert(user, Screen::fresh(&self.db, user).await);
    }

    async fn goes_on(&mut self, pick: Pick, tried: &Tried) {
        let Some((me, action)) = pick.action(&self.place) else {
            if pick.kind == Kind::Arrive {
                self.arrives(if pick.yes { PlaceRole::Guest } else { PlaceRole::Member }).await;
            }
            return;
        };
        let expected = self.place.verdict(me, &action);
        let result = self.db.act(me, action.clone()).await;
        let came_of_it = match &result {
            Ok(_) => Verdict::Accepted,
            Err(refusal) if refusal.code == Code::NotFound && expected == Verdict::Hidden => Verdict::Hidden,
            Err(_) => Verdict::Refused,
        };
        assert_eq!(came_of_it, expected, "{me} asked for {action:?}: {result:?}");
        tried.lock().insert((pick.kind, result.is_ok()));
        if let Ok(outcome) = &result {
            self.place.accepts(me, &action, outcome);
        }
        let heard = self.hear().await;
        assert!(result.is_ok() || !heard, "what is refused changes nothing");
    }

    /// Everybody's screen hears what was committed. Says whether there was anything to hear.
    async fn hear(&mut self) -> bool {
        let commits = self.db.hears();
        for entry in commits.iter().flat_map(|commit| &commit.entries) {
            self.place.number(entry);
        }
        for screen in self.screens.values_mut() {
            for commit in &commits {
                screen.hears(&self.db, commit).await;
            }
        }
        // Whose sockets ended comes back with what they see now, if they may.
        for (user, person) in &self.place.people {
            match self.screens.get(user) {
                Some(screen) if screen.has_ended() && person.is_active() => {
                    self.screens.insert(*user, Screen::fresh(&self.db, *user).await);
                }
                Some(screen) => assert!(screen.has_ended() || person.is_active(), "{user} is shut out and still hears"),
                None => {}
            }
        }
        commits.iter().any(|commit| !commit.entries.is_empty() || !commit.effects.is_empty())
    }

    /// Everything that can be read says what the model says.
    async fn check(&self) {
        let Self { db, place, screens } = self;
        for (person, screen) in screens.iter().filter(|(_, screen)| !screen.has_ended()) {
            let person = *person;
            assert_eq!(screen, &Screen::fresh(db, person).await, "state + events == a fresh load");
            let shown: BTreeMap<_, _> =
                screen.named_or_direct().map(|m| (m.room.id, (m.room.kind, m.room.name.clone(), m.role, m.read_number.0))).collect();
            let expected = place.rooms.iter().filter_map(|(id, room)| {
                let part = room.part(person)?;
                Some((*id, (room.kind, room.name.clone(), part.role, part.read)))
            });
            assert_eq!(shown, expected.collect());
            for membership in screen.rooms.values() {
                let id = membership.room.id;
                let replay = db.reads(move |conn| events::page(conn, person, id, Cursor::default(), Seq(i64::MAX), 10_000)).await;
                let Replay::Entries(entries, reached) = replay else { panic!("{replay:?}") };
                assert_eq!(reached, membership.room.last);
                assert_eq!(serde_json::to_value(&entries).unwrap(), serde_json::to_value(&place.log[&id]).unwrap());
                let numbers = entries.iter().filter_map(|entry| match &entry.event {
                    Event::Posted { message } => Some(message.number.0),
                    _ => None,
                });
                let newest = place.rooms.get(&id).map_or(0, |room| room.last_number);
                assert!(numbers.eq(1..=newest), "no gap among the messages of {id}");
            }
        }
        assert_eq!(db.messages_of_forgotten_authors(), 0);
        for (room, facts) in &place.rooms {
            let (room, Some(someone)) = (*room, facts.parts.first().map(|part| part.user)) else { continue };
            let members = db.reads(move |conn| rooms::members(conn, someone, room)).await;
            let shown: BTreeMap<_, _> = members.iter().map(|member| (member.user.id, member.role)).collect();
            assert_eq!(shown, facts.parts.iter().map(|part| (part.user, part.role)).collect(), "who is in {room}");
        }
    }
}

async fn story(db: Db, picks: Vec<Pick>, tried: &Tried) {
    let mut story = Story::begin(db).await;
    let all = picks.len();
    for (n, pick) in picks.into_iter().enumerate() {
        story.goes_on(pick, tried).await;
        if n % 12 == 11 || n + 1 == all {
            story.check().await;
        }
    }
}

/// Runs so many stories. A run can be had again by its seed, which stands in the message of a failure: `PROPTEST_RNG_SEED=…`.
fn try_many(cases: u32, longest: usize, seed: Option<u64>, database: fn() -> Db) -> BTreeSet<(Kind, bool)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let defaults = Config::default();
    let seed = match (seed, defaults.rng_seed) {
        (Some(seed), _) | (None, RngSeed::Fixed(seed)) => seed,
        (None, RngSeed::Random) => uuid::Uuid::new_v4().as_u64_pair().0,
    };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, rng_seed: RngSeed::Fixed(seed), ..defaults };
    let tried = Tried::default();
    let run = TestRunner::new(config).run(&vec(pick(), 1..longest), |picks| {
        runtime.block_on(story(database(), picks, &tried));
        Ok(())
    });
    if let Err(error) = run {
        panic!("PROPTEST_RNG_SEED={seed} shows it again: {error}");
    }
    tried.into_inner()
}

#[test]
fn whatever_people_do_on_sqlite_their_screens_are_right() {
    try_many(24, 90, None, Db::sqlite);
}

#[test]
fn whatever_people_do_on_postgres_their_screens_are_right() {
    try_many(8, 90, None, Db::postgres);
}

/// The stories would say little where something were never let happen, or never refused. The same ones each time, since chance may skip.
#[test]
fn every_action_is_accepted_sometimes_and_refused_sometimes() {
    let tried = try_many(14, 250, Some(4), Db::sqlite);
    let always = [Kind::SetDisplayName];
    for (_, kind) in Kind::ALL.into_iter().filter(|(_, kind)| *kind != Kind::Arrive) {
        assert!(tried.contains(&(kind, true)), "{kind:?} was never accepted");
        assert!(tried.contains(&(kind, false)) || always.contains(&kind), "{kind:?} was never refused");
    }
}
