//! What guests are told, for whom the place's log is not.

use snug::domain::{Action, DisplayName, Event, PlaceName, PlaceRole, RoomId, RoomKind, UserId, Visibility};
use snug::store::actions;

use crate::harness::{Db, in_person, post};

both! {
    async fn a_guest_is_told_of_those_they_meet_and_of_nobody_else(db) {
        let alice = db.alice().await;
        let (bob, carol, dave) = (db.signs_up("bob").await, db.signs_up("carol").await, db.signs_up("dave").await);
        let (erin, frank) = (db.signs_up("erin").await, db.signs_up("frank").await);
        let guest = db.joins_as("gina", PlaceRole::Guest).await.id;
        let (shared, other) = (db.makes_room(alice, "shared", Visibility::Private).await, db.makes_room(alice, "other", Visibility::Private).await);
        for user in [bob, carol, erin, frank, guest] {
            db.act(alice, Action::AddMember { room: shared, user }).await.unwrap();
        }
        db.act(alice, Action::AddMember { room: other, user: dave }).await.unwrap();
        // Carol, Frank and Erin go. What the first two said stays, alone or among others; all that Erin did was read it.
        let said = db.posts(carol, shared, "hello").await;
        db.store.write(move |tx| actions::run(tx, &in_person(frank), &post(shared, "hello to you"))).await.unwrap();
        db.act(erin, Action::MarkRead { room: shared, number: said.number }).await.unwrap();
        for user in [carol, erin, frank] {
            db.act(user, Action::LeaveRoom { room: shared }).await.unwrap();
        }
        // Carol comes back, is silent, and goes again.
        db.act(alice, Action::AddMember { room: shared, user: carol }).await.unwrap();
        db.act(carol, Action::LeaveRoom { room: shared }).await.unwrap();

        for (who, told) in [(bob, true), (carol, true), (guest, true), (frank, true), (dave, false), (erin, false)] {
            assert_eq!(hears_of(db, guest, who).await, told, "{who}");
        }
        db.act(alice, Action::SetRole { user: bob, role: PlaceRole::Admin }).await.unwrap();
        assert_eq!(told(db, guest).await.len(), 1, "of a role too");
    }

    async fn every_guest_is_told_how_the_place_is_called(db) {
        let alice = db.alice().await;
        let guest = db.joins_as("gina", PlaceRole::Guest).await.id;
        db.hears();
        let name = PlaceName::parse("The Yard").unwrap();
        db.act(alice, Action::RenamePlace { name: name.clone() }).await.unwrap();
        assert_eq!(told(db, guest).await, [Event::PlaceRenamed { name }]);
    }
}

/// Somebody changes their name: is the guest told?
async fn hears_of(db: &Db, guest: UserId, who: UserId) -> bool {
    db.hears();
    db.act(who, Action::SetDisplayName { display_name: DisplayName::parse("Somebody Else").unwrap() }).await.unwrap();
    told(db, guest).await.iter().any(|event| matches!(event, Event::UserChanged { user } if user.id == who))
}

/// What was logged in somebody's own hidden room since it was asked last.
async fn told(db: &Db, who: UserId) -> Vec<Event> {
    let own: RoomId = db.rooms(who).await.iter().find(|membership| membership.room.kind == RoomKind::Person).unwrap().room.id;
    db.hears_entries().into_iter().filter(|entry| entry.room == own).map(|entry| entry.event).collect()
}
