//! A database that was copied back: what clients hold is of another history, and they are told so.

use std::fs::DirEntry;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;

use super::app::App;
use super::database::Database;
use super::person::room;

const FILES: [&str; 2] = ["snug.db", "snug.db-wal"];

/// The server has stopped; its last connections may still be on their way out.
fn ask(server: &str, sql: &str) {
    let begun = Instant::now();
    while let Err(error) = PgConnection::establish(server).unwrap().batch_execute(sql) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{sql}: {error}");
    }
}

/// Ends it, and waits until it has let go of its file: the last connection takes the log with it, also one that was put there meanwhile.
async fn stops(app: App, folder: &Path) {
    app.stop().await;
    let begun = Instant::now();
    let file = folder.canonicalize().unwrap().join("snug.db");
    let opens_it = |open: std::io::Result<DirEntry>| open.and_then(|open| std::fs::read_link(open.path())).is_ok_and(|path| path == file);
    while std::fs::read_dir("/proc/self/fd").unwrap().any(opens_it) {
        assert!(begun.elapsed() < Duration::from_secs(10), "still open");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_copied(database: &Database, folder: &Path) {
    match database {
        Database::Sqlite => {
            std::fs::create_dir(folder.join("copy")).unwrap();
            for file in FILES.iter().filter(|file| folder.join(file).exists()) {
                std::fs::copy(folder.join(file), folder.join("copy").join(file)).unwrap();
            }
        }
        Database::Postgres { server, name } => ask(server, &format!("CREATE DATABASE {name}_copy TEMPLATE {name}")),
    }
}

fn is_copied_back(database: &Database, folder: &Path) {
    match database {
        Database::Sqlite => {
            for file in FILES {
                let _ = std::fs::remove_file(folder.join(file));
                if folder.join("copy").join(file).exists() {
                    std::fs::copy(folder.join("copy").join(file), folder.join(file)).unwrap();
                }
            }
        }
        Database::Postgres { server, name } => {
            ask(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
            ask(server, &format!("ALTER DATABASE {name}_copy RENAME TO {name}"));
        }
    }
}

fn is_given_another_epoch(database: &Database, folder: &Path) {
    let sql = "UPDATE place SET epoch = '0123456789abcdef0123456789abcdef'";
    match database {
        Database::Sqlite => {
            SqliteConnection::establish(folder.join("snug.db").to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
        }
        Database::Postgres { .. } => PgConnection::establish(&database.url().unwrap().expose()).unwrap().batch_execute(sql).unwrap(),
    }
}

async fn a_copy_put_back_behind_the_servers_back_is_noticed_by_the_tag(database: Database) {
    let (app, olga) = App::on(&database).await;
    let folder = Arc::clone(&app.folder);
    let (mut page, ready) = olga.connects().await;
    let (general, epoch) = (room(&ready, "general").clone(), ready["epoch"].clone());
    page.posts(&general, "before the copy").await;
    let copied = page.next_posted().await;
    drop(page);
    stops(app, folder.path()).await;
    is_copied(&database, folder.path());

    let app = App::again(&database, &folder).await;
    let (mut page, _) = olga.connects_at(&app.url).await;
    page.posts(&general, "gone with the copy").await;
    let gone = page.next_posted().await;
    drop(page);
    stops(app, folder.path()).await;
    is_copied_back(&database, folder.path());

    let app = App::again(&database, &folder).await;
    let (mut page, ready) = olga.connects_at(&app.url).await;
    assert_eq!(ready["epoch"], epoch, "nobody told the server");
    page.posts(&general, "said in its place").await;
    let instead = page.next_posted().await;
    assert_eq!(instead["seq"], gone["seq"]);
    for (held, answer) in [(&gone, "reset"), (&copied, "event"), (&instead, "resumed")] {
        let cursor = json!({"seq": held["seq"], "tag": held["tag"]});
        page.says(json!({"type": "resume", "rooms": [{"room": general["id"], "cursor": cursor}]})).await;
        // The reply to the post may come first.
        let said = loop {
            let said = page.next().await;
            if said["type"] != "reply" {
                break said;
            }
        };
        assert_eq!((said["type"].as_str().unwrap(), &said["room"]), (answer, &general["id"]), "{said}");
        if answer == "event" {
            assert_eq!(said["event"]["message"]["body"], "said in its place");
            page.next_of("resumed").await;
        }
    }
    stops(app, folder.path()).await;

    is_given_another_epoch(&database, folder.path());
    let app = App::again(&database, &folder).await;
    let (_, ready) = olga.connects_at(&app.url).await;
    assert_ne!(ready["epoch"], epoch, "a client sees it and starts over (tests/page/sync.test.mjs)");
    app.stop().await;
}

#[actix_web::test]
async fn on_sqlite() {
    a_copy_put_back_behind_the_servers_back_is_noticed_by_the_tag(Database::sqlite()).await;
}

#[actix_web::test]
async fn on_postgres() {
    a_copy_put_back_behind_the_servers_back_is_noticed_by_the_tag(Database::postgres()).await;
}
