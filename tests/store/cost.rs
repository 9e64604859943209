//! What a post costs. A change that adds a statement should be made on purpose.

use std::sync::Arc;
use std::time::Instant;

use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;
use parking_lot::Mutex;
use snug::domain::{Action, ClientId, Outcome, UserId, Visibility};
use uuid::Uuid;

use crate::harness::{Db, post, post_as};

/// Lists what the writer's connection is asked from now on.
async fn listen(db: &Db) -> Arc<Mutex<Vec<String>>> {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let listen = move |listener: Arc<Mutex<Vec<String>>>| {
        move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                // The first word will do.
                listener.lock().extend(query.to_string().split([' ', ';']).next().map(str::to_owned));
            }
        }
    };
    db.store
        .write(move |tx| {
            tx.set_instrumentation(listen(Arc::clone(&listener)));
            Ok(())
        })
        .await
        .unwrap();
    heard
}

/// How often each word was heard, in the order of the first time.
fn counted(heard: &Mutex<Vec<String>>) -> Vec<(String, usize)> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for word in std::mem::take(&mut *heard.lock()) {
        match counted.iter_mut().find(|(known, _)| *known == word) {
            Some((_, times)) => *times += 1,
            None => counted.push((word, 1)),
        }
    }
    counted
}

fn times(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected.iter().map(|(word, times)| ((*word).to_owned(), *times)).collect()
}

both! {
    async fn a_lone_post_is_six_statements_on_sqlite_and_one_on_postgres(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let heard = listen(db).await;
        heard.lock().clear();
        db.posts(alice, general, "hi").await;
        // What it is judged by; numbers, message, read position. On Postgres the rest is one, a transaction of its own.
        let first: &[_] = match db.is_postgres() {
            false => &[("BEGIN", 1), ("SELECT", 1), ("UPDATE", 2), ("INSERT", 1), ("COMMIT", 1)],
            true => &[("SELECT", 1), ("WITH", 1)],
        };
        assert_eq!(counted(&heard), times(first));
        // What the next one is judged by is remembered there.
        db.posts(alice, general, "hi again").await;
        let next = if db.is_postgres() { &[("WITH", 1)] } else { first };
        assert_eq!(counted(&heard), times(next));
        // A retry is nothing special: it stores nothing, and nothing is forgotten for it.
        let action = post(general, "once");
        let stored = db.act(alice, action.clone()).await.unwrap();
        assert_eq!(db.act(alice, action).await.unwrap(), stored);
        heard.lock().clear();
        db.posts(alice, general, "hi at last").await;
        assert_eq!(counted(&heard), times(next));
    }

    async fn posts_that_wait_together_are_judged_and_stored_together(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        let (general, lobby) = (db.general(alice).await, db.makes_room(alice, "lobby", Visibility::Private).await);
        db.act(alice, Action::AddMember { room: lobby, user: bob }).await.unwrap();
        let heard = listen(db).await;
        let twenty = async || {
            let release = db.holds_the_writer().await;
            // The rooms and the authors by turns.
            let send = |n: usize| db.sends([alice, bob][n % 2], post([general, lobby][n / 3 % 2], &format!("{n}")));
            let waiting: Vec<_> = (0..20).map(send).collect();
            heard.lock().clear();
            release.send(()).unwrap();
            for answer in waiting {
                answer.await.unwrap().unwrap();
            }
            counted(&heard)
        };
        // On SQLite two rooms are numbered and four read positions moved. On Postgres all of it is one statement, a transaction of its own.
        // RELEASE and the first COMMIT are those of the job that held the writer.
        let first: &[_] = match db.is_postgres() {
            false => &[("RELEASE", 1), ("COMMIT", 2), ("BEGIN", 1), ("SELECT", 20), ("UPDATE", 2 + 4), ("INSERT", 20)],
            true => &[("RELEASE", 1), ("COMMIT", 1), ("SELECT", 1), ("WITH", 1)],
        };
        assert_eq!(twenty().await, times(first));
        // What the next ones are judged by is remembered there.
        let next = if db.is_postgres() { &[("RELEASE", 1), ("COMMIT", 1), ("WITH", 1)] } else { first };
        assert_eq!(twenty().await, times(next));
        // A retry among them makes them go the long way, and nothing is forgotten for it.
        let retry = post(general, "once");
        let stored = db.act(alice, retry.clone()).await.unwrap();
        let release = db.holds_the_writer().await;
        let waiting = [retry, post(general, "new")].map(|action| db.sends(alice, action));
        heard.lock().clear();
        release.send(()).unwrap();
        let [again, new] = waiting;
        assert_eq!(again.await.unwrap().unwrap(), stored);
        new.await.unwrap().unwrap();
        if db.is_postgres() {
            let long = [("RELEASE", 1), ("COMMIT", 2), ("WITH", 2), ("BEGIN", 1), ("SELECT", 2)];
            assert_eq!(counted(&heard), times(&long));
        }
        assert_eq!(twenty().await, times(next));
    }

    async fn a_burst_of_posts_shares_few_transactions(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let posts = 500;
        let begun = Instant::now();
        let waiting: Vec<_> = (0..posts).map(|n| db.sends(alice, post(general, &format!("{n}: as long as people write in a chat")))).collect();
        for (n, answer) in waiting.into_iter().enumerate() {
            let Outcome::Posted { message, .. } = answer.await.unwrap().unwrap() else { panic!() };
            assert_eq!(message.number.0, n as i64 + 1);
        }
        println!("{:?} for each of {posts} posts", begun.elapsed() / posts);
        let transactions = db.batches().len();
        assert!(transactions < 50, "{posts} posts in {transactions} transactions");
    }
}

/// Each author's ids in a range of their own would be a page for each post.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_whose_ids_begin_with_the_time_write_fewer_pages() {
    let db = Db::sqlite();
    let alice = db.alice().await;
    let general = db.general(alice).await;
    let mut authors = Vec::new();
    for n in 0..30 {
        authors.push(db.signs_up(&format!("author{n}")).await);
    }
    // A place in which much has been said.
    db.sql(
        "WITH RECURSIVE said (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM said WHERE n < 3000) \
         INSERT INTO messages (room_id, number, seq, tag, at, author_id, client_id, body, html, renderer) \
         SELECT m.room_id, r.last_number + n, r.last_seq + n, 1, 1, m.user_id, randomblob(16), 'said', '<p>said</p>', 1 \
         FROM said JOIN rooms r ON r.is_default JOIN memberships m ON m.room_id = r.id \
         WHERE m.user_id = (SELECT max(id) FROM users) - n % 30; \
         UPDATE rooms SET last_seq = last_seq + 3000, last_number = last_number + 3000, last_tag = 1 WHERE is_default",
    );
    let log = || std::fs::metadata(db.sqlite_log()).unwrap().len();
    let pages_of_a_batch = async |id: fn(u64) -> Uuid| {
        let release = db.holds_the_writer().await;
        let say = |(n, author): (u64, &UserId)| db.sends(*author, post_as(ClientId::from_uuid(id(n)), general, "hi"));
        let waiting: Vec<_> = (0..).zip(&authors).map(say).collect();
        let before = log();
        release.send(()).unwrap();
        for answer in waiting {
            answer.await.unwrap().unwrap();
        }
        (log() - before) / 4_120
    };
    let random = pages_of_a_batch(|_| Uuid::new_v4()).await;
    let by_time = pages_of_a_batch(|n| Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0000 + (u128::from(n) << 80))).await;
    assert!(by_time + 10 < random, "{by_time} pages, {random} where ids are random");
}
