//! Who may do what is decided inside the transaction, and what is hidden looks like what is missing.

use snug::domain::{
    Action, Code, Cursor, DirectPeers, DisplayName, Number, PlaceName, PlaceRole, RoomId, RoomName, Seq, SignUpMode, Topic, UserId,
    Visibility,
};
use snug::store::events::{self, Replay};
use snug::store::messages::{self, PageAt};
use snug::store::{StoreError, rooms};

use crate::harness::{Db, post};

/// Every action that names a room.
fn actions(room: RoomId, someone: UserId) -> Vec<Action> {
    vec![
        post(room, "hi"),
        Action::MarkRead { room, number: Number(1) },
        Action::JoinRoom { room },
        Action::LeaveRoom { room },
        Action::AddMember { room, user: someone },
        Action::RemoveMember { room, user: someone },
        Action::RenameRoom { room, name: RoomName::parse("mine now").unwrap() },
        Action::SetTopic { room, topic: Topic::parse("mine").unwrap() },
        Action::SetVisibility { room, visibility: Visibility::Public },
        Action::SetArchived { room, archived: true },
    ]
}

/// Every read that names a room, as the error it gives.
async fn reads(db: &Db, by: UserId, room: RoomId) -> Vec<StoreError> {
    vec![
        db.store.read(move |conn| rooms::membership(conn, by, room)).await.unwrap_err(),
        db.store.read(move |conn| rooms::members(conn, by, room)).await.unwrap_err(),
        db.store.read(move |conn| messages::page(conn, by, room, PageAt::Newest, 50)).await.unwrap_err(),
        db.store.read(move |conn| messages::page(conn, by, room, PageAt::Around(Number(1)), 50)).await.unwrap_err(),
    ]
}

both! {
    async fn a_stranger_cannot_tell_a_hidden_room_from_none(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let carol = db.signs_up("carol").await;
        let private = db.makes_room(alice, "secret", Visibility::Private).await;
        let direct = db.enters(alice, Action::OpenDirect { peers: DirectPeers::parse(alice, &[carol]).unwrap() }).await.room.id;
        db.posts(alice, private, "psst").await;
        db.posts(alice, direct, "psst").await;
        let missing = RoomId::new(999_999);
        let alices: Vec<_> = db.rooms(alice).await.into_iter().map(|membership| membership.room).collect();
        let persons = alices.iter().find(|room| room.kind == snug::domain::RoomKind::Person).unwrap().id;
        let expected: Vec<_> = {
            let mut all = Vec::new();
            for action in actions(missing, carol) {
                all.push(db.act(bob, action).await.unwrap_err());
            }
            all
        };
        assert!(expected.iter().all(|refusal| refusal.code == Code::NotFound));
        let expected_reads = reads(db, bob, missing).await;
        for hidden in [private, direct, persons] {
            for (action, expected) in actions(hidden, carol).into_iter().zip(&expected) {
                let shown = format!("{action:?}");
                assert_eq!(&db.act(bob, action).await.unwrap_err(), expected, "{shown}");
            }
            assert_eq!(reads(db, bob, hidden).await, expected_reads);
            let after = Cursor { seq: Seq(1), tag: snug::domain::Tag(1) };
            for cursor in [Cursor::default(), after] {
                let replays = db.reads(move |conn| events::replay(conn, bob, &[(hidden, cursor, Seq(9)), (missing, cursor, Seq(9))], 10)).await;
                assert_eq!(replays.into_iter().map(|(_, replay)| replay).collect::<Vec<_>>(), [Replay::Hidden, Replay::Hidden]);
            }
            assert!(db.rooms(bob).await.iter().all(|membership| membership.room.id != hidden));
        }
        // The guard: with a right to them they are there.
        assert!(db.act(alice, post(private, "still here")).await.is_ok());
        assert_eq!(db.room(carol, direct).await.room.id, direct);
    }

    async fn nobody_acts_on_the_hidden_rooms_of_the_place_and_of_people(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let hidden: Vec<RoomId> = db.rooms(alice).await.into_iter().filter(|m| m.room.name.is_none()).map(|m| m.room.id).collect();
        assert_eq!(hidden.len(), 2);
        for room in hidden {
            for action in actions(room, bob) {
                assert_eq!(db.refuses(alice, action).await, Code::NotFound);
            }
        }
    }

    async fn the_right_is_checked_when_the_change_is_made(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        // All three wait together: the second takes from the third its right.
        let first = db.sends(bob, post(general, "one"));
        let second = db.sends(alice, Action::RemoveMember { room: general, user: bob });
        let third = db.sends(bob, post(general, "two"));
        assert!(first.await.unwrap().is_ok());
        assert!(second.await.unwrap().is_ok());
        assert_eq!(third.await.unwrap().unwrap_err().code, Code::NotAMember);
    }

    async fn a_deactivated_account_does_nothing_more(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        db.sql(&format!("UPDATE users SET deactivated_at = 1 WHERE id = {bob}"));
        assert_eq!(db.refuses(bob, post(general, "hi")).await, Code::Unauthenticated);
        assert_eq!(db.refuses(bob, Action::SetDisplayName { display_name: DisplayName::parse("B").unwrap() }).await, Code::Unauthenticated);
        assert_eq!(db.refuses(UserId::new(999_999), post(general, "hi")).await, Code::Unauthenticated);
        // Nor is it brought anywhere.
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        assert_eq!(db.refuses(alice, Action::AddMember { room: lobby, user: bob }).await, Code::NotFound);
        assert_eq!(db.refuses(alice, Action::AddMember { room: lobby, user: UserId::new(999_999) }).await, Code::NotFound);
        assert_eq!(db.refuses(alice, Action::OpenDirect { peers: DirectPeers::parse(alice, &[bob]).unwrap() }).await, Code::NotFound);
    }

    async fn nothing_is_done_to_a_deleted_account(db) {
        let alice = db.alice().await;
        let user = db.signs_up("bob").await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.act(alice, Action::DeleteAccount { user }).await.unwrap();
        db.hears();
        for action in [
            Action::SetRole { user, role: PlaceRole::Member },
            Action::Deactivate { user },
            Action::Reactivate { user },
            Action::DeleteAccount { user },
            Action::AddMember { room: lobby, user },
            Action::BanMember { room: lobby, user },
        ] {
            assert_eq!(db.refuses(alice, action.clone()).await, Code::NotFound, "{action:?}");
        }
        assert_eq!(db.hears_entries(), []);
    }

    async fn a_guest_sees_only_the_rooms_they_were_brought_to(db) {
        let alice = db.alice().await;
        let guest = db.joins_as("guest", PlaceRole::Guest).await.id;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        assert_eq!(db.rooms(guest).await.len(), 1, "their own hidden room and no other");
        assert_eq!(db.refuses(guest, Action::JoinRoom { room: lobby }).await, Code::NotFound);
        let listing = db.store.read(move |conn| rooms::public(conn, guest)).await.unwrap_err();
        assert!(matches!(listing, StoreError::Refused(refusal) if refusal.code == Code::Forbidden));
        db.act(alice, Action::AddMember { room: lobby, user: guest }).await.unwrap();
        assert_eq!(db.posts(guest, lobby, "hello").await.number, Number(1));
    }

    async fn only_those_who_run_the_place_change_it(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let name = PlaceName::parse("Bob's").unwrap();
        assert_eq!(db.refuses(bob, Action::RenamePlace { name: name.clone() }).await, Code::Forbidden);
        assert_eq!(db.refuses(bob, Action::SetSignUp { mode: SignUpMode::Open }).await, Code::Forbidden);
        assert!(db.act(alice, Action::RenamePlace { name }).await.is_ok());
    }
}
