//! Pages of messages.

use snug::domain::{Action, Number, Topic};
use snug::store::messages::{self, PageAt};

both! {
    async fn pages_are_rows_of_neighbours(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let page = async |at, limit| {
            let page = db.reads(move |conn| messages::page(conn, alice, general, at, limit)).await;
            (page.messages.iter().map(|message| message.number.0).collect::<Vec<_>>(), page.has_older, page.has_newer)
        };
        for at in [PageAt::Newest, PageAt::Before(Number(1)), PageAt::After(Number(0)), PageAt::Around(Number(1))] {
            assert_eq!(page(at, 50).await, (vec![], false, false), "{at:?} of an empty room");
        }
        for n in 1..=10 {
            db.posts(alice, general, &format!("{n}")).await;
            // What else happens takes places in the log, and no numbers.
            for m in 0..n % 4 {
                db.act(alice, Action::SetTopic { room: general, topic: Topic::parse(&format!("{n} {m}")).unwrap() }).await.unwrap();
            }
        }
        let all: Vec<i64> = (1..=10).collect();
        for (at, limit, numbers, has_older, has_newer) in [
            (PageAt::Newest, 3, vec![8, 9, 10], true, false),
            (PageAt::Newest, 10, all.clone(), false, false),
            (PageAt::Newest, 50, all.clone(), false, false),
            (PageAt::Newest, 0, vec![10], true, false),
            (PageAt::Before(Number(8)), 3, vec![5, 6, 7], true, true),
            (PageAt::Before(Number(3)), 3, vec![1, 2], false, true),
            (PageAt::Before(Number(1)), 3, vec![], false, true),
            (PageAt::Before(Number(99)), 3, vec![8, 9, 10], true, false),
            (PageAt::Before(Number(i64::MIN)), 3, vec![], false, true),
            (PageAt::After(Number(0)), 3, vec![1, 2, 3], false, true),
            (PageAt::After(Number(7)), 3, vec![8, 9, 10], true, false),
            (PageAt::After(Number(10)), 3, vec![], true, false),
            (PageAt::Around(Number(5)), 5, vec![3, 4, 5, 6, 7], true, true),
            (PageAt::Around(Number(1)), 4, vec![1, 2, 3, 4], false, true),
            (PageAt::Around(Number(10)), 4, vec![7, 8, 9, 10], true, false),
            (PageAt::Around(Number(5)), 1, vec![5], true, true),
            (PageAt::Around(Number(99)), 4, vec![7, 8, 9, 10], true, false),
            (PageAt::Around(Number(i64::MIN)), 4, vec![1, 2, 3, 4], false, true),
            (PageAt::Around(Number(5)), 50, all, false, false),
        ] {
            assert_eq!(page(at, limit).await, (numbers, has_older, has_newer), "{at:?} {limit}");
        }
    }

    async fn a_page_says_up_to_which_event_it_is_whole(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.posts(alice, general, "hi").await;
        db.signs_up("bob").await;
        let page = db.reads(move |conn| messages::page(conn, alice, general, PageAt::Newest, 50)).await;
        assert_eq!(page.cursor, db.room(alice, general).await.room.last);
        assert!(page.messages[0].seq < page.cursor.seq);
    }
}
