//! Who is calling: each of those who come together is told of themselves, at the price of one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;
use futures_util::FutureExt;
use futures_util::future::join_all;
use parking_lot::Mutex;
use snug::domain::{Action, DirectPeers, LoginSessionId, Timestamp, UserId, Visibility};
use snug::store::callers::{Asked, Caller};
use snug::store::login_sessions::{self, NewLogin};
use snug::store::{Connection, rooms, users};

use crate::harness::Db;
use crate::readers::holds_the_prompt_readers;

/// Signs somebody in on a device whose cookie is this one.
async fn signs_in(db: &Db, user: UserId, cookie: u8) -> LoginSessionId {
    let expires_at = Timestamp::now().after(Duration::from_secs(3_600 + u64::from(cookie)));
    let new = NewLogin { user, address: String::new(), agent: String::new(), expires_at };
    let signing_in = db.store.write(move |tx| {
        let login = login_sessions::create(tx, &new)?;
        assert!(login_sessions::bind(tx, login, [cookie; 32])?);
        Ok(login)
    });
    signing_in.await.unwrap()
}

fn asked(cookie: u8, rooms: bool) -> Asked {
    Asked { handle_hash: [cookie; 32], rooms }
}

/// What all of these are told who ask at once.
async fn told(db: &Db, asked: &[Asked], prepare: impl Fn(&mut Connection) + Clone + Send + 'static) -> Vec<Option<Caller>> {
    let (release, holding) = holds_the_prompt_readers(db, prepare);
    let mut answers = Box::pin(join_all(asked.iter().map(|asked| db.store.caller(*asked))));
    assert!((&mut answers).now_or_never().is_none(), "all have asked, and wait together");
    drop(release);
    let told = answers.await.into_iter().map(Result::unwrap).collect();
    for held in holding {
        held.await.unwrap().unwrap();
    }
    told
}

both! {
    async fn each_of_those_who_come_together_is_told_of_themselves(db) {
        let (alice, bob, carol, dora) = (db.alice().await, db.signs_up("bob").await, db.signs_up("carol").await, db.signs_up("dora").await);
        let mut logins = HashMap::new();
        for (user, cookie) in [(alice, 1), (alice, 2), (bob, 3), (carol, 4), (carol, 5), (carol, 6), (dora, 7)] {
            logins.insert(cookie, signs_in(db, user, cookie).await);
        }
        for name in ["harbour", "attic"] {
            let room = db.makes_room(bob, name, Visibility::Private).await;
            db.posts(bob, room, "first").await;
        }
        // Everybody must have a second factor; one of them has one, and one has not confirmed hers.
        db.sql("UPDATE place SET second_factor = 'everyone'");
        for (user, confirmed_at) in [(bob, "1"), (carol, "NULL")] {
            let values = format!("{user}, {}, 1, {confirmed_at}, 0", if db.is_postgres() { "'\\x00'" } else { "x'00'" });
            db.sql(&format!("INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at, last_step) VALUES ({values})"));
        }
        db.sql(&format!("UPDATE login_sessions SET expires_at = 1 WHERE id = {}", logins.remove(&5).unwrap()));
        db.sql(&format!("UPDATE login_sessions SET revoked_at = 1 WHERE id = {}", logins.remove(&6).unwrap()));
        db.sql(&format!("UPDATE users SET deactivated_at = 1 WHERE id = {dora}"));
        logins.remove(&7);

        let cookies = [1, 9, 3, 5, 2, 4, 3, 6, 1, 3, 7, 2, 5, 9, 4, 7, 6];
        let all: Vec<_> = (0..).zip(cookies).map(|(n, cookie)| asked(cookie, n < 12)).collect();
        for (nth, (asked, told)) in all.iter().zip(told(db, &all, |_| {}).await).enumerate() {
            let Some(login) = logins.get(&asked.handle_hash[0]).copied() else {
                assert_eq!(told, None, "{nth}");
                continue;
            };
            let told = told.unwrap();
            assert_eq!(Some(&told.login), db.reads(move |conn| login_sessions::by_id(conn, login)).await.as_ref(), "{nth}");
            let user = told.login.user.id;
            assert_eq!(told.login.second_factor_missing, user != bob, "{nth}");
            let expected = db.reads(move |conn| rooms::and_place(conn, user)).await;
            assert_eq!(told.rooms, asked.rooms.then_some(expected), "{nth}");
        }
    }

    async fn somebody_who_cannot_be_read_is_nobody_elses_trouble(db) {
        let (alice, bob) = (db.alice().await, db.signs_up("bob").await);
        signs_in(db, alice, 1).await;
        signs_in(db, bob, 2).await;
        let carol = db.signs_up("carol").await;
        db.act(bob, Action::OpenDirect { peers: DirectPeers::parse(bob, &[carol]).unwrap() }).await.unwrap();
        db.sql("UPDATE rooms SET direct_key = 'nonsense' WHERE kind = 'direct'");
        let (release, holding) = holds_the_prompt_readers(db, |_| {});
        let mut answers = Box::pin(join_all([2, 1].map(|cookie| db.store.caller(asked(cookie, true)))));
        assert!((&mut answers).now_or_never().is_none());
        drop(release);
        let answers = answers.await;
        assert!(answers[0].is_err(), "{answers:?}");
        assert_eq!(answers[1].as_ref().unwrap().as_ref().unwrap().login.user.id, alice);
        assert_eq!(db.store.caller(asked(2, false)).await.unwrap().unwrap().login.user.id, bob, "who he is can be read");
        for held in holding {
            held.await.unwrap().unwrap();
        }
    }

    async fn all_who_come_together_are_one_statement_on_postgres_and_one_snapshot_on_sqlite(db) {
        let alice = db.alice().await;
        signs_in(db, alice, 1).await;
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let listener = Arc::clone(&heard);
        let listen = move |conn: &mut Connection| {
            let listener = Arc::clone(&listener);
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    listener.lock().push(query.to_string());
                }
            });
        };
        let told = told(db, &[asked(1, true); 30], listen).await;
        assert!(told.iter().all(|caller| caller.as_ref().is_some_and(|caller| caller.login.user.id == alice)));
        let heard = || std::mem::take(&mut *heard.lock()).into_iter().filter(|text| text != "ROLLBACK").collect::<Vec<_>>();
        let together = heard();
        // On SQLite a snapshot, and for each two statements that go nowhere.
        assert_eq!(together.len(), if db.is_postgres() { 1 } else { 1 + 30 * 2 }, "{together:#?}");
        for _ in 0..4 {
            db.store.caller(asked(1, true)).await.unwrap();
            let alone = heard();
            assert_eq!(alone.len(), if db.is_postgres() { 1 } else { 1 + 2 }, "{alone:#?}");
        }
    }

    async fn that_the_connections_have_died_is_noticed_by_nobody(db) {
        let alice = db.alice().await;
        signs_in(db, alice, 1).await;
        let me = move |conn: &mut Connection| Ok(users::find(conn, alice)?.map(|user| user.id));
        let ask = || async {
            let caller = async { Ok(db.store.caller(asked(1, true)).await?.map(|caller| caller.login.user.id)) };
            tokio::join!(caller, db.store.read_promptly(me), db.store.read_one(me), db.store.read(me))
        };
        for _ in 0..3 {
            // So that each thread has one.
            let (release, holding) = holds_the_prompt_readers(db, |_| {});
            drop(release);
            for held in holding {
                held.await.unwrap().unwrap();
            }
            if db.is_postgres() {
                db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            }
            for answer in join_all((0..12).map(|_| ask())).await {
                let alice = || Ok(Some(alice));
                assert_eq!(answer, (alice(), alice(), alice(), alice()));
            }
        }
    }
}
