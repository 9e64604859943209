//! `snug` commands beside the running server.

use std::cell::OnceCell;
use std::future::Future;
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, App, Database, PASSWORD, client_id, enrols, tell_with};

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

/// Makes two tests of each story: on SQLite and on Postgres.
macro_rules! beside_the_server {
    ($($story:ident),+ $(,)?) => {$(
        mod $story {
            #[test]
            fn on_sqlite() {
                super::tell(crate::support::Database::sqlite, super::$story);
            }

            #[test]
            fn on_postgres() {
                super::tell(crate::support::Database::postgres, super::$story);
            }
        }
    )+};
}

beside_the_server![
    the_audit_log_is_exported,
    a_token_is_made_listed_and_revoked,
    a_token_is_not_made_for_what_its_owner_has_not,
    a_forgotten_password_is_replaced_by_a_link,
    an_account_is_shut_and_opened,
    a_lost_second_factor_is_taken_away,
];

/// What a command that succeeded printed.
async fn prints(database: &str, arguments: &[&str]) -> String {
    let done = snug(database, arguments).await;
    assert!(done.status.success() && done.stderr.is_empty(), "{arguments:?}: {done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// The sentence of one that did not.
async fn fails(database: &str, arguments: &[&str]) -> String {
    let done = snug(database, arguments).await;
    assert!(done.status.code() == Some(1) && done.stdout.is_empty(), "{arguments:?}: {done:?}");
    String::from_utf8(done.stderr).unwrap().trim_end().to_owned()
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

async fn with_token(app: &App, token: &str, method: Method, path: &str, body: Value) -> Answer {
    let program = app.stranger();
    let request = program.request(method, path).bearer_auth(token).json(&body);
    program.send(request).await
}

async fn a_token_is_made_listed_and_revoked(app: App, database: String) {
    let olga = app.owner().await;
    let den = olga.creates("Den", "private").await;
    let make = ["token", "create", "build bot", "--user", "olga", "--access", "write", "--room", "#den", "--expires-in", "90d"];
    let token = prints(&database, &make).await;
    assert!(token.starts_with("snug_") && token.ends_with('\n') && token.lines().count() == 1, "{token}");
    let token = token.trim_end();
    let body = json!({"client_id": client_id(), "body": "built"});
    with_token(&app, token, Method::POST, &format!("/rooms/{den}/messages"), body.clone()).await.is(201);
    let general = olga.general().await;
    with_token(&app, token, Method::POST, &format!("/rooms/{general}/messages"), body).await.refuses(404, "not_found");

    let shown = &olga.get("/me/tokens").await.is(200)[0];
    assert_eq!((&shown["name"], &shown["access"], &shown["room"]), (&json!("build bot"), &json!("write"), &json!(den)));
    let days = (shown["expires_at"].as_i64().unwrap() - shown["created_at"].as_i64().unwrap()) / 86_400_000;
    assert_eq!(days, 90);
    let record = &olga.get("/audit?kind=token_created").await.is(200)[0];
    assert_eq!((&record["actor"], &record["subject"]), (&json!("command line"), &json!("build bot")));
    assert!(!record.to_string().contains(token));

    let id = shown["id"].to_string();
    for list in [&["token", "list"][..], &["token", "list", "--user", "olga"]] {
        let listed = prints(&database, list).await;
        let cells: Vec<&str> = listed.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!((cells[0], cells[1], cells[2], listed.contains(token)), (id.as_str(), "olga", "write", false), "{listed}");
    }
    prints(&database, &["token", "revoke", &id]).await;
    with_token(&app, token, Method::GET, "/me", json!({})).await.refuses(401, "unauthenticated");
    assert_eq!(olga.get("/audit?kind=token_revoked").await.is(200)[0]["actor"], "command line");
    let again = fails(&database, &["token", "revoke", &id]).await;
    assert_eq!(again, format!("snug: No token that works has the number {id}; `snug token list` shows them."));
}

async fn a_token_is_not_made_for_what_its_owner_has_not(app: App, database: String) {
    let olga = app.owner().await;
    app.member(&olga, "bob").await;
    olga.creates("Den", "private").await;
    let make = async |user: &str, room: &str| {
        fails(&database, &["token", "create", "x", "--user", user, "--access", "read", "--room", room]).await
    };
    let no_room = "snug: bob is in no room called Den; a token opens only rooms that its owner is in.";
    assert_eq!(make("bob", "Den").await, no_room);
    assert_eq!(make("carol", "general").await, "snug: Nobody is called carol; `snug user list` shows who is there.");
    // An admin's token reaches no further than its owner.
    let token = prints(&database, &["token", "create", "x", "--user", "bob", "--access", "admin"]).await;
    with_token(&app, token.trim_end(), Method::PATCH, "/place", json!({"name": "Mine"})).await.refuses(403, "forbidden");
    assert!(olga.get("/audit?kind=token_created").await.is(200).as_array().unwrap().len() == 1, "only what was made is recorded");
}

async fn a_forgotten_password_is_replaced_by_a_link(app: App, database: String) {
    let olga = app.owner().await;
    let link = prints(&database, &["user", "reset-password", "OLGA"]).await;
    let token = link.trim_end().strip_prefix("http://127.0.0.1:8080/reset/").unwrap_or_else(|| panic!("{link}"));
    olga.is_signed_in().await;
    let path = format!("/password-resets/{token}");
    assert_eq!(app.stranger().get(&path).await.is(200)["username"], "olga");
    app.stranger().post(&path, json!({"password": "a quiet harbour 7"})).await.is(204);
    olga.is_signed_out().await;
    let back = app.stranger();
    back.post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await.refuses(401, "sign_in_failed");
    back.post("/sign-in", json!({"username": "olga", "password": "a quiet harbour 7"})).await.is(200);
    app.stranger().get(&path).await.refuses(404, "not_found");
    let about_olga = back.get(&format!("/audit?user={}", olga.id)).await.is(200);
    assert!(about_olga.as_array().unwrap().iter().any(|record| record["kind"] == "password_reset_made"));
    let record = &back.get("/audit?kind=password_reset_made").await.is(200)[0];
    assert_eq!((&record["actor"], &record["subject"]), (&json!("command line"), &json!("olga")));
    assert!(!record.to_string().contains(token));
}

async fn an_account_is_shut_and_opened(app: App, database: String) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let listed = prints(&database, &["user", "list"]).await;
    let cells = |name: &str| listed.lines().find(|line| line.contains(name)).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(cells("olga")[1..], ["olga", "owner", "no", "active", "Olga"]);
    assert_eq!(cells("bob")[1..], ["bob", "member", "no", "active", "BOB"]);
    prints(&database, &["user", "deactivate", "bob"]).await;
    bob.is_signed_out().await;
    app.stranger().post("/sign-in", json!({"username": "bob", "password": PASSWORD})).await.refuses(403, "account_inactive");
    assert!(prints(&database, &["user", "list"]).await.contains("deactivated"));
    let again = fails(&database, &["user", "deactivate", "bob"]).await;
    assert_eq!(again, "snug: The account bob is not active; `snug user list` says why.");
    assert_eq!(fails(&database, &["user", "reset-password", "bob"]).await, again);
    prints(&database, &["user", "reactivate", "bob"]).await;
    app.stranger().post("/sign-in", json!({"username": "bob", "password": PASSWORD})).await.is(200);
    let only = fails(&database, &["user", "deactivate", "olga"]).await;
    assert_eq!(only, "snug: olga is the only owner; make somebody else an owner first.");
    olga.is_signed_in().await;
    let kinds = olga.get(&format!("/audit?user={}&limit=4", bob.id)).await.is(200);
    let by_command: Vec<&str> = kinds
        .as_array()
        .unwrap()
        .iter()
        .filter(|record| record["actor"] == "command line")
        .map(|record| record["kind"].as_str().unwrap())
        .collect();
    assert_eq!(by_command, ["reactivated", "deactivated"]);
}

async fn a_lost_second_factor_is_taken_away(app: App, database: String) {
    let olga = app.owner().await;
    assert_eq!(fails(&database, &["user", "reset-second-factor", "olga"]).await, "snug: olga has no second factor.");
    enrols(&olga).await;
    let form = json!({"username": "olga", "password": PASSWORD});
    app.stranger().post("/sign-in", form.clone()).await.refuses(401, "second_factor_needed");
    prints(&database, &["user", "reset-second-factor", "olga"]).await;
    olga.is_signed_out().await;
    let back = app.stranger();
    back.post("/sign-in", form).await.is(200);
    assert_eq!(back.get("/audit?kind=second_factor_reset").await.is(200)[0]["actor"], "command line");
}

/// The server is not running, and nobody can get in: the moment that commands are for.
#[test]
fn a_link_is_made_while_the_server_is_down() {
    let folder = TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("kept.db").display());
    let kept = snug::config::DatabaseUrl::parse(&file).unwrap();
    tell_with(
        Database::sqlite,
        |config| config.storage.database = Some(kept.clone()),
        |app| async move {
            app.owner().await;
        },
    );
    let system = actix_web::rt::System::new();
    let link = system.block_on(prints(&file, &["user", "reset-password", "olga"]));
    let token = link.trim_end().rsplit('/').next().unwrap().to_owned();
    tell_with(
        Database::sqlite,
        |config| config.storage.database = Some(kept),
        |app| async move {
            let path = format!("/password-resets/{token}");
            app.stranger().post(&path, json!({"password": "a quiet harbour 7"})).await.is(204);
            app.stranger().post("/sign-in", json!({"username": "olga", "password": "a quiet harbour 7"})).await.is(200);
        },
    );
}
