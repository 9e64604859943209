//! Invite links: they open what their maker could give at that moment, and no more.

use std::collections::BTreeSet;
use std::time::Duration;

use snug::domain::{Action, Code, PlaceRole, RoomId, Timestamp, UserId, Visibility};
use snug::store::invites::{self, NewInvite};
use snug::store::{Store, StoreError};

use crate::harness::{Db, new_user};

fn link(by: UserId, token: u8) -> NewInvite {
    NewInvite::lasting([token; 32], by)
}

fn into(by: UserId, token: u8, role: PlaceRole, rooms: &[RoomId]) -> NewInvite {
    NewInvite { role, rooms: rooms.iter().copied().collect::<BTreeSet<_>>(), ..link(by, token) }
}

async fn makes(db: &Db, new: NewInvite) -> Result<snug::domain::InviteId, Code> {
    db.store.write(move |tx| invites::create(tx, &new)).await.map_err(|error| match error {
        StoreError::Refused(refusal) => refusal.code,
        other => panic!("{other}"),
    })
}

async fn comes(store: &Store, token: u8, name: &str) -> Option<UserId> {
    let new = new_user(name, PlaceRole::Owner);
    match store.write(move |tx| invites::accept(tx, [token; 32], &new, [127, 0, 0, 1].into())).await {
        Ok(user) => Some(user.id),
        Err(StoreError::Refused(refusal)) if refusal.code == Code::InviteInvalid => None,
        Err(other) => panic!("{other}"),
    }
}

async fn works(db: &Db, token: u8, name: &str) -> bool {
    let shown = db.reads(move |conn| invites::opens(conn, [token; 32])).await.is_some();
    let came = comes(&db.store, token, name).await.is_some();
    assert_eq!(shown, came, "what is shown can be used");
    came
}

/// The named rooms that somebody is in.
async fn is_in(db: &Db, user: UserId) -> Vec<RoomId> {
    let rooms = db.rooms(user).await;
    rooms.into_iter().filter(|membership| membership.room.name.is_some()).map(|membership| membership.room.id).collect()
}

both! {
    async fn a_link_works_until_it_is_used_up(db) {
        let alice = db.alice().await;
        makes(db, NewInvite { uses_left: Some(2), ..link(alice, 1) }).await.unwrap();
        makes(db, link(alice, 2)).await.unwrap();
        assert_eq!([works(db, 1, "ann").await, works(db, 1, "ben").await, works(db, 1, "cem").await], [true, true, false]);
        for name in ["dan", "eva", "fay"] {
            assert!(works(db, 2, name).await);
        }
        assert!(!works(db, 3, "gil").await, "a link that never was");
        let listed = db.reads(invites::list).await;
        assert_eq!(listed.iter().map(|invite| (invite.created_by, invite.uses_left, invite.used)).collect::<Vec<_>>(), [(alice, None, 3)]);
    }

    async fn a_link_with_one_use_makes_one_account_however_many_come_at_once_on_two_nodes(db) {
        let alice = db.alice().await;
        makes(db, NewInvite { uses_left: Some(1), ..link(alice, 1) }).await.unwrap();
        let before = db.reads(snug::store::users::list).await.len();
        let nodes = [db.store.clone(), db.another_process()];
        let tries: Vec<_> = (0..20)
            .map(|n| {
                let store = nodes[n % 2].clone();
                tokio::spawn(async move { comes(&store, 1, &format!("guest{n}")).await.is_some() })
            })
            .collect();
        let mut let_in = 0;
        for task in tries {
            let_in += usize::from(task.await.unwrap());
        }
        assert_eq!(let_in, 1);
        assert_eq!(db.reads(snug::store::users::list).await.len(), before + 1);
        nodes[1].close();
    }

    async fn a_link_ends_by_time_by_hand_and_with_its_maker(db) {
        let alice = db.alice().await;
        let bob = db.joins_as("bob", PlaceRole::Admin).await.id;
        makes(db, NewInvite { expires_at: Some(Timestamp::now().before(Duration::from_secs(1))), ..link(alice, 1) }).await.unwrap();
        assert!(!works(db, 1, "ann").await);

        let ended = makes(db, link(alice, 2)).await.unwrap();
        assert!(works(db, 2, "ben").await);
        db.store.write(move |tx| invites::revoke(tx, ended)).await.unwrap();
        assert!(!works(db, 2, "cem").await);
        let twice = db.store.write(move |tx| invites::revoke(tx, ended)).await;
        assert!(matches!(twice, Err(StoreError::Refused(refusal)) if refusal.code == Code::NotFound));

        makes(db, link(bob, 3)).await.unwrap();
        let opening = db.reads(|conn| invites::opens(conn, [3; 32])).await.unwrap();
        assert_eq!((opening.by, opening.invited_by.as_str()), (bob, "bob"));
        assert_eq!(db.reads(invites::list).await.len(), 1);
        db.act(alice, Action::Deactivate { user: bob }).await.unwrap();
        assert!(!works(db, 3, "dan").await);
        assert!(db.reads(invites::list).await.is_empty());
        db.act(alice, Action::Reactivate { user: bob }).await.unwrap();
        assert!(works(db, 3, "eva").await);
        db.act(alice, Action::SetRole { user: bob, role: PlaceRole::Member }).await.unwrap();
        assert!(!works(db, 3, "fay").await, "who lets nobody in has no links that do");
    }

    async fn nobody_gives_by_a_link_what_they_could_not_give(db) {
        let alice = db.alice().await;
        let bob = db.joins_as("bob", PlaceRole::Admin).await.id;
        let carol = db.signs_up("carol").await;
        assert_eq!(makes(db, into(alice, 1, PlaceRole::Owner, &[])).await, Err(Code::Forbidden));
        assert_eq!(makes(db, into(bob, 1, PlaceRole::Admin, &[])).await, Err(Code::Forbidden));
        assert_eq!(makes(db, link(carol, 1)).await, Err(Code::Forbidden));
        makes(db, into(alice, 1, PlaceRole::Admin, &[])).await.unwrap();
        let dan = comes(&db.store, 1, "dan").await.unwrap();
        let role = db.reads(move |conn| snug::store::users::find(conn, dan)).await.unwrap().role;
        assert_eq!(role, PlaceRole::Admin, "the link says as what, and not who comes");
        // The one who made it is an admin now, who makes no admins.
        db.act(alice, Action::SetRole { user: bob, role: PlaceRole::Owner }).await.unwrap();
        db.act(bob, Action::SetRole { user: alice, role: PlaceRole::Admin }).await.unwrap();
        assert!(!works(db, 1, "eva").await);
    }

    async fn newcomers_land_in_the_rooms_of_the_link_and_guests_nowhere_else(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let den = db.makes_room(alice, "den", Visibility::Private).await;
        let lab = db.makes_room(alice, "lab", Visibility::Public).await;
        assert_eq!(makes(db, into(alice, 1, PlaceRole::Guest, &[])).await, Err(Code::Malformed));
        makes(db, into(alice, 1, PlaceRole::Guest, &[den])).await.unwrap();
        makes(db, into(alice, 2, PlaceRole::Member, &[den, general])).await.unwrap();
        db.hears();
        let ann = comes(&db.store, 1, "ann").await.unwrap();
        assert_eq!(is_in(db, ann).await, [den]);
        let told = db.hears_entries();
        assert!(told.iter().any(|entry| entry.room == den && entry.by == Some(alice) && entry.event.kind() == "joined"), "{told:?}");
        let ben = comes(&db.store, 2, "ben").await.unwrap();
        assert_eq!(is_in(db, ben).await, [general, den]);
        assert_eq!(db.refuses(ann, Action::JoinRoom { room: lab }).await, Code::NotFound);
        let listed = db.reads(invites::list).await;
        assert_eq!(listed.iter().map(|invite| (invite.role, invite.rooms.clone())).collect::<Vec<_>>(), [
            (PlaceRole::Member, vec![general, den]),
            (PlaceRole::Guest, vec![den]),
        ]);
    }

    async fn a_link_leads_only_where_its_maker_may_bring_people(db) {
        let alice = db.alice().await;
        let bob = db.joins_as("bob", PlaceRole::Admin).await.id;
        let (den, cave) = (db.makes_room(alice, "den", Visibility::Private).await, db.makes_room(bob, "cave", Visibility::Private).await);
        let lab = db.makes_room(bob, "lab", Visibility::Public).await;
        for hidden in [den, RoomId::new(999_999)] {
            assert_eq!(makes(db, into(bob, 1, PlaceRole::Member, &[hidden])).await, Err(Code::NotFound));
        }
        let many: Vec<RoomId> = (1..=51).map(RoomId::new).collect();
        assert_eq!(makes(db, into(bob, 1, PlaceRole::Member, &many)).await, Err(Code::Malformed));
        makes(db, into(bob, 1, PlaceRole::Guest, &[cave, lab])).await.unwrap();
        db.act(bob, Action::AddMember { room: cave, user: alice }).await.unwrap();
        db.act(bob, Action::LeaveRoom { room: cave }).await.unwrap();
        let ann = comes(&db.store, 1, "ann").await.unwrap();
        assert_eq!(is_in(db, ann).await, [lab], "a room that the maker has left is left out");
        db.act(bob, Action::SetArchived { room: lab, archived: true }).await.unwrap();
        assert!(!works(db, 1, "ben").await, "a guest with nowhere to go stays outside");
        db.act(bob, Action::SetArchived { room: lab, archived: false }).await.unwrap();
        assert!(works(db, 1, "cem").await);
    }
}
