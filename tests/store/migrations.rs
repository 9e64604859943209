//! The two sets of migrations are twins.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use snug::domain::{Action, Cursor, Seq, Topic};
use snug::store::DatabaseUrl;
use snug::store::events::{self, Replay};

use crate::harness::Db;

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

        let kind = if db.is_postgres() { "postgres" } else { "sqlite" };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind).join("2026-11-26-000003_log");
        db.sql(&std::fs::read_to_string(folder.join("down.sql")).unwrap());
        db.sql("DELETE FROM __diesel_schema_migrations WHERE version = '20261126000003'");
        let again = db.another_process();
        assert_eq!(again.read(whole).await.unwrap(), before);
    }
}
