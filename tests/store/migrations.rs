//! The two sets of migrations are twins.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use snug::store::DatabaseUrl;

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
