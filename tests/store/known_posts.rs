//! Posts, alone and together, while another process changes what they are judged by.
//!
//! On Postgres they are judged by what was found at the last look. Every test posts once before the change, so that there is one.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use snug::domain::{Action, Code, Event, Limits, Message, Number, Outcome, PlaceRole, Refusal, RoomId, Topic, UserId, Visibility};
use snug::store::messages::{self, PageAt};
use snug::store::{DatabaseUrl, Store, actions};
use tempfile::TempDir;

use crate::harness::{Db, Home, in_person, new_client_id, post, post_as};

/// An action that another process carries out.
async fn elsewhere(store: &Store, by: UserId, action: Action) -> Outcome {
    store.write(move |tx| actions::run(tx, &in_person(by), &action)).await.unwrap()
}

/// Posts that wait together, and what becomes of them.
async fn together<const POSTS: usize>(db: &Db, posts: [(UserId, Action); POSTS]) -> [Result<Outcome, Refusal>; POSTS] {
    let release = db.holds_the_writer().await;
    let waiting = posts.map(|(author, action)| db.sends(author, action));
    release.send(()).unwrap();
    let answers = futures_util::future::join_all(waiting).await;
    answers.into_iter().map(Result::unwrap).collect::<Vec<_>>().try_into().unwrap()
}

fn posted(answer: &Result<Outcome, Refusal>) -> &Message {
    match answer {
        Ok(Outcome::Posted { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

/// The author posts in the room, and again while another process has changed something and when it has changed it back: alone, and
/// beside somebody elsewhere, whom it does not concern.
async fn only_while(db: &Db, room: RoomId, author: UserId, by: UserId, [change, back]: [Action; 2], refusal: Code) {
    let other = db.another_process();
    let besides = db.makes_room(by, "besides", Visibility::Private).await;
    db.posts(by, besides, "before").await;
    assert_eq!(db.posts(author, room, "before").await.number, Number(1));
    elsewhere(&other, by, change.clone()).await;
    assert_eq!(db.refuses(author, post(room, "meanwhile")).await, refusal);
    elsewhere(&other, by, back.clone()).await;
    assert_eq!(db.posts(author, room, "after").await.number, Number(2));
    elsewhere(&other, by, change).await;
    let [refused, stored] = together(db, [(author, post(room, "meanwhile")), (by, post(besides, "meanwhile"))]).await;
    assert_eq!((refused.unwrap_err().code, posted(&stored).number), (refusal, Number(2)));
    elsewhere(&other, by, back).await;
    let stored = together(db, [(author, post(room, "after")), (by, post(besides, "after")), (author, post(room, "and again"))]).await;
    assert_eq!(stored.each_ref().map(|stored| posted(stored).number), [3, 3, 4].map(Number));
    other.close();
}

both! {
    async fn who_was_removed_by_another_process_posts_no_more(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let room = db.makes_room(alice, "secret", Visibility::Private).await;
        db.act(alice, Action::AddMember { room, user: bob }).await.unwrap();
        let changes = [Action::RemoveMember { room, user: bob }, Action::AddMember { room, user: bob }];
        only_while(db, room, bob, alice, changes, Code::NotFound).await;
    }

    async fn a_room_that_another_process_archived_takes_no_more_posts(db) {
        let alice = db.alice().await;
        let room = db.makes_room(alice, "old", Visibility::Public).await;
        let changes = [true, false].map(|archived| Action::SetArchived { room, archived });
        only_while(db, room, alice, alice, changes, Code::RoomArchived).await;
    }

    async fn an_account_that_another_process_deactivated_posts_no_more(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let general = db.general(alice).await;
        only_while(db, general, bob, alice, [Action::Deactivate { user: bob }, Action::Reactivate { user: bob }], Code::Unauthenticated).await;
    }

    async fn who_was_given_another_role_by_another_process_posts_on(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let general = db.general(alice).await;
        let other = db.another_process();
        db.posts(bob, general, "a member").await;
        elsewhere(&other, alice, Action::SetRole { user: bob, role: PlaceRole::Admin }).await;
        assert_eq!(db.posts(bob, general, "an admin").await.number, Number(2));
        other.close();
    }

    async fn posts_of_two_processes_in_one_room_are_numbered_without_a_gap(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let other = db.another_process();
        let mut ids = Vec::new();
        for round in 0..4_i64 {
            // Two here, so that the second finds what it remembers, then one there.
            for n in 1..=2 {
                let message = db.posts(alice, general, "here").await;
                assert_eq!(message.number, Number(round * 3 + n));
                ids.push(message.id);
            }
            let Outcome::Posted { message, .. } = elsewhere(&other, alice, post(general, "there")).await else { panic!() };
            assert_eq!(message.number, Number(round * 3 + 3));
            ids.push(message.id);
        }
        assert!(ids.is_sorted(), "{ids:?}");
        let page = db.reads(move |conn| messages::page(conn, alice, general, PageAt::Newest, 50)).await;
        assert_eq!(page.messages.iter().map(|message| message.id).collect::<Vec<_>>(), ids);
        let room = db.room(alice, general).await;
        assert_eq!(room.read_number, room.room.last_number, "an author has read what they wrote");
        other.close();
    }

    async fn what_was_tried_at_another_process_is_not_stored_twice(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let other = db.another_process();
        db.posts(alice, general, "one").await;
        let action = post_as(new_client_id(), general, "two");
        let first = elsewhere(&other, alice, action.clone()).await;
        db.hears();
        assert_eq!(db.act(alice, action.clone()).await.unwrap(), first);
        assert_eq!(db.hears_entries(), []);
        // And where nothing came in between, so that the memory is right.
        let here = post_as(new_client_id(), general, "three");
        let second = db.act(alice, here.clone()).await.unwrap();
        assert_eq!(db.act(alice, here).await.unwrap(), second);
        assert_eq!(db.room(alice, general).await.room.last_number, Number(3));
        other.close();
    }

    async fn of_posts_that_wait_together_a_retry_is_not_stored_twice(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let general = db.general(alice).await;
        let [retry, twice] = ["one", "two"].map(|text| post_as(new_client_id(), general, text));
        let first = db.act(alice, retry.clone()).await.unwrap();
        db.posts(bob, general, "in").await;
        db.hears();
        let posts = [(bob, post(general, "a")), (alice, retry), (bob, twice.clone()), (bob, twice), (alice, post(general, "b"))];
        let answers = together(db, posts).await;
        assert_eq!(answers[1].as_ref().unwrap(), &first);
        assert_eq!(answers[2], answers[3]);
        assert_eq!([0, 2, 4].map(|nth| posted(&answers[nth]).number), [3, 4, 5].map(Number));
        assert_eq!(db.hears_entries().len(), 3);
        assert_eq!(db.room(alice, general).await.room.last_number, Number(5));
    }

    async fn posts_that_wait_together_and_those_of_another_process_are_numbered_without_a_gap(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let (general, lobby) = (db.general(alice).await, db.makes_room(alice, "lobby", Visibility::Public).await);
        let other = db.another_process();
        for round in 0..4_i64 {
            // Twice, so that the second time finds what is remembered.
            for half in 0..2 {
                let posts = [(alice, post(general, "a")), (alice, post(lobby, "b")), (bob, post(general, "c")), (alice, post(general, "d"))];
                let answers = together(db, posts).await;
                let before = round * 7 + half * 3;
                let numbers = [before + 1, round * 2 + half + 1, before + 2, before + 3].map(Number);
                assert_eq!(answers.each_ref().map(|answer| posted(answer).number), numbers);
                assert!(answers.is_sorted_by_key(|answer| posted(answer).id));
                for (answer, text) in answers.iter().zip(["a", "b", "c", "d"]) {
                    let told = posted(answer).clone();
                    let stored = db.reads(move |conn| messages::page(conn, alice, told.room, PageAt::Around(told.number), 1)).await;
                    assert_eq!((&stored.messages[0], stored.messages[0].body.as_str()), (posted(answer), text));
                }
            }
            elsewhere(&other, alice, post(general, "there")).await;
        }
        let (a, b) = (db.room(alice, general).await, db.room(bob, general).await);
        assert_eq!((a.read_number, b.read_number), (Number(28), Number(26)), "an author has read what they wrote");
        other.close();
    }

    async fn who_is_removed_elsewhere_while_their_post_is_stored_has_spoken(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let room = db.makes_room(alice, "secret", Visibility::Private).await;
        db.act(alice, Action::AddMember { room, user: bob }).await.unwrap();
        let (posted, is_posted) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel();
        let (store, may_go_on) = (db.store.clone(), parking_lot::Mutex::new(may_go_on));
        let posting = tokio::spawn(async move {
            let post = post(room, "on my way out");
            store
                .write(move |tx| {
                    actions::run(tx, &in_person(bob), &post)?;
                    posted.send(()).unwrap();
                    may_go_on.lock().recv_timeout(Duration::from_secs(20)).unwrap();
                    Ok(())
                })
                .await
        });
        is_posted.recv_timeout(Duration::from_secs(20)).unwrap();
        let other = db.another_process();
        let removing = tokio::spawn({
            let other = other.clone();
            async move { elsewhere(&other, alice, Action::RemoveMember { room, user: bob }).await }
        });
        if db.is_postgres() {
            wait_for_a_lock(db);
        }
        go_on.send(()).unwrap();
        posting.await.unwrap().unwrap();
        removing.await.unwrap();
        other.close();
        assert_eq!(db.messages_of_forgotten_authors(), 0);
    }

    async fn other_events_of_a_room_are_counted_between_posts(db) {
        let alice = db.alice().await;
        let room = db.makes_room(alice, "one", Visibility::Public).await;
        let mut seqs = vec![db.posts(alice, room, "a").await.seq.0];
        db.act(alice, Action::SetTopic { room, topic: Topic::parse("news").unwrap() }).await.unwrap();
        seqs.push(db.posts(alice, room, "b").await.seq.0);
        seqs.push(db.posts(alice, room, "c").await.seq.0);
        assert_eq!(seqs, [seqs[0], seqs[0] + 2, seqs[0] + 3]);
        let heard = db.hears_entries();
        let seen: Vec<i64> = heard.iter().filter(|entry| matches!(entry.event, Event::Posted { .. })).map(|entry| entry.seq.0).collect();
        assert_eq!(seen, seqs);
    }
}

/// A statement that has to wait on Postgres looks at one moment before and at another after it. What was taken away meanwhile must not
/// be used any more, whether the room's own row was changed for that or only held.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_waits_while_its_author_is_removed_or_deactivated_on_another_node_is_refused() {
    let db = Db::postgres();
    let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
    let room = db.makes_room(alice, "secret", Visibility::Private).await;
    db.act(alice, Action::AddMember { room, user: bob }).await.unwrap();
    let (remove, deactivate) = (Action::RemoveMember { room, user: bob }, Action::Deactivate { user: bob });
    for (alone, change, code) in [
        (true, remove.clone(), Code::NotFound),
        (false, remove, Code::NotFound),
        (true, deactivate.clone(), Code::Unauthenticated),
        (false, deactivate, Code::Unauthenticated),
    ] {
        let before = db.posts(alice, room, "hello").await.number;
        let _ = db.act(alice, Action::Reactivate { user: bob }).await;
        let _ = db.act(alice, Action::AddMember { room, user: bob }).await;
        db.posts(bob, room, "in").await;
        let other = db.another_process();
        let (changed, is_changed) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel();
        let may_go_on = parking_lot::Mutex::new(may_go_on);
        let elsewhere = tokio::spawn(async move {
            let done = other
                .write(move |tx| {
                    tx.batch_execute(&format!("SELECT FROM rooms WHERE id = {room} FOR NO KEY UPDATE"))?;
                    actions::run(tx, &in_person(alice), &change)?;
                    changed.send(()).unwrap();
                    may_go_on.lock().recv_timeout(Duration::from_secs(20)).unwrap();
                    Ok(())
                })
                .await;
            other.close();
            done
        });
        is_changed.recv_timeout(Duration::from_secs(20)).unwrap();
        // Alone, or beside somebody who stays.
        let release = db.holds_the_writer().await;
        let beside = (!alone).then(|| db.sends(alice, post(room, "I stay")));
        let answer = db.sends(bob, post(room, "still in?"));
        release.send(()).unwrap();
        wait_for_a_lock(&db);
        go_on.send(()).unwrap();
        elsewhere.await.unwrap().unwrap();
        assert_eq!(answer.await.unwrap().unwrap_err().code, code);
        if let Some(beside) = beside {
            assert_eq!(posted(&beside.await.unwrap()).number, Number(before.0 + 2));
        }
        assert_eq!(db.room(alice, room).await.room.last_number, Number(before.0 + 1 + i64::from(!alone)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_answer_to_a_post_is_lost_but_not_the_post_it_is_told_as_it_was_stored() {
    let (home, url) = Home::postgres();
    let wire = Wire::to(&url);
    let db = Db::with_limits((home, wire.url.clone()), &Limits::default());
    let alice = db.alice().await;
    let general = db.general(alice).await;
    db.posts(alice, general, "before").await;
    db.hears();
    wire.lose_answer(1);
    let message = db.posts(alice, general, "answer lost").await;
    assert!(!wire.will_lose(), "no answer was lost");
    let stored = db.reads(move |conn| messages::page(conn, alice, general, PageAt::Newest, 1)).await.messages.remove(0);
    assert_eq!(message, stored);
    let [entry] = db.hears_entries().try_into().unwrap();
    assert_eq!(entry.event, Event::Posted { message: stored });
    assert_eq!(db.posts(alice, general, "after").await.number, Number(3));
    // And so are those that were stored together.
    let lobby = db.makes_room(alice, "lobby", Visibility::Private).await;
    // Once before, so that all of it is remembered and the statement is prepared.
    let [_, _] = together(&db, [general, lobby].map(|room| (alice, post(room, "before")))).await.map(Result::unwrap);
    db.hears();
    let release = db.holds_the_writer().await;
    let waiting = [general, lobby, general].map(|room| db.sends(alice, post(room, "answer lost")));
    // The first two are those of the job that holds the writer: to release its savepoint and to commit.
    wire.lose_answer(3);
    release.send(()).unwrap();
    let mut told = Vec::new();
    for answer in waiting {
        told.push(posted(&answer.await.unwrap()).clone());
    }
    assert!(!wire.will_lose(), "no answer was lost");
    assert!(told.iter().all(|message| message.at == told[0].at), "they were stored by one statement");
    let mut stored = db.reads(move |conn| messages::page(conn, alice, general, PageAt::Newest, 2)).await.messages;
    stored.extend(db.reads(move |conn| messages::page(conn, alice, lobby, PageAt::Newest, 1)).await.messages);
    assert_eq!([&told[0], &told[2], &told[1]], [&stored[0], &stored[1], &stored[2]]);
    let heard = db.hears_entries().into_iter().map(|entry| entry.event);
    assert!(heard.eq(told.into_iter().map(|message| Event::Posted { message })));
}

/// Stands between Snug and Postgres.
struct Wire {
    url: DatabaseUrl,
    lose: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl Wire {
    fn to(url: &DatabaseUrl) -> Self {
        #[derive(QueryableByName)]
        struct Where {
            #[diesel(sql_type = Text)]
            name: String,
            #[diesel(sql_type = Text)]
            role: String,
            #[diesel(sql_type = Text)]
            folders: String,
            #[diesel(sql_type = Text)]
            port: String,
        }
        let DatabaseUrl::Postgres(url) = url else { panic!() };
        let question = "SELECT current_database()::text AS name, current_user::text AS role, \
             current_setting('unix_socket_directories') AS folders, current_setting('port') AS port";
        let Where { name, role, folders, port } =
            diesel::sql_query(question).get_result(&mut PgConnection::establish(url).unwrap()).unwrap();
        let server = format!("{}/.s.PGSQL.{port}", folders.split(',').next().unwrap());
        let folder = TempDir::new().unwrap();
        let entrance = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let url = DatabaseUrl::parse(&format!("postgres:///{name}?host={}&user={role}", folder.path().display())).unwrap();
        let lose = Arc::new(AtomicUsize::new(0));
        let losing = Arc::clone(&lose);
        std::thread::spawn(move || {
            for client in entrance.incoming().map_while(Result::ok) {
                let server = UnixStream::connect(&server).unwrap();
                let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || carry(from_client, to_server, || false));
                let losing = Arc::clone(&losing);
                std::thread::spawn(move || {
                    carry(server, client, move || {
                        losing.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) == Ok(1)
                    })
                });
            }
        });
        Self { url, lose, _folder: folder }
    }

    /// The nth thing from now that Postgres says is not heard any more, and the connection ends.
    fn lose_answer(&self, nth: usize) {
        self.lose.store(nth, Ordering::SeqCst);
    }

    fn will_lose(&self) -> bool {
        self.lose.load(Ordering::SeqCst) > 0
    }
}

/// Until one side ends, or `loses` says so; then both end.
fn carry(mut from: UnixStream, mut to: UnixStream, loses: impl Fn() -> bool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if loses() || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// Until somebody in this database waits for a lock.
fn wait_for_a_lock(db: &Db) {
    let DatabaseUrl::Postgres(url) = &db.url else { panic!() };
    let mut connection = PgConnection::establish(url).unwrap();
    let deadline = Instant::now() + Duration::from_secs(4);
    let question = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while diesel::sql_query(question).execute(&mut connection).unwrap() == 0 {
        assert!(Instant::now() < deadline, "nobody waits");
        connection.batch_execute("SELECT pg_sleep(0.01)").unwrap();
    }
}
