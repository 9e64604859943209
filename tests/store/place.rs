//! Setting up, and the settings of the place.

use snug::domain::{Action, Code, DisplayName, Event, Outcome, PlaceName, PlaceRole, RoomKind, RoomRole, SignUpMode};
use snug::store::place::{self, NewPlace};
use snug::store::{StoreError, users};

use crate::harness::new_user;

fn code(error: StoreError) -> Code {
    match error {
        StoreError::Refused(refusal) => refusal.code,
        other => panic!("{other}"),
    }
}

both! {
    async fn a_place_is_set_up_once(db) {
        assert_eq!(db.reads(place::load).await, None);
        let early = new_user("early", PlaceRole::Member);
        assert_eq!(code(db.store.write(move |tx| users::create(tx, &early)).await.unwrap_err()), Code::NotSetUp);

        let alice = db.alice().await;
        let stored = db.reads(place::load).await.unwrap();
        assert_eq!((stored.name.as_str(), stored.sign_up), ("Home", SignUpMode::Invite));
        assert_eq!(stored.epoch.len(), 32);
        let kinds: Vec<_> = db.rooms(alice).await.into_iter().map(|m| (m.room.kind, m.room.is_default, m.role)).collect();
        assert_eq!(kinds.len(), 3);
        for expected in [
            (RoomKind::Place, false, RoomRole::Member),
            (RoomKind::Person, false, RoomRole::Member),
            (RoomKind::Public, true, RoomRole::Owner),
        ] {
            assert!(kinds.contains(&expected), "{expected:?}");
        }
        assert_eq!(db.reads(move |conn| users::find(conn, alice)).await.unwrap().role, PlaceRole::Owner);

        let again = NewPlace {
            name: PlaceName::parse("Mine").unwrap(),
            sign_up: SignUpMode::Open,
            owner: new_user("mallory", PlaceRole::Owner),
        };
        assert_eq!(code(db.store.write(move |tx| place::establish(tx, &again)).await.unwrap_err()), Code::AlreadySetUp);
        assert_eq!(db.reads(users::list).await.len(), 1);
    }

    async fn each_history_has_an_epoch_of_its_own(db) {
        db.alice().await;
        let other = crate::harness::Db::sqlite();
        other.alice().await;
        assert_ne!(db.reads(place::load).await.unwrap().epoch, other.reads(place::load).await.unwrap().epoch);
    }

    async fn who_signs_up_lands_in_general_and_everyone_hears_of_it(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.hears();
        let bob = db.joins_as("bob", PlaceRole::Member).await;
        let entries = db.hears_entries();
        let kinds: Vec<_> = entries.iter().map(|entry| entry.event.kind()).collect();
        assert_eq!(kinds, ["created", "user_joined", "joined", "room_added"]);
        assert_eq!(entries[1].event, Event::UserJoined { user: bob.clone() });
        assert_eq!(entries[1].room, db.reads(place::load).await.unwrap().room);
        assert_eq!(entries[2].room, general);
        assert_eq!(db.reads(users::list).await, [db.reads(move |conn| users::find(conn, alice)).await.unwrap(), bob]);
    }

    async fn a_username_that_looks_like_another_is_taken(db) {
        db.alice().await;
        for name in ["alice", "al-ice", "a.lice"] {
            let new = new_user(name, PlaceRole::Member);
            assert_eq!(code(db.store.write(move |tx| users::create(tx, &new)).await.unwrap_err()), Code::UsernameTaken, "{name}");
        }
        assert_eq!(db.reads(users::list).await.len(), 1);
    }

    async fn a_new_name_is_told_to_the_place(db) {
        let alice = db.alice().await;
        db.hears();
        let display_name = DisplayName::parse("Alice A.").unwrap();
        let Outcome::Changed { user } = db.act(alice, Action::SetDisplayName { display_name: display_name.clone() }).await.unwrap() else { panic!() };
        assert_eq!(user.display_name, display_name);
        assert_eq!(db.hears_entries()[0].event, Event::UserChanged { user });
        db.act(alice, Action::SetDisplayName { display_name }).await.unwrap();
        assert!(db.hears_entries().is_empty());
    }

    async fn the_settings_of_the_place_are_told_to_it(db) {
        let alice = db.alice().await;
        db.hears();
        let name = PlaceName::parse("Office").unwrap();
        for _ in 0..2 {
            db.act(alice, Action::RenamePlace { name: name.clone() }).await.unwrap();
            db.act(alice, Action::SetSignUp { mode: SignUpMode::Open }).await.unwrap();
        }
        let told: Vec<_> = db.hears_entries().into_iter().map(|entry| entry.event).collect();
        assert_eq!(told, [Event::PlaceRenamed { name: name.clone() }, Event::SignUpSet { mode: SignUpMode::Open }]);
        let stored = db.reads(place::load).await.unwrap();
        assert_eq!((stored.name, stored.sign_up), (name, SignUpMode::Open));
    }
}
