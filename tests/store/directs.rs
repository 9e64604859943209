//! Conversations.

use snug::domain::{Action, DirectPeers, Event, RoomKind, UserId};
use snug::store::Effect;

use crate::harness::in_person;

fn open(me: UserId, others: &[UserId]) -> Action {
    Action::OpenDirect { peers: DirectPeers::parse(me, others).unwrap() }
}

both! {
    async fn the_same_people_have_one_conversation_whoever_opens_it(db) {
        let alice = db.alice().await;
        let (bob, carol) = (db.signs_up("bob").await, db.signs_up("carol").await);
        db.hears();
        let first = db.enters(alice, open(alice, &[bob, carol])).await;
        assert_eq!((first.room.kind, first.room.name.clone()), (RoomKind::Direct, None));
        assert_eq!(first.room.people, [alice, bob, carol]);
        let commit = db.hears().remove(0);
        let entered: Vec<_> = commit.effects.iter().filter_map(|effect| match effect {
            Effect::Entered { user, room } if *room == first.room.id => Some(*user),
            _ => None,
        }).collect();
        assert_eq!(entered, [alice, bob, carol]);
        let told: Vec<_> = commit.entries.iter().filter_map(|entry| match &entry.event {
            Event::RoomAdded { room } => Some(room.room.last),
            _ => None,
        }).collect();
        assert_eq!(told, vec![first.room.last; 3], "each is told of the finished room");

        for (me, others) in [(bob, [carol, alice]), (carol, [alice, bob]), (alice, [carol, bob])] {
            assert_eq!(db.enters(me, open(me, &others)).await.room.id, first.room.id);
        }
        assert!(db.hears_entries().is_empty());
        assert_ne!(db.enters(alice, open(alice, &[bob])).await.room.id, first.room.id);
    }

    async fn two_who_open_it_at_once_meet_in_it(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let other = db.another_process();
        let there = tokio::spawn(async move { other.write(move |tx| snug::store::actions::run(tx, &in_person(bob), &open(bob, &[alice]))).await });
        let here = db.act(alice, open(alice, &[bob])).await.unwrap();
        let (snug::domain::Outcome::Entered { room: here }, snug::domain::Outcome::Entered { room: there }) = (here, there.await.unwrap().unwrap())
        else { panic!() };
        assert_eq!(here.room.id, there.room.id);
    }

    async fn nobody_is_added_to_a_conversation_or_leaves_it(db) {
        let alice = db.alice().await;
        let (bob, carol) = (db.signs_up("bob").await, db.signs_up("carol").await);
        let room = db.enters(alice, open(alice, &[bob])).await.room.id;
        for action in [
            Action::AddMember { room, user: carol },
            Action::RemoveMember { room, user: bob },
            Action::LeaveRoom { room },
            Action::SetArchived { room, archived: true },
        ] {
            assert_eq!(db.refuses(alice, action).await, snug::domain::Code::Forbidden);
        }
        assert_eq!(db.room(bob, room).await.room.people, [alice, bob]);
    }
}
