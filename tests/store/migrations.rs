//! The two sets of migrations are twins.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use snug::domain::{Action, Cursor, PlaceRole, Seq, Topic, Visibility};
use snug::store::events::{self, Replay};
use snug::store::{DatabaseUrl, actions, users};

use crate::harness::{Db, in_person, post};

fn names(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[derive(QueryableByName, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    tab: String,
    #[diesel(sql_type = Text)]
    col: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
}

#[test]
fn they_have_the_same_names() {
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn they_make_the_same_tables_and_columns() {
    let (sqlite, postgres) = (Db::sqlite(), Db::postgres());
    let DatabaseUrl::Sqlite(path) = &sqlite.url else { panic!() };
    let mut here: Vec<Column> = diesel::sql_query(
        "SELECT t.name AS tab, c.name AS col, \
                CASE lower(c.type) WHEN 'integer' THEN CASE c.pk WHEN 0 THEN 'integer' ELSE 'bigint' END WHEN 'blob' THEN 'bytea' ELSE lower(c.type) END AS kind, \
                c.\"notnull\" AS required \
         FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'",
    )
    .load(&mut diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap())
    .unwrap();
    let DatabaseUrl::Postgres(url) = &postgres.url else { panic!() };
    let mut there: Vec<Column> = diesel::sql_query(
        "SELECT table_name::text AS tab, column_name::text AS col, data_type::text AS kind, is_nullable = 'NO' AS required \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    )
    .load(&mut PgConnection::establish(url).unwrap())
    .unwrap();
    here.sort();
    there.sort();
    assert!(here.len() > 50);
    assert_eq!(here, there);
}

both! {
    async fn a_log_in_which_posts_stood_twice_reads_the_same_after_the_upgrade(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        for n in 0..5 {
            db.posts(alice, general, &format!("{n}")).await;
            db.act(alice, Action::SetTopic { room: general, topic: Topic::parse(&format!("topic {n}")).unwrap() }).await.unwrap();
        }
        let whole = move |conn: &mut _| events::page(conn, alice, general, Cursor::default(), Seq(i64::MAX), 1_000);
        let before = db.reads(whole).await;
        let Replay::Entries(entries, _) = &before else { panic!("{before:?}") };
        assert!(entries.len() > 10);
        db.store.close();

        takes_back(db, &["2026-11-27-000004_client_ids", "2026-11-26-000003_log"]);
        let again = db.another_process();
        assert_eq!(again.read(whole).await.unwrap(), before);
    }

    async fn who_spoke_and_left_before_the_upgrade_is_still_known(db) {
        let alice = db.alice().await;
        let (bob, carol, erin) = (db.signs_up("bob").await, db.signs_up("carol").await, db.signs_up("erin").await);
        let guest = db.joins_as("gina", PlaceRole::Guest).await.id;
        let shared = db.makes_room(alice, "shared", Visibility::Private).await;
        for user in [bob, carol, erin, guest] {
            db.act(alice, Action::AddMember { room: shared, user }).await.unwrap();
        }
        let action = post(shared, "I am here");
        let first = db.act(bob, action.clone()).await.unwrap();
        db.posts(carol, shared, "and I was").await;
        for user in [carol, erin] {
            db.act(user, Action::LeaveRoom { room: shared }).await.unwrap();
        }
        db.store.close();
        takes_back(db, &["2026-11-27-000004_client_ids"]);

        let again = db.another_process();
        let leave = Action::LeaveRoom { room: shared };
        let retried = again.write(move |tx| actions::run(tx, &in_person(bob), &action)).await.unwrap();
        assert_eq!(retried, first, "a retry is told from a new post across the upgrade");
        again.write(move |tx| actions::run(tx, &in_person(bob), &leave)).await.unwrap();
        assert_eq!(db.messages_of_forgotten_authors(), 0);
        for (who, known) in [(bob, true), (carol, true), (erin, false)] {
            assert_eq!(again.read(move |conn| users::meets(conn, guest, who)).await.unwrap(), known, "{who}");
        }
    }
}

/// Makes the database one of an older Snug.
fn takes_back(db: &Db, migrations: &[&str]) {
    let kind = if db.is_postgres() { "postgres" } else { "sqlite" };
    for name in migrations {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind).join(name);
        db.sql(&std::fs::read_to_string(folder.join("down.sql")).unwrap());
        let version: String = name.chars().filter(char::is_ascii_digit).collect();
        db.sql(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'"));
    }
}

#[test]
fn on_postgres_no_account_and_no_room_is_ever_deleted() {
    let postgres = Db::postgres();
    let DatabaseUrl::Postgres(url) = &postgres.url else { panic!() };
    let mut connection = PgConnection::establish(url).unwrap();
    for statement in
        ["DELETE FROM users WHERE id = 1", "TRUNCATE users CASCADE", "DELETE FROM rooms WHERE id = 1", "TRUNCATE rooms CASCADE"]
    {
        let error = diesel::sql_query(statement).execute(&mut connection).unwrap_err().to_string();
        assert!(error.contains("are never deleted: messages name them"), "{statement}: {error}");
    }
}
