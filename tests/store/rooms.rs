//! Rooms and what they are called.

use snug::domain::{Action, Code, Event, Number, Outcome, RoomKind, RoomName, RoomRole, Seq, Topic, Visibility};
use snug::store::rooms;

fn named(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn make(name: &str, visibility: Visibility) -> Action {
    Action::CreateRoom { name: named(name), topic: Topic::empty(), visibility }
}

both! {
    async fn who_makes_a_room_owns_it_and_everyone_hears_of_a_public_one(db) {
        let alice = db.alice().await;
        db.hears();
        let membership = db.enters(alice, make("lobby", Visibility::Public)).await;
        assert_eq!((membership.role, membership.room.kind, membership.room.last.seq), (RoomRole::Owner, RoomKind::Public, Seq(2)));
        assert_eq!((membership.room.last_number, membership.room.is_default), (Number(0), false));
        let entries = db.hears_entries();
        let kinds: Vec<_> = entries.iter().map(|entry| (entry.room == membership.room.id, entry.event.kind())).collect();
        assert_eq!(kinds, [(true, "created"), (true, "joined"), (false, "room_listed"), (false, "room_added")]);
        let Event::RoomListed { room } = &entries[2].event else { panic!() };
        assert_eq!((room.name.as_str(), room.members, room.joined), ("lobby", 1, false));

        db.enters(alice, make("secret", Visibility::Private)).await;
        assert!(db.hears_entries().iter().all(|entry| entry.event.kind() != "room_listed"));
    }

    async fn public_names_are_unique_to_the_eye_and_private_ones_need_not_be(db) {
        let alice = db.alice().await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        assert_eq!(db.refuses(alice, make("LOBBY", Visibility::Public)).await, Code::RoomNameTaken);
        let secret = db.makes_room(alice, "lobby", Visibility::Private).await;
        db.makes_room(alice, "lobby", Visibility::Private).await;
        let other = db.makes_room(alice, "other", Visibility::Public).await;
        assert_eq!(db.refuses(alice, Action::RenameRoom { room: other, name: named("l-obby") }).await, Code::RoomNameTaken);
        assert_eq!(db.refuses(alice, Action::SetVisibility { room: secret, visibility: Visibility::Public }).await, Code::RoomNameTaken);
        // What was refused changed nothing and numbered nothing.
        assert_eq!(db.room(alice, other).await.room.last.seq, Seq(2));
        assert!(db.act(alice, Action::RenameRoom { room: lobby, name: named("Lobby") }).await.is_ok(), "its own look-alike is free");
    }

    async fn a_change_that_changes_nothing_is_told_to_nobody(db) {
        let alice = db.alice().await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.hears();
        for action in [
            Action::RenameRoom { room: lobby, name: named("lobby") },
            Action::SetTopic { room: lobby, topic: Topic::empty() },
            Action::SetVisibility { room: lobby, visibility: Visibility::Public },
            Action::SetArchived { room: lobby, archived: false },
        ] {
            assert_eq!(db.act(alice, action).await.unwrap(), Outcome::Done);
        }
        assert!(db.hears_entries().is_empty());
    }

    async fn changes_are_told_to_the_room_and_those_of_public_rooms_to_the_place(db) {
        let alice = db.alice().await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.hears();
        for (action, told) in [
            (Action::RenameRoom { room: lobby, name: named("hall") }, &["renamed", "room_listed"][..]),
            (Action::SetTopic { room: lobby, topic: Topic::parse("talk").unwrap() }, &["topic_set", "room_listed"]),
            (Action::SetArchived { room: lobby, archived: true }, &["archived", "room_listed"]),
            (Action::SetArchived { room: lobby, archived: false }, &["unarchived", "room_listed"]),
            (Action::SetVisibility { room: lobby, visibility: Visibility::Private }, &["visibility_set", "room_unlisted"]),
            (Action::RenameRoom { room: lobby, name: named("cellar") }, &["renamed"]),
            (Action::SetVisibility { room: lobby, visibility: Visibility::Public }, &["visibility_set", "room_listed"]),
        ] {
            let shown = format!("{action:?}");
            db.act(alice, action).await.unwrap();
            let kinds: Vec<_> = db.hears_entries().iter().map(|entry| entry.event.kind()).collect();
            assert_eq!(kinds, told, "{shown}");
        }
        let room = db.room(alice, lobby).await.room;
        assert_eq!((room.name, room.topic.as_str(), room.kind), (Some(named("cellar")), "talk", RoomKind::Public));
    }

    async fn the_list_of_public_rooms_shows_who_is_in_and_no_private_one(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.makes_room(alice, "secret", Visibility::Private).await;
        db.makes_room(bob, "attic", Visibility::Public).await;
        db.act(alice, Action::SetArchived { room: lobby, archived: true }).await.unwrap();
        let listed = db.reads(move |conn| rooms::public(conn, bob)).await;
        let shown: Vec<_> = listed.iter().map(|room| (room.name.as_str(), room.members, room.joined, room.archived)).collect();
        assert_eq!(shown, [("attic", 1, true, false), ("general", 2, true, false), ("lobby", 1, false, true)]);
    }
}
