//! Catching up: all of it or a clear no.

use snug::domain::{Action, Cursor, Event, Number, RoomId, Seq, Tag, Visibility};
use snug::store::events::{self, Replay};

use crate::harness::Db;

const END: Seq = Seq(i64::MAX);

async fn page(db: &Db, by: snug::domain::UserId, room: RoomId, after: Cursor, up_to: Seq, most: usize) -> Replay {
    db.reads(move |conn| events::page(conn, by, room, after, up_to, most)).await
}

both! {
    async fn what_is_replayed_is_what_was_told(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let lobby = db.makes_room(alice, "lobby", Visibility::Public).await;
        db.act(bob, Action::JoinRoom { room: lobby }).await.unwrap();
        db.posts(bob, lobby, "hi *all*").await;
        db.act(alice, Action::SetTopic { room: lobby, topic: snug::domain::Topic::parse("talk").unwrap() }).await.unwrap();
        db.act(bob, Action::LeaveRoom { room: lobby }).await.unwrap();
        let told: Vec<_> = db.hears_entries().into_iter().filter(|entry| entry.room == lobby).collect();
        let Replay::Entries(entries, reached) = page(db, alice, lobby, Cursor::default(), END, 100).await else { panic!() };
        // On the wire: there times are milliseconds, and the event of a message is its row.
        assert_eq!(serde_json::to_value(&entries).unwrap(), serde_json::to_value(&told).unwrap());
        assert_eq!(entries.iter().map(|entry| entry.event.kind()).collect::<Vec<_>>(), ["created", "joined", "joined", "posted", "topic_set", "left"]);
        assert_eq!(reached, db.room(alice, lobby).await.room.last);
    }

    async fn a_replayed_message_is_the_message_as_it_is_now(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let message = db.posts(alice, general, "tpyo").await;
        db.sql(&format!("UPDATE messages SET body = 'typo', html = '<p>typo</p>' WHERE id = {}", message.id));
        let Replay::Entries(entries, _) = page(db, alice, general, Cursor::default(), END, 100).await else { panic!() };
        let Some(Event::Posted { message: replayed }) = entries.last().map(|entry| &entry.event) else { panic!() };
        assert_eq!((replayed.id, replayed.body.as_str(), replayed.html.as_str()), (message.id, "typo", "<p>typo</p>"));
    }

    async fn a_cursor_of_another_history_is_reset(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        for n in 0..3 {
            db.posts(alice, general, &format!("{n}")).await;
        }
        let last = db.room(alice, general).await.room.last;
        let other_tag = Tag(last.tag.0 ^ 1);
        for (after, why) in [
            (Cursor { tag: other_tag, ..last }, "the tag of the last event differs"),
            (Cursor { seq: Seq(last.seq.0 - 1), tag: last.tag }, "the tag is another event's"),
            (Cursor { seq: last.seq.next(), tag: last.tag }, "the log never came that far"),
            (Cursor { seq: Seq(0), tag: Tag(7) }, "the beginning has no tag"),
            (Cursor { seq: Seq(-1), tag: Tag(0) }, "before the beginning"),
            (Cursor { seq: Seq(i64::MAX), tag: Tag(0) }, "past every end"),
            (Cursor { seq: Seq(i64::MIN), tag: Tag(0) }, "before every beginning"),
        ] {
            assert_eq!(page(db, alice, general, after, END, 100).await, Replay::Reset, "{why}");
        }
        assert_eq!(page(db, alice, general, last, END, 100).await, Replay::Entries(Vec::new(), last));
    }

    async fn too_far_behind_is_reset_and_not_a_part(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let start = db.room(alice, general).await.room.last;
        for n in 0..10 {
            db.posts(alice, general, &format!("{n}")).await;
        }
        let ask = move |limit: usize| db.reads(move |conn| events::replay(conn, alice, &[(general, start, END)], limit));
        assert_eq!(ask(9).await, [(general, Replay::Reset)]);
        let answer = ask(10).await;
        let (_, Replay::Entries(entries, _)) = &answer[0] else { panic!("{answer:?}") };
        assert_eq!(entries.len(), 10);
    }

    async fn pages_follow_each_other_up_to_where_they_are_asked_to(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let start = db.room(alice, general).await.room.last;
        for n in 0..10 {
            db.posts(alice, general, &format!("{n}")).await;
        }
        let up_to = Seq(start.seq.0 + 7);
        let (mut at, mut numbers) = (start, Vec::new());
        loop {
            let Replay::Entries(entries, reached) = page(db, alice, general, at, up_to, 3).await else { panic!() };
            if entries.is_empty() {
                break;
            }
            assert!(entries.len() <= 3);
            numbers.extend(entries.iter().filter_map(|entry| match &entry.event {
                Event::Posted { message } => Some(message.number),
                _ => None,
            }));
            at = reached;
        }
        assert_eq!(numbers, (1..=7).map(Number).collect::<Vec<_>>());
        assert_eq!(at.seq, up_to);
        // One who is ahead of where the replay ends has missed nothing.
        let last = db.room(alice, general).await.room.last;
        assert_eq!(page(db, alice, general, last, up_to, 3).await, Replay::Entries(Vec::new(), last));
    }

    async fn many_rooms_are_caught_up_with_at_once_and_each_gets_its_own_answer(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let mut asked = Vec::new();
        for n in 0..40 {
            let room = db.makes_room(alice, &format!("room {n}"), Visibility::Private).await;
            let cursor = db.room(alice, room).await.room.last;
            for m in 0..n % 4 {
                db.posts(alice, room, &format!("{m}")).await;
            }
            asked.push((room, cursor, END));
        }
        let hidden = db.makes_room(bob, "bob's", Visibility::Private).await;
        asked.push((hidden, Cursor::default(), END));
        asked.push((RoomId::new(1_000_000), Cursor::default(), END));
        let (room, cursor, _) = asked[3];
        asked[3] = (room, Cursor { tag: Tag(cursor.tag.0 ^ 1), ..cursor }, END);
        let query = asked.clone();
        let answers = db.reads(move |conn| events::replay(conn, alice, &query, 1_000)).await;
        assert_eq!(answers.iter().map(|(room, _)| *room).collect::<Vec<_>>(), asked.iter().map(|(room, ..)| *room).collect::<Vec<_>>());
        for (n, (room, replay)) in answers.iter().enumerate() {
            match (n, replay) {
                (3, Replay::Reset) | (40 | 41, Replay::Hidden) => {}
                (0..40, Replay::Entries(entries, _)) if n != 3 => {
                    assert_eq!(entries.len(), n % 4);
                    assert!(entries.iter().all(|entry| entry.room == *room));
                }
                _ => panic!("{n}: {replay:?}"),
            }
        }
    }

    async fn a_log_with_a_hole_is_reset_and_not_a_part(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let start = db.room(alice, general).await.room.last;
        for n in 0..3 {
            db.posts(alice, general, &format!("{n}")).await;
        }
        db.sql(&format!("DELETE FROM messages WHERE room_id = {general} AND seq = {}", start.seq.0 + 2));
        assert_eq!(page(db, alice, general, start, END, 100).await, Replay::Reset);
    }
}
