//! One thread, one queue, many jobs in one transaction; and what happens when one of them goes wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, RunQueryDsl};
use snug::domain::{Code, Limits, Number, Outcome, Refusal};
use snug::store::{Append, Connection, DatabaseUrl, StoreError, Ticket};

use crate::harness::{Db, Home, in_person, post};

fn message_number(answer: Result<Outcome, Refusal>) -> i64 {
    match answer {
        Ok(Outcome::Posted { message, .. }) => message.number.0,
        other => panic!("{other:?}"),
    }
}

both! {
    async fn what_waits_together_shares_one_transaction_and_is_told_in_order(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let release = db.holds_the_writer().await;
        let waiting: Vec<_> = (0..20).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        db.hears();
        db.batches();
        release.send(()).unwrap();
        for (n, answer) in waiting.into_iter().enumerate() {
            assert_eq!(message_number(answer.await.unwrap()), n as i64 + 1);
        }
        assert_eq!(db.batches(), [20]);
        let seqs: Vec<i64> = db.hears_entries().iter().map(|entry| entry.seq.0).collect();
        assert!(seqs.is_sorted());
    }

    async fn a_full_queue_refuses_at_once_and_loses_nothing_it_took(db) {
        let home = if db.is_postgres() { Home::postgres() } else { Home::sqlite() };
        let db = Db::with_limits(home, &Limits { backlog: 3, ..Limits::default() });
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let release = db.holds_the_writer().await;
        let waiting: Vec<_> = (0..3).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        let begun = Instant::now();
        let surplus = Append { by: in_person(alice), action: post(general, "one too many"), ticket: Ticket(99) };
        assert_eq!(db.store.submit(surplus), Err(StoreError::Busy));
        assert_eq!(db.store.write(|_| Ok(())).await, Err(StoreError::Busy));
        assert!(begun.elapsed() < Duration::from_secs(1));
        let refusal = Refusal::from(StoreError::Busy);
        assert!(refusal.code == Code::Busy && refusal.retry_after_ms.is_some());
        release.send(()).unwrap();
        for answer in waiting {
            message_number(answer.await.unwrap());
        }
        assert_eq!(db.room(alice, general).await.room.last_number, Number(3));
    }

    async fn a_job_that_fails_harms_nobody_beside_it(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let release = db.holds_the_writer().await;
        let before = db.sends(alice, post(general, "before"));
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let store = db.store.clone();
        let bad = tokio::spawn(async move {
            store
                .write(move |tx| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    // What it did before it failed must go too.
                    snug::store::actions::run(tx, &in_person(alice), &post(general, "never"))?;
                    Ok(tx.batch_execute("SELECT nonsense FROM nowhere")?)
                })
                .await
        });
        // The bad one is in the queue once this one, sent after it, is.
        tokio::task::yield_now().await;
        let after = db.sends(alice, post(general, "after"));
        release.send(()).unwrap();
        assert_eq!(message_number(before.await.unwrap()), 1);
        assert_eq!(message_number(after.await.unwrap()), 2);
        assert!(matches!(bad.await.unwrap(), Err(StoreError::Broken(_))));
        assert!(runs.load(Ordering::Relaxed) >= 2, "it was run again alone");
        assert_eq!(db.room(alice, general).await.room.last_number, Number(2));
    }

    async fn a_post_that_the_database_refuses_harms_no_post_beside_it(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.sql(match db.is_postgres() {
            false => {
                "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.body = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            }
            true => {
                "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$; \
                 CREATE TRIGGER poison BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.body = 'poison') EXECUTE FUNCTION poison()"
            }
        });
        let release = db.holds_the_writer().await;
        let before: Vec<_> = (0..3).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        let bad = db.sends(alice, post(general, "poison"));
        let after: Vec<_> = (3..6).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        db.batches();
        release.send(()).unwrap();
        for (n, answer) in before.into_iter().chain(after).enumerate() {
            assert_eq!(message_number(answer.await.unwrap()), n as i64 + 1);
        }
        assert_eq!(bad.await.unwrap().unwrap_err().code, Code::Internal);
        assert_eq!(db.room(alice, general).await.room.last_number, Number(6));
        assert_eq!(db.batches(), [6, 1], "the others still share one transaction");
    }

    async fn a_refused_commit_is_run_again_one_by_one(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.sql("CREATE TABLE poison (id BIGINT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)");
        let release = db.holds_the_writer().await;
        let good: Vec<_> = (0..5).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        let store = db.store.clone();
        let bad = tokio::spawn(async move { store.write(|tx| Ok(tx.batch_execute("INSERT INTO poison VALUES (999999)")?)).await });
        tokio::task::yield_now().await;
        let last = db.sends(alice, post(general, "last"));
        release.send(()).unwrap();
        for (n, answer) in good.into_iter().enumerate() {
            assert_eq!(message_number(answer.await.unwrap()), n as i64 + 1);
        }
        assert_eq!(message_number(last.await.unwrap()), 6);
        assert!(bad.await.unwrap().is_err());
        assert_eq!(db.room(alice, general).await.room.last_number, Number(6));
    }

    async fn closing_commits_what_waits_and_takes_no_more(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let release = db.holds_the_writer().await;
        let waiting: Vec<_> = (0..5).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        let store = db.store.clone();
        let closing = tokio::task::spawn_blocking(move || store.close());
        release.send(()).unwrap();
        closing.await.unwrap();
        for mut answer in waiting {
            message_number(answer.try_recv().expect("answered before close() returned"));
        }
        let late = Append { by: in_person(alice), action: post(general, "late"), ticket: Ticket(99) };
        assert!(matches!(db.store.submit(late), Err(StoreError::Unavailable(_))));
        assert!(!db.store.writer_alive().await);
        assert_eq!(db.room(alice, general).await.room.last_number, Number(5), "reads go on");
    }

    async fn the_writer_answers_when_asked_whether_it_is_alive(db) {
        assert!(db.store.writer_alive().await);
        let release = db.holds_the_writer().await;
        assert!(!db.store.writer_alive().await, "within two seconds it did not");
        release.send(()).unwrap();
    }
}

/// What each database does when the disk, another program or the network comes in between.
mod on_sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_stores_nothing_and_says_so_until_there_is_room() {
        let db = Db::sqlite();
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.store.write(|tx| Ok(tx.batch_execute("PRAGMA max_page_count = 1")?)).await.unwrap();
        let big = "x".repeat(7_000);
        let mut refusal = None;
        let mut stored = 0;
        for _ in 0..50 {
            match db.act(alice, post(general, &big)).await {
                Ok(_) => stored += 1,
                Err(error) => {
                    refusal = Some(error);
                    break;
                }
            }
        }
        let refusal = refusal.expect("the disk was full");
        assert_eq!((refusal.code, refusal.retry_after_ms), (Code::NotStored, Some(30_000)));
        assert_eq!(db.room(alice, general).await.room.last_number, Number(stored));
        db.store.write(|tx| Ok(tx.batch_execute("PRAGMA max_page_count = 1000000")?)).await.unwrap();
        assert_eq!(db.posts(alice, general, &big).await.number, Number(stored + 1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_program_that_holds_the_file_makes_it_not_stored() {
        use diesel::Connection as _;
        let db = Db::sqlite();
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let snug::store::DatabaseUrl::Sqlite(path) = &db.url else { panic!() };
        let mut other = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let refusal = db.act(alice, post(general, "hi")).await.unwrap_err();
        assert_eq!((refusal.code, refusal.retry_after_ms.is_some()), (Code::NotStored, true));
        assert!(db.store.read(|_| Ok(())).await.is_ok(), "who reads does not wait");
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(db.posts(alice, general, "hi").await.number, Number(1));
    }

    /// The test runs itself again as another process, and there the writer panics.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_of_the_writer_ends_the_process() {
        const CHILD: &str = "SNUG_TEST_PANICKING_CHILD";
        if std::env::var_os(CHILD).is_some() {
            let db = Db::sqlite();
            // Its caller may hear of it a moment before the process is gone.
            let _ = db.store.write(|_| -> Result<(), StoreError> { panic!("as the test wants") }).await;
            tokio::time::sleep(std::time::Duration::from_secs(30)).await;
            std::process::exit(0);
        }
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "writer::on_sqlite::a_panic_of_the_writer_ends_the_process", "--nocapture"]).env(CHILD, "1");
        let output = child.output().unwrap();
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(output.status.signal(), Some(6), "SIGABRT: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("as the test wants"));
    }
}

mod on_postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_that_is_lost_before_commit_is_replaced_and_everything_runs_again() {
        let db = Db::postgres();
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let release = db.holds_the_writer().await;
        let waiting: Vec<_> = (0..5).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        // The job that holds the writer is run again too, and must not wait again.
        drop(release);
        for (n, answer) in waiting.into_iter().enumerate() {
            assert_eq!(message_number(answer.await.unwrap()), n as i64 + 1);
        }
        assert_eq!(db.room(alice, general).await.room.last_number, Number(5), "the readers have recovered too");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn where_the_database_cannot_be_reached_everyone_is_told_and_later_it_goes_on() {
        let db = Db::postgres();
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let release = db.holds_the_writer().await;
        let waiting: Vec<_> = (0..50).map(|n| db.sends(alice, post(general, &format!("{n}")))).collect();
        db.allows_connections(false);
        release.send(()).unwrap();
        for answer in waiting {
            let refusal = answer.await.unwrap().unwrap_err();
            assert_eq!((refusal.code, refusal.retry_after_ms.is_some()), (Code::Unavailable, true));
        }
        assert!(!db.store.writer_alive().await);
        assert!(matches!(db.store.read(|_| Ok(())).await, Err(StoreError::Unavailable(_))));
        db.allows_connections(true);
        assert_eq!(db.posts(alice, general, "back").await.number, Number(1));
        assert_eq!(db.room(alice, general).await.room.last_number, Number(1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn where_the_answer_of_commit_is_lost_the_database_is_asked_and_a_retry_stores_once() {
        let db = Db::postgres();
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.sql(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()",
        );
        let action = post(general, "hi");
        // It was not stored, as the next connection finds out, and so that is the answer.
        let refusal = db.act(alice, action.clone()).await.unwrap_err();
        assert_eq!((refusal.code, refusal.retry_after_ms.is_some()), (Code::Unavailable, true));
        assert_eq!(db.room(alice, general).await.room.last_number, Number(0));
        db.sql("DROP TRIGGER cut ON messages");
        message_number(db.act(alice, action).await);
        assert_eq!(db.room(alice, general).await.room.last_number, Number(1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_room_that_another_program_holds_for_too_long_is_answered_for_and_the_connection_goes_on() {
        let db = Db::postgres();
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.store.write(|tx| Ok(tx.batch_execute("SET lock_timeout = '100ms'")?)).await.unwrap();
        let DatabaseUrl::Postgres(url) = &db.url else { panic!() };
        let mut other = PgConnection::establish(url).unwrap();
        other.batch_execute("BEGIN; SELECT FROM rooms FOR UPDATE").unwrap();
        let refusal = db.act(alice, post(general, "too early")).await.unwrap_err();
        assert!(
            matches!(refusal.code, Code::NotStored | Code::Unavailable | Code::Busy) && refusal.retry_after_ms.is_some(),
            "{refusal:?}"
        );
        db.sql("CREATE TABLE elsewhere ()");
        db.store.write(|tx| Ok(tx.batch_execute("DROP TABLE elsewhere")?)).await.unwrap();
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(db.posts(alice, general, "now").await.number, Number(1));
        let patience = db.store.write(|tx| {
            #[derive(diesel::QueryableByName)]
            struct Setting {
                #[diesel(sql_type = diesel::sql_types::Text)]
                lock_timeout: String,
            }
            let Connection::Postgres(postgres) = &mut **tx else { panic!() };
            let setting: Setting = diesel::sql_query("SHOW lock_timeout").get_result(postgres)?;
            Ok(setting.lock_timeout)
        });
        assert_eq!(patience.await.unwrap(), "100ms", "it is the same connection");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_nodes_that_lock_crosswise_both_get_through() {
        let db = Db::postgres();
        let alice = db.alice().await;
        let (one, two) = (
            db.makes_room(alice, "one", snug::domain::Visibility::Private).await,
            db.makes_room(alice, "two", snug::domain::Visibility::Private).await,
        );
        let other = db.another_process();
        let barrier = Arc::new(std::sync::Barrier::new(2));
        let crosswise = |store: snug::store::Store, first, second, barrier: Arc<std::sync::Barrier>| {
            let met = AtomicUsize::new(0);
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        snug::store::actions::run(tx, &in_person(alice), &post(first, "a"))?;
                        if met.fetch_add(1, Ordering::Relaxed) == 0 {
                            barrier.wait();
                        }
                        snug::store::actions::run(tx, &in_person(alice), &post(second, "b"))
                    })
                    .await
            })
        };
        let here = crosswise(db.store.clone(), one, two, Arc::clone(&barrier));
        let there = crosswise(other.clone(), two, one, barrier);
        assert!(here.await.unwrap().is_ok() && there.await.unwrap().is_ok());
        for room in [one, two] {
            assert_eq!(db.room(alice, room).await.room.last_number, Number(2));
        }
    }
}
