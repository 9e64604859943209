//! What was acknowledged is never lost, doubled or reordered.

use snug::domain::{Action, Code, Cursor, Event, Number, Outcome, Seq};
use snug::store::Effect;
use snug::store::events::{self, Replay};
use snug::store::messages::{self, PageAt};

use crate::harness::{in_person, new_client_id, post, post_as};

both! {
    async fn a_message_gets_the_next_number_and_the_next_seq(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let before = db.room(alice, general).await.room;
        db.hears();
        let Outcome::Posted { message, cursor } = db.act(alice, post(general, "hi")).await.unwrap() else { panic!() };
        assert_eq!((message.number, message.seq), (Number(1), before.last.seq.next()));
        assert_eq!((message.author, message.body.as_str(), message.html.as_str()), (alice, "hi", "<p>hi</p>"));
        let after = db.room(alice, general).await;
        assert_eq!((after.room.last, after.room.last_number, after.room.last_at), (cursor, Number(1), message.at));
        let commits = db.hears();
        assert_eq!(commits.len(), 1);
        let entry = &commits[0].entries[0];
        assert_eq!((entry.room, entry.seq, entry.tag, entry.by), (general, cursor.seq, cursor.tag, Some(alice)));
        assert_eq!(entry.event, Event::Posted { message });
        // One has read what one has said.
        assert_eq!(after.read_number, Number(1));
        assert_eq!(commits[0].effects, [Effect::ReadMoved { user: alice, room: general, number: Number(1) }]);
    }

    async fn a_retry_never_doubles(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let client_id = new_client_id();
        let first = db.act(alice, post_as(client_id, general, "once")).await.unwrap();
        db.posts(alice, general, "something between").await;
        db.hears();
        let again = db.act(alice, post_as(client_id, general, "once")).await.unwrap();
        assert_eq!(serde_json::to_value(&first).unwrap(), serde_json::to_value(&again).unwrap());
        let commits = db.hears();
        assert!(commits[0].entries.is_empty() && commits[0].effects.is_empty(), "a retry is told to nobody else");
        assert_eq!(db.room(alice, general).await.room.last_number, Number(2));
    }

    async fn a_retry_inside_one_transaction_never_doubles(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let client_id = new_client_id();
        let answers = db
            .store
            .write(move |tx| {
                let (by, action) = (in_person(alice), post_as(client_id, general, "once"));
                Ok([snug::store::actions::run(tx, &by, &action)?, snug::store::actions::run(tx, &by, &action)?])
            })
            .await
            .unwrap();
        assert_eq!(answers[0], answers[1]);
        // And as jobs of their own that wait together.
        let waiting: Vec<_> = (0..40).map(|_| db.sends(alice, post_as(client_id, general, "once"))).collect();
        for answer in waiting {
            let Outcome::Posted { message, .. } = answer.await.unwrap().unwrap() else { panic!() };
            assert_eq!(message.number, Number(1));
        }
        assert_eq!(db.room(alice, general).await.room.last_number, Number(1));
    }

    async fn the_same_client_id_with_another_body_is_refused(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let client_id = new_client_id();
        db.act(alice, post_as(client_id, general, "one")).await.unwrap();
        assert_eq!(db.refuses(alice, post_as(client_id, general, "other")).await, Code::ClientIdReused);
        // Another author and another room may use it: it says nothing about them.
        let bob = db.signs_up("bob").await;
        assert!(db.act(bob, post_as(client_id, general, "other")).await.is_ok());
        let elsewhere = db.makes_room(alice, "elsewhere", snug::domain::Visibility::Private).await;
        assert!(db.act(alice, post_as(client_id, elsewhere, "other")).await.is_ok());
        assert_eq!(db.room(alice, general).await.room.last_number, Number(2));
    }

    async fn a_retry_is_answered_even_after_its_author_was_removed(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        let client_id = new_client_id();
        let first = db.act(bob, post_as(client_id, general, "bye")).await.unwrap();
        db.act(alice, Action::RemoveMember { room: general, user: bob }).await.unwrap();
        let Ok(Outcome::Posted { message, .. }) = db.act(bob, post_as(client_id, general, "bye")).await else { panic!() };
        let Outcome::Posted { message: stored, .. } = first else { panic!() };
        assert_eq!(message.id, stored.id);
        assert_eq!(db.refuses(bob, post(general, "hello?")).await, Code::NotAMember);
    }

    async fn many_senders_leave_no_gap_and_no_double(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let general = db.general(alice).await;
        let lobby = db.makes_room(alice, "lobby", snug::domain::Visibility::Private).await;
        let start = db.room(alice, general).await.room.last;
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for n in 0..150 {
            good.push((n, db.sends(alice, post(general, &format!("a{n}")))));
            // Bob is not in the lobby; his refusals stand in the middle of the same transactions.
            bad.push(db.sends(bob, post(lobby, "let me in")));
            good.push((n, db.sends(bob, post(general, &format!("b{n}")))));
        }
        let mut numbers = Vec::new();
        let mut order_of_alice = Vec::new();
        for (n, answer) in good {
            let Outcome::Posted { message, .. } = answer.await.unwrap().unwrap() else { panic!() };
            numbers.push(message.number.0);
            if message.author == alice {
                order_of_alice.push((message.number, n));
            }
        }
        for answer in bad {
            assert_eq!(answer.await.unwrap().unwrap_err().code, Code::NotFound);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=300).collect::<Vec<i64>>());
        assert!(order_of_alice.is_sorted(), "what one person sent first has the lower number");
        let replay = db.reads(move |conn| events::page(conn, alice, general, start, Seq(i64::MAX), 1_000)).await;
        let Replay::Entries(entries, _) = replay else { panic!("{replay:?}") };
        let seqs: Vec<i64> = entries.iter().map(|entry| entry.seq.0).collect();
        assert_eq!(seqs, (start.seq.0 + 1..=start.seq.0 + 300).collect::<Vec<i64>>());
        assert_eq!(db.room(alice, lobby).await.room.last_number, Number(0));
        assert!(db.batches().iter().any(|jobs| *jobs > 1), "what waited shared a transaction");
    }

    async fn what_happens_between_posts_of_one_transaction_counts_for_the_later_ones(db) {
        let alice = db.alice().await;
        let lobby = db.makes_room(alice, "lobby", snug::domain::Visibility::Public).await;
        let bob = db.signs_up("bob").await;
        db.act(bob, Action::JoinRoom { room: lobby }).await.unwrap();
        let release = db.holds_the_writer().await;
        let first = db.sends(bob, post(lobby, "first"));
        db.sends(alice, Action::RemoveMember { room: lobby, user: bob });
        let shut_out = db.sends(bob, post(lobby, "and another thing"));
        let second = db.sends(alice, post(lobby, "second"));
        db.sends(alice, Action::SetArchived { room: lobby, archived: true });
        let too_late = db.sends(alice, post(lobby, "third"));
        db.batches();
        release.send(()).unwrap();
        assert!(first.await.unwrap().is_ok());
        assert_eq!(shut_out.await.unwrap().unwrap_err().code, Code::NotAMember);
        let Ok(Outcome::Posted { message, .. }) = second.await.unwrap() else { panic!() };
        assert_eq!(message.number, Number(2));
        assert_eq!(too_late.await.unwrap().unwrap_err().code, Code::RoomArchived);
        assert_eq!(db.batches(), [6]);
    }

    async fn posts_that_are_stored_together_are_acknowledged_as_they_are_stored(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let (general, lobby) = (db.general(alice).await, db.makes_room(alice, "lobby", snug::domain::Visibility::Private).await);
        db.act(alice, Action::AddMember { room: lobby, user: bob }).await.unwrap();
        let release = db.holds_the_writer().await;
        // The rooms and the authors by turns, in no order.
        let send = |n: usize| db.sends([alice, bob][n % 2], post([general, lobby][n / 3 % 2], &format!("{n}")));
        let waiting: Vec<_> = (0..40).map(send).collect();
        release.send(()).unwrap();
        let mut told = Vec::new();
        for answer in waiting {
            let Outcome::Posted { message, .. } = answer.await.unwrap().unwrap() else { panic!() };
            told.push(message);
        }
        assert_eq!(told.iter().map(|message| message.body.clone()).collect::<Vec<_>>(), (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
        assert!(told.is_sorted_by_key(|message| message.id), "ids go up in the order in which they came");
        for room in [general, lobby] {
            let page = db.reads(move |conn| messages::page(conn, alice, room, PageAt::Newest, 100)).await;
            let told: Vec<_> = told.iter().filter(|message| message.room == room).cloned().collect();
            assert_eq!(page.messages, told);
            for user in [alice, bob] {
                let own = told.iter().rfind(|message| message.author == user).map(|message| message.number);
                assert_eq!(Some(db.room(user, room).await.read_number), own, "an author has read what they wrote");
            }
        }
    }

    async fn two_processes_number_one_room_without_a_gap(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let other = db.another_process();
        let writing = (0..60).map(|n| {
            let other = other.clone();
            tokio::spawn(async move {
                other.write(move |tx| snug::store::actions::run(tx, &in_person(alice), &post(general, &format!("there {n}")))).await.unwrap();
            })
        });
        let theirs: Vec<_> = writing.collect();
        let ours: Vec<_> = (0..60).map(|n| db.sends(alice, post(general, &format!("here {n}")))).collect();
        for answer in ours {
            answer.await.unwrap().unwrap();
        }
        for task in theirs {
            task.await.unwrap();
        }
        other.close();
        let page = db.reads(move |conn| messages::page(conn, alice, general, PageAt::Newest, 200)).await;
        assert_eq!(page.messages.iter().map(|message| message.number.0).collect::<Vec<_>>(), (1..=120).collect::<Vec<_>>());
        let all = db.reads(move |conn| events::page(conn, alice, general, Cursor::default(), Seq(i64::MAX), 1_000)).await;
        assert!(matches!(all, Replay::Entries(entries, reached) if reached == page.cursor && entries.len() as i64 == reached.seq.0));
    }

    async fn nothing_can_be_posted_to_an_archived_room(db) {
        let alice = db.alice().await;
        let lobby = db.makes_room(alice, "lobby", snug::domain::Visibility::Public).await;
        db.act(alice, Action::SetArchived { room: lobby, archived: true }).await.unwrap();
        assert_eq!(db.refuses(alice, post(lobby, "hi")).await, Code::RoomArchived);
        db.act(alice, Action::SetArchived { room: lobby, archived: false }).await.unwrap();
        assert_eq!(db.posts(alice, lobby, "hi").await.number, Number(1));
    }
}
