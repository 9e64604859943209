//! The end of the process.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::Client;
use reqwest::header::ORIGIN;
use tempfile::TempDir;

use crate::support::{App, Database, Raw, tell, wizard};

#[test]
fn a_request_that_never_comes_to_its_end_does_not_hold_the_server() {
    tell(Database::sqlite, |app: App| async move {
        let host = app.url.trim_start_matches("http://");
        let head = format!(
            "POST /api/v1/sign-in HTTP/1.1\nHost: {host}\nOrigin: http://{host}\nExpect: 100-continue\nContent-Type: application/json\n\
             Content-Length: 9\n\n"
        );
        let mut waiting = Raw::begin(&app, &head).await;
        waiting.is_awaited().await;
        // It stays open while the server stops.
        std::mem::forget(waiting);
    });
}

#[actix_web::test]
async fn a_database_that_someone_else_has_locked_does_not_hold_the_process() {
    let folder = TempDir::new().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_snug"))
        .args(["--bind", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path())
        // A setting that Snug does not know, and so would refuse.
        .env_remove("SNUG_TEST_POSTGRES_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap().strip_prefix("Snug is ready at ").unwrap().to_owned();
    let code = lines.next().unwrap().unwrap().split_once("code=").unwrap().1.to_owned();
    // The server chooses its TLS in its own process, and this test its own here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let owner = Client::builder().cookie_store(true).build().unwrap();
    let made = owner.post(format!("{url}/api/v1/setup")).header(ORIGIN, &url).json(&wizard(&code)).send().await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(owner.get(format!("{url}/api/v1/me")).send().await.unwrap().status(), 200);

    // When the owner was last seen is still to be stored, and before that the job of the question whether the writer lives. Each of the
    // two waits five seconds for the lock.
    let mut other = SqliteConnection::establish(folder.path().join("snug.db").to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_eq!(owner.get(format!("{url}/readyz")).send().await.unwrap().status(), 503);
    let told = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
    let ended = server.wait().unwrap();
    // The two would take eight seconds from here on. Five are promised, and more than that is for a machine that is busy.
    assert!(told.elapsed() < Duration::from_secs(7), "{:?}", told.elapsed());
    assert_eq!(ended.code(), Some(1), "it says that it could not do everything");
}
