//! Coming and going.

use snug::domain::{Action, Cause, Code, Event, Number, Revocation, RoomRole, Scope, Visibility};
use snug::store::{Effect, revocations, rooms};

use crate::harness::{Db, post};

async fn owners(db: &Db, by: snug::domain::UserId, room: snug::domain::RoomId) -> Vec<snug::domain::UserId> {
    let members = db.reads(move |conn| rooms::members(conn, by, room)).await;
    members.into_iter().filter(|member| member.role == RoomRole::Owner).map(|member| member.user.id).collect()
}

both! {
    async fn who_joins_can_read_what_was_said_but_owes_nothing(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.posts(alice, lobby, "before").await;
        db.hears();
        let membership = db.enters(bob, Action::JoinRoom { room: lobby }).await;
        assert_eq!((membership.read_number, membership.room.last_number, membership.role), (Number(1), Number(1), RoomRole::Member));
        let commit = db.hears().remove(0);
        // Heard from before the first entry on, so that one's own coming is heard too.
        assert_eq!(commit.effects, [Effect::Entered { user: bob, room: lobby }]);
        let kinds: Vec<_> = commit.entries.iter().map(|entry| entry.event.kind()).collect();
        assert_eq!(kinds, ["joined", "room_added"]);
        let Event::RoomAdded { room } = &commit.entries[1].event else { panic!() };
        assert_eq!(room, &membership, "what the person is told is the room as it is now");
        let page = db.reads(move |conn| snug::store::messages::page(conn, bob, lobby, snug::store::messages::PageAt::Newest, 50)).await;
        assert_eq!(page.messages.len(), 1);
    }

    async fn coming_twice_is_told_once(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.act(bob, Action::JoinRoom { room: lobby }).await.unwrap();
        db.hears();
        db.enters(bob, Action::JoinRoom { room: lobby }).await;
        db.act(alice, Action::AddMember { room: lobby, user: bob }).await.unwrap();
        assert!(db.hears_entries().is_empty());
    }

    async fn who_is_brought_in_is_told_by_whom(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let secret = db.makes_room(alice, "secret", Visibility::Private).await;
        db.hears();
        db.act(alice, Action::AddMember { room: secret, user: bob }).await.unwrap();
        let entries = db.hears_entries();
        assert!(entries.iter().all(|entry| entry.by == Some(alice)));
        assert!(matches!(&entries[0].event, Event::Joined { user, role: RoomRole::Member } if user.id == bob));
        assert!(matches!(&entries[1].event, Event::RoomAdded { room } if room.room.id == secret));
        assert_eq!(db.room(bob, entries[1].room).await.room.kind, snug::domain::RoomKind::Person);
    }

    async fn who_leaves_hears_nothing_more_and_every_node_is_told(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        let before = db.reads(revocations::newest).await;
        db.hears();
        db.act(bob, Action::LeaveRoom { room: general }).await.unwrap();
        let commit = db.hears().remove(0);
        let revocation = Revocation { scope: Scope::RoomMember { user: bob, room: general }, cause: Cause::LeftRoom };
        let [Effect::Left { user, room }, Effect::Revoked { id, revocation: told }] = commit.effects[..] else { panic!() };
        assert_eq!((user, room, told), (bob, general, revocation));
        let kinds: Vec<_> = commit.entries.iter().map(|entry| entry.event.kind()).collect();
        assert_eq!(kinds, ["left", "room_removed"]);
        let stored: Vec<_> = db.reads(move |conn| revocations::after(conn, before)).await.into_iter().map(|stored| (stored.id, stored.revocation)).collect();
        assert_eq!(stored, [(id, revocation)]);
        assert_eq!(db.refuses(bob, post(general, "hi")).await, Code::NotAMember);
        assert!(db.rooms(bob).await.iter().all(|membership| membership.room.id != general));
    }

    async fn a_room_is_never_left_without_an_owner(db) {
        let alice = db.alice().await;
        let (bob, carol, dave) = (db.signs_up("bob").await, db.signs_up("carol").await, db.signs_up("dave").await);
        let lobby = db.makes_room(bob, "lobby", Visibility::Public).await;
        for user in [carol, dave, alice] {
            db.act(user, Action::JoinRoom { room: lobby }).await.unwrap();
        }
        db.sql(&format!("UPDATE memberships SET role = 'moderator' WHERE room_id = {lobby} AND user_id = {dave}"));
        db.hears();
        db.act(bob, Action::LeaveRoom { room: lobby }).await.unwrap();
        // The moderator before the member who came earlier.
        assert_eq!(owners(db, alice, lobby).await, [dave]);
        let entry = db.hears_entries().pop().unwrap();
        assert_eq!((entry.by, entry.event), (None, Event::RoleSet { user: dave, role: RoomRole::Owner }));
        db.act(alice, Action::RemoveMember { room: lobby, user: dave }).await.unwrap();
        // The member who came first.
        assert_eq!(owners(db, alice, lobby).await, [carol]);
        db.act(alice, Action::LeaveRoom { room: lobby }).await.unwrap();
        assert_eq!(owners(db, carol, lobby).await, [carol], "a member who goes changes nothing");
        db.act(carol, Action::LeaveRoom { room: lobby }).await.unwrap();
        // Nobody is left; whoever comes next finds the room as it is.
        assert_eq!(db.enters(dave, Action::JoinRoom { room: lobby }).await.role, RoomRole::Member);
    }

    async fn the_people_of_a_room_stand_in_the_order_they_came(db) {
        let alice = db.alice().await;
        let mut expected = vec![alice];
        for name in ["bob", "carol", "dave"] {
            expected.push(db.signs_up(name).await);
        }
        let general = db.general(alice).await;
        let members = db.reads(move |conn| rooms::members(conn, alice, general)).await;
        assert_eq!(members.iter().map(|member| member.user.id).collect::<Vec<_>>(), expected);
        assert_eq!(members[0].role, RoomRole::Owner);
        assert_eq!(members[1].user.username.as_str(), "bob");
    }
}
