//! Invite links.

use std::time::Duration;

use snug::domain::{Code, Timestamp, UserId};
use snug::store::StoreError;
use snug::store::invites::{self, NewInvite};

use crate::harness::Db;

fn link(by: UserId, token: u8) -> NewInvite {
    NewInvite { token_hash: [token; 32], by, expires_at: None, uses_left: None }
}

async fn works(db: &Db, token: u8) -> bool {
    let shown = db.reads(move |conn| invites::preview(conn, [token; 32])).await.is_some();
    let spent = match db.store.write(move |tx| invites::spend(tx, [token; 32])).await {
        Ok(()) => true,
        Err(StoreError::Refused(refusal)) if refusal.code == Code::InviteInvalid => false,
        Err(other) => panic!("{other}"),
    };
    assert_eq!(shown, spent, "what is shown can be used");
    spent
}

both! {
    async fn a_link_works_until_it_is_used_up(db) {
        let alice = db.alice().await;
        let (twice, always) = (NewInvite { uses_left: Some(2), ..link(alice, 1) }, link(alice, 2));
        db.store.write(move |tx| invites::create(tx, &twice)).await.unwrap();
        db.store.write(move |tx| invites::create(tx, &always)).await.unwrap();
        assert_eq!([works(db, 1).await, works(db, 1).await, works(db, 1).await], [true, true, false]);
        for _ in 0..5 {
            assert!(works(db, 2).await);
        }
        assert!(!works(db, 3).await, "a link that never was");
        let listed = db.reads(invites::list).await;
        assert_eq!(listed.iter().map(|invite| (invite.created_by, invite.uses_left, invite.used)).collect::<Vec<_>>(), [(alice, None, 5)]);
    }

    async fn a_link_with_one_use_lets_one_in_however_many_come_at_once(db) {
        let alice = db.alice().await;
        let once = NewInvite { uses_left: Some(1), ..link(alice, 1) };
        db.store.write(move |tx| invites::create(tx, &once)).await.unwrap();
        let tries: Vec<_> = (0..20)
            .map(|_| {
                let store = db.store.clone();
                tokio::spawn(async move { store.write(|tx| invites::spend(tx, [1; 32])).await.is_ok() })
            })
            .collect();
        let mut let_in = 0;
        for task in tries {
            let_in += usize::from(task.await.unwrap());
        }
        assert_eq!(let_in, 1);
    }

    async fn a_link_ends_by_time_by_hand_and_with_its_maker(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let expired = NewInvite { expires_at: Some(Timestamp::now().before(Duration::from_secs(1))), ..link(alice, 1) };
        db.store.write(move |tx| invites::create(tx, &expired)).await.unwrap();
        assert!(!works(db, 1).await);

        let ended = db.store.write(move |tx| invites::create(tx, &link(alice, 2))).await.unwrap();
        assert!(works(db, 2).await);
        db.store.write(move |tx| invites::revoke(tx, ended)).await.unwrap();
        assert!(!works(db, 2).await);
        let twice = db.store.write(move |tx| invites::revoke(tx, ended)).await;
        assert!(matches!(twice, Err(StoreError::Refused(refusal)) if refusal.code == Code::NotFound));

        db.store.write(move |tx| invites::create(tx, &link(bob, 3))).await.unwrap();
        let preview = db.reads(|conn| invites::preview(conn, [3; 32])).await.unwrap();
        assert_eq!(preview.invited_by.as_str(), "bob");
        db.sql(&format!("UPDATE users SET deactivated_at = 1 WHERE id = {bob}"));
        assert!(!works(db, 3).await);
    }
}
