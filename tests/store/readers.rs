//! The read connections: what is read is one moment's truth, nobody waits for ever, and who is calling waits for nobody's export.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use futures_util::FutureExt;
use snug::domain::{Number, Refusal};
use snug::store::{Connection, StoreError, Trouble};
use tokio::task::JoinHandle;

use crate::harness::{Db, in_person, post};

/// Keeps every thread of the prompt reader busy, so that what is asked now waits together. Until the sender is dropped. Each connection is
/// prepared for that first.
pub fn holds_the_prompt_readers(
    db: &Db,
    prepare: impl Fn(&mut Connection) + Clone + Send + 'static,
) -> (mpsc::Sender<()>, Vec<JoinHandle<Result<(), StoreError>>>) {
    let (release, held) = mpsc::channel::<()>();
    let held = Arc::new(parking_lot::Mutex::new(held));
    let (begins, began) = mpsc::channel();
    let hold = |_| {
        let (store, held, begins, prepare) = (db.store.clone(), Arc::clone(&held), begins.clone(), prepare.clone());
        let wait = move |conn: &mut Connection| {
            prepare(conn);
            begins.send(()).unwrap();
            let _ = held.lock().recv_timeout(Duration::from_secs(20));
            Ok(())
        };
        let holding = tokio::spawn(async move { store.read_promptly(wait).await });
        // One after the other, or one thread would take two of them.
        began.recv_timeout(Duration::from_secs(10)).unwrap();
        holding
    };
    let threads = if db.is_postgres() { 4 } else { 1 };
    (release, (0..threads).map(hold).collect())
}

both! {
    async fn a_read_cannot_write(db) {
        let alice = db.alice().await;
        let rename = |conn: &mut Connection| Ok(conn.batch_execute("UPDATE users SET display_name = 'x'")?);
        for error in [db.store.read(rename).await, db.store.read_one(rename).await, db.store.read_promptly(rename).await] {
            assert!(matches!(&error, Err(StoreError::NotStored(cause)) if cause.trouble == Trouble::ReadOnly), "{error:?}");
        }
        assert_eq!(db.reads(move |conn| snug::store::users::find(conn, alice)).await.unwrap().display_name.as_str(), "alice");
    }

    async fn a_read_sees_one_moment(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        let (store, here) = (db.store.clone(), tokio::runtime::Handle::current());
        let seen = db.reads(move |conn| {
            let first = snug::store::rooms::membership(conn, alice, general)?;
            here.block_on(store.write(move |tx| snug::store::actions::run(tx, &in_person(alice), &post(general, "meanwhile"))))?;
            Ok((first, snug::store::rooms::membership(conn, alice, general)?))
        }).await;
        assert_eq!(seen.0, seen.1);
        assert_eq!(db.room(alice, general).await.room.last_number, Number(1), "it was there all the same");
    }

    async fn a_read_that_finds_no_connection_free_says_so_in_time(db) {
        let alice = db.alice().await;
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(parking_lot::Mutex::new(held));
        let slow: Vec<_> = (0..8)
            .map(|_| {
                let (store, held) = (db.store.clone(), Arc::clone(&held));
                tokio::spawn(async move {
                    store.read(move |_| { let _ = held.lock().recv_timeout(Duration::from_secs(20)); Ok(()) }).await
                })
            })
            .collect();
        // Until the slow ones have taken all connections, reads find one.
        let first = Instant::now();
        let (error, after) = loop {
            let begun = Instant::now();
            if let Err(error) = db.store.read(|_| Ok(())).await {
                break (error, begun.elapsed());
            }
            assert!(first.elapsed() < Duration::from_secs(15), "no read was refused");
        };
        assert_eq!(error, StoreError::Busy);
        assert!(after < Duration::from_secs(4));
        let prompt = db.store.read_promptly(move |conn| snug::store::users::find(conn, alice)).await;
        assert_eq!(prompt.unwrap().unwrap().id, alice, "who is calling is known meanwhile");
        drop(release);
        for task in slow {
            let _ = task.await.unwrap();
        }
        assert!(db.store.read(|_| Ok(())).await.is_ok(), "and then they are free again");
    }

    async fn prompt_reads_that_come_together_harm_each_other_in_nothing(db) {
        let alice = db.alice().await;
        let (release, holding) = holds_the_prompt_readers(db, |_| {});
        let ask = |n: u8| {
            let store = db.store.clone();
            async move {
                store.read_promptly(move |conn| match n {
                    3 => Ok(conn.batch_execute("SELECT nonsense").map(|()| n)?),
                    5 => panic!("a fault on purpose"),
                    7 => Err(Refusal::not_found().into()),
                    _ => snug::store::users::find(conn, alice).map(|_| n),
                }).await
            }
        };
        let mut answers = Box::pin(futures_util::future::join_all((0..40).map(ask)));
        assert!((&mut answers).now_or_never().is_none(), "all are asked, and wait together");
        drop(release);
        for (n, answer) in (0..).zip(answers.await) {
            match n {
                3 | 5 => assert!(matches!(answer, Err(StoreError::Broken(_))), "{answer:?}"),
                7 => assert_eq!(answer, Err(StoreError::Refused(Refusal::not_found()))),
                n => assert_eq!(answer, Ok(n)),
            }
        }
        for held in holding {
            held.await.unwrap().unwrap();
        }
    }

    async fn a_prompt_read_sees_what_was_stored_before_it_was_asked(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        for n in 1..=20 {
            db.posts(alice, general, &format!("{n}")).await;
            let seen = futures_util::future::join_all((0..8).map(|_| {
                db.store.read_promptly(move |conn| Ok(snug::store::rooms::membership(conn, alice, general)?.room.last_number))
            }))
            .await;
            assert!(seen.into_iter().all(|seen| seen == Ok(Number(n))), "{n}");
        }
    }

    async fn more_prompt_reads_than_may_wait_are_refused_at_once(db) {
        let (release, holding) = holds_the_prompt_readers(db, |_| {});
        let ask = || Box::pin(db.store.read_promptly(|_| Ok(())));
        let mut waiting: Vec<_> = (0..16_384).map(|_| ask()).collect();
        assert!(waiting.iter_mut().all(|asked| asked.now_or_never().is_none()));
        assert_eq!(ask().now_or_never(), Some(Err(StoreError::Busy)));
        drop(waiting);
        let mut asked = ask();
        assert!((&mut asked).now_or_never().is_none(), "who has gone away makes room");
        drop(release);
        assert_eq!(asked.await, Ok(()));
        for held in holding {
            held.await.unwrap().unwrap();
        }
    }

    async fn a_prompt_read_that_gets_no_answer_says_so_in_time_and_is_not_run_later(db) {
        let (release, holding) = holds_the_prompt_readers(db, |_| {});
        let runs = Arc::new(AtomicUsize::new(0));
        let run = || {
            let runs = Arc::clone(&runs);
            db.store.read_promptly(move |_| Ok(runs.fetch_add(1, Ordering::Relaxed)))
        };
        let asked = Instant::now();
        assert_eq!(run().await, Err(StoreError::Busy));
        assert!(asked.elapsed() < Duration::from_secs(4));
        for held in holding {
            assert_eq!(held.await.unwrap(), Err(StoreError::Busy), "nor is one waited for that has begun");
        }
        drop(release);
        assert_eq!(run().await, Ok(0), "nobody waited for the first any more");
    }
}
