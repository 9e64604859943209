//! What is unread.

use snug::domain::{Action, Number, Outcome};
use snug::store::Effect;

both! {
    async fn unread_is_what_came_after_what_was_read(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        for n in 0..5 {
            db.posts(alice, general, &format!("{n}")).await;
        }
        let unread = async |who| {
            let membership = db.room(who, general).await;
            membership.room.last_number.0 - membership.read_number.0
        };
        assert_eq!((unread(alice).await, unread(bob).await), (0, 5));
        db.hears();
        let answer = db.act(bob, Action::MarkRead { room: general, number: Number(3) }).await.unwrap();
        assert_eq!(answer, Outcome::Read { room: general, number: Number(3) });
        assert_eq!(unread(bob).await, 2);
        let commit = db.hears().remove(0);
        assert_eq!(commit.effects, [Effect::ReadMoved { user: bob, room: general, number: Number(3) }]);
        assert!(commit.entries.is_empty(), "it is nobody else's business");
        // Joins and topics count as nothing.
        db.signs_up("carol").await;
        assert_eq!(unread(bob).await, 2);
    }

    async fn the_read_position_never_moves_back_and_never_past_the_end(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        for n in 0..5 {
            db.posts(alice, general, &format!("{n}")).await;
        }
        db.hears();
        for (asked, in_force, moved) in [(3, 3, true), (2, 3, false), (3, 3, false), (-7, 3, false), (i64::MAX, 5, true), (i64::MIN, 5, false)] {
            let answer = db.act(bob, Action::MarkRead { room: general, number: Number(asked) }).await.unwrap();
            assert_eq!(answer, Outcome::Read { room: general, number: Number(in_force) }, "{asked}");
            assert_eq!(db.hears_effects().len(), usize::from(moved), "{asked}");
        }
    }
}
