//! Opening a database, and every sentence that refuses one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use snug::domain::Limits;
use snug::store::{DatabaseUrl, SingleServer, Store, StoreError};
use tempfile::TempDir;

use crate::harness::{Db, Home};

fn sqlite(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

/// The one sentence.
fn refusal(url: &DatabaseUrl) -> String {
    match Store::open(url, &Limits::default(), |_| ()) {
        Ok(_) => panic!("it opened"),
        Err(StoreError::Setup(sentence)) => {
            assert!(!sentence.contains('\n') && sentence.ends_with('.'), "one sentence: {sentence:?}");
            sentence
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

both! {
    async fn a_database_of_a_newer_snug_is_refused(db) {
        db.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')");
        let sentence = refusal(&db.url);
        assert!(sentence.contains("newer Snug") && sentence.contains("29991231235959"), "{sentence}");
    }

    async fn opening_again_finds_what_was_stored(db) {
        let alice = db.alice().await;
        let general = db.general(alice).await;
        db.posts(alice, general, "hi").await;
        db.store.close();
        let again = db.another_process();
        let page = again.read(move |conn| snug::store::messages::page(conn, alice, general, snug::store::messages::PageAt::Newest, 5)).await.unwrap();
        assert_eq!(page.messages[0].body, "hi");
    }

    async fn those_that_open_a_new_database_at_once_all_succeed(db) {
        let (home, url) = if db.is_postgres() { Home::postgres() } else { Home::sqlite() };
        open_at_once(&url).await;
        drop(home);
    }
}

/// A server and commands beside it, all at their start.
async fn open_at_once(url: &DatabaseUrl) {
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::task::spawn_blocking(move || Store::open(&url, &Limits::default(), |_| ()).map(|store| store.close()))
        })
        .collect();
    for task in opening {
        task.await.unwrap().unwrap();
    }
}

#[test]
fn the_file_can_be_read_by_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("snug.db");
    let store = Store::open(&DatabaseUrl::Sqlite(path.clone()), &Limits::default(), |_| ()).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&folder.path().join("snug.db-wal")), 0o600);
    store.close();
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("snug.db");
    let text = "this is a letter to my grandmother, and longer than the header of a database would be. ".repeat(10);
    std::fs::write(&path, &text).unwrap();
    assert!(refusal(&DatabaseUrl::Sqlite(path.clone())).contains("is not a SQLite database"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bookmarks.db");
    sqlite(&path).batch_execute("CREATE TABLE bookmarks (id INTEGER)").unwrap();
    assert!(refusal(&DatabaseUrl::Sqlite(path.clone())).contains("another program's database"));
    sqlite(&path).batch_execute("SELECT id FROM bookmarks").unwrap();
    assert!(sqlite(&path).batch_execute("SELECT id FROM rooms").is_err());
}

#[test]
fn a_missing_folder_and_one_that_is_no_folder_are_named() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("nowhere/snug.db");
    assert!(refusal(&DatabaseUrl::Sqlite(missing)).contains("does not exist"));
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert!(refusal(&DatabaseUrl::Sqlite(folder.path().join("file/snug.db"))).contains("cannot write"));
    assert!(refusal(&DatabaseUrl::Sqlite(folder.path().to_owned())).contains("cannot write"));
}

#[test]
fn a_file_that_another_program_holds_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("snug.db");
    Store::open(&DatabaseUrl::Sqlite(path.clone()), &Limits::default(), |_| ()).unwrap().close();
    let mut other = sqlite(&path);
    // The last of the store's readers may still be closing.
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = other.batch_execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE") {
        assert!(Instant::now() < deadline, "{error}");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(refusal(&DatabaseUrl::Sqlite(path)).contains("locked by another program"));
}

#[test]
fn one_server_runs_on_one_file() {
    let folder = TempDir::new().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("snug.db"));
    let first = SingleServer::acquire(&url).unwrap();
    let StoreError::Setup(sentence) = SingleServer::acquire(&url).unwrap_err() else { panic!() };
    assert!(sentence.starts_with("Another Snug is running on"), "{sentence}");
    // The command line does not take it, and writes beside the server.
    Store::open(&url, &Limits::default(), |_| ()).unwrap().close();
    drop(first);
    assert!(SingleServer::acquire(&url).is_ok());
}

/// With tables, and without this version's migrations.
fn leave_as_an_earlier_snug(path: &Path) {
    sqlite(path)
        .batch_execute(
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP); \
             CREATE TABLE earlier (word TEXT); INSERT INTO earlier VALUES ('kept')",
        )
        .unwrap();
}

fn copies(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("before")).count()
}

#[test]
fn a_file_is_copied_before_it_is_migrated() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("snug.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    leave_as_an_earlier_snug(&path);
    let copy = folder.path().join(format!("snug.db.before-{}", env!("CARGO_PKG_VERSION")));
    std::fs::write(&copy, "of an attempt before this one").unwrap();
    Store::open(&url, &Limits::default(), |_| ()).unwrap().close();
    let second = folder.path().join(format!("snug.db.before-{}-2", env!("CARGO_PKG_VERSION")));
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), "of an attempt before this one");
    assert_eq!(mode(&second), 0o600);
    sqlite(&second).batch_execute("UPDATE earlier SET word = 'x' WHERE word = 'kept'").unwrap();
    assert!(sqlite(&second).batch_execute("SELECT id FROM rooms").is_err(), "the copy is from before");
    sqlite(&path).batch_execute("SELECT id FROM rooms").unwrap();
    // Nothing is pending now, and nothing is copied.
    Store::open(&url, &Limits::default(), |_| ()).unwrap().close();
    assert_eq!(copies(folder.path()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_open_an_older_file_at_once_copy_it_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("snug.db");
    leave_as_an_earlier_snug(&path);
    open_at_once(&DatabaseUrl::Sqlite(path)).await;
    assert_eq!(copies(folder.path()), 1);
}

#[test]
fn a_new_file_needs_no_copy() {
    let folder = TempDir::new().unwrap();
    Store::open(&DatabaseUrl::Sqlite(folder.path().join("snug.db")), &Limits::default(), |_| ()).unwrap().close();
    assert_eq!(copies(folder.path()), 0);
}

#[test]
fn a_postgres_that_is_not_there_is_named_without_its_password() {
    let folder = TempDir::new().unwrap();
    let url = DatabaseUrl::parse(&format!("postgres://snug:hunter2@/snug?host={}", folder.path().display())).unwrap();
    let sentence = refusal(&url);
    assert!(sentence.contains("cannot be reached") && !sentence.contains("hunter2"), "{sentence}");
}

#[test]
fn a_postgres_that_would_lose_what_it_acknowledged_is_refused() {
    let db = Db::postgres();
    db.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$");
    assert!(refusal(&db.url).contains("synchronous_commit"));
}
