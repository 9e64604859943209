//! `snug` commands, which are processes of their own, and the sockets of the running server.

use std::process::Command;

use serde_json::json;

use crate::app::App;
use crate::database::Database;
use crate::other_processes::is_closed_in_time;
use crate::person::{Person, room};

async fn snug(app: &App, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.args(arguments).env("SNUG_DATABASE_URL", &app.database_url).env_remove("SNUG_TEST_POSTGRES_URL");
    let done = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(done.status.success(), "{arguments:?}: {done:?}");
}

async fn commands_end_sockets(database: &Database) {
    let (app, olga) = App::on(database).await;
    let bob = app.newcomer("bob").await;
    let made = bob.posts_json("me/tokens", &json!({"name": "bot", "access": "read"})).await;
    let bearer = [("authorization", format!("Bearer {}", made["token"].as_str().unwrap()))];
    let (mut control, ready) = olga.connects().await;
    let (mut page, _) = bob.connects().await;
    let mut bot = Person::new(&app.url).asks_at("/ws", &bearer).await.unwrap();
    assert_eq!(bot.next().await["type"], "ready");

    snug(&app, &["token", "revoke", &made["id"].to_string()]).await;
    is_closed_in_time(&mut bot, 4103).await;
    page.hears_nothing().await;
    snug(&app, &["user", "deactivate", "bob"]).await;
    is_closed_in_time(&mut page, 4200).await;
    assert_eq!(bob.asks_for_a_socket(Some(&app.url)).await.map(drop), Err(401));
    control.posts(room(&ready, "general"), "still here").await;
    control.next_posted().await;
    app.stop().await;
}

#[actix_web::test]
async fn commands_end_sockets_on_sqlite() {
    commands_end_sockets(&Database::sqlite()).await;
}

#[actix_web::test]
async fn commands_end_sockets_on_postgres() {
    commands_end_sockets(&Database::postgres()).await;
}
