//! `snug` commands beside the running server.

use std::cell::OnceCell;
use std::future::Future;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, Database, tell_with};

/// Runs a command in a process of its own, on the server's database.
async fn snug(database: &str, arguments: &[&str]) -> Output {
    let elsewhere = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.args(arguments).current_dir(&elsewhere).env("SNUG_DATABASE_URL", database).env_remove("SNUG_TEST_POSTGRES_URL");
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

/// Tells a story that is given the address of its database.
fn tell<F: Future<Output = ()>>(database: impl FnOnce() -> Database, story: impl FnOnce(App, String) -> F) {
    let url = OnceCell::new();
    tell_with(database, |config| url.set(config.storage.database_url().expose()).unwrap(), |app| story(app, url.get().unwrap().clone()));
}

#[test]
fn the_audit_log_is_exported_beside_the_server_on_sqlite() {
    tell(Database::sqlite, the_audit_log_is_exported);
}

#[test]
fn the_audit_log_is_exported_beside_the_server_on_postgres() {
    tell(Database::postgres, the_audit_log_is_exported);
}

async fn the_audit_log_is_exported(app: App, database: String) {
    let olga = app.owner().await;
    for _ in 0..101 {
        olga.patch("/place", json!({"name": "Here"})).await.is(200);
        olga.patch("/place", json!({"name": "There"})).await.is(200);
    }
    let exported = snug(&database, &["audit", "export"]).await;
    assert!(exported.status.success(), "{exported:?}");
    let text = String::from_utf8(exported.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 200, "more than a page: {}", lines.len());
    assert_eq!((&lines[0]["kind"], &lines[0]["actor"]), (&json!("audit_exported"), &json!("command line")));
    assert_eq!(lines.last().unwrap()["kind"], "set_up");
    assert!(lines.is_sorted_by_key(|line| -line["id"].as_i64().unwrap()));
    let shown = olga.get("/audit?limit=200").await.is(200);
    assert_eq!(json!(lines[..200]), shown, "the same lines as the API gives, and the server sees what the command did");
}
