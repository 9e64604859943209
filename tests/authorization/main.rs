//! Who may do what: every route and every client message, asked by everyone there is, against a table that is written by hand
//! (`matrix.txt`). A route or a message without a row fails, and so does a hole.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test what must not fail may panic")]

mod actor;
mod ask;
#[path = "../api/support/database.rs"]
mod database;
mod hole;
mod judge;
mod objects;
mod say;
mod socket;
mod table;
mod world;

use std::collections::BTreeSet;

use database::Database;
use snug::protocol::ClientMessage;
use table::{Row, Table};

/// The tags serde knows for an enum: it names them all when it meets one it does not know.
fn messages() -> BTreeSet<String> {
    let error = serde_json::from_value::<ClientMessage>(serde_json::json!({"type": "?"})).unwrap_err().to_string();
    let (_, expected) = error.split_once("expected").unwrap();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn routes() -> BTreeSet<(String, String)> {
    snug::routes::TABLE.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect()
}

#[test]
fn every_route_and_every_message_has_a_row() {
    let table = Table::read();
    assert_eq!(table.lacks(&routes(), &messages()), Vec::<String>::new());
    assert!(table.rows.len() > 140, "{}", table.rows.len());
}

#[test]
fn a_new_route_or_message_without_a_row_is_found() {
    let (table, mut routes, mut messages) = (Table::read(), routes(), messages());
    routes.insert(("GET".to_owned(), "/secrets".to_owned()));
    messages.insert("become_owner".to_owned());
    assert_eq!(table.lacks(&routes, &messages), ["GET /secrets has no row", "SAY become_owner has no row"]);
}

/// A part of the table, so that no test takes longer than it must.
fn says(database: Database, part: fn(&Row) -> bool) {
    let rows: Vec<Row> = Table::read().rows.into_iter().filter(part).collect();
    assert!(rows.len() > 30, "{}", rows.len());
    let wrong = judge::judge(database, world::whole, &rows);
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_said(row: &Row) -> bool {
    row.method == "SAY" || row.path == "/ws"
}

fn is_about_a_room(row: &Row) -> bool {
    !is_said(row) && row.path.starts_with("/rooms/{id}")
}

fn is_about_people_or_the_place(row: &Row) -> bool {
    !is_said(row) && !is_about_a_room(row)
}

#[test]
fn what_is_asked_of_people_and_the_place_is_answered_as_the_table_says_on_sqlite() {
    says(Database::sqlite(), is_about_people_or_the_place);
}

#[test]
fn what_is_asked_of_people_and_the_place_is_answered_as_the_table_says_on_postgres() {
    says(Database::postgres(), is_about_people_or_the_place);
}

#[test]
fn what_is_asked_of_rooms_is_answered_as_the_table_says_on_sqlite() {
    says(Database::sqlite(), is_about_a_room);
}

#[test]
fn what_is_asked_of_rooms_is_answered_as_the_table_says_on_postgres() {
    says(Database::postgres(), is_about_a_room);
}

#[test]
fn what_is_said_on_the_socket_is_answered_as_the_table_says_on_sqlite() {
    says(Database::sqlite(), is_said);
}

#[test]
fn what_is_said_on_the_socket_is_answered_as_the_table_says_on_postgres() {
    says(Database::postgres(), is_said);
}

/// A handler that forgot to ask for an admin. The judge must name the very cells that it opened, and no other.
#[test]
fn a_hole_planted_on_purpose_turns_its_cells_red() {
    let rows: Vec<Row> = Table::read().rows.into_iter().filter(|row| row.method == "GET" && row.path.starts_with("/users/{id}")).collect();
    assert!(rows.len() > 3);
    let wrong = judge::judge(Database::sqlite(), hole::with_a_hole, &rows);
    let let_in = ["stranger", "guest", "member", "moderator", "keeper", "shunned", "reader", "writer"];
    assert_eq!(wrong, let_in.map(|who| format!("GET /users/{{id}}/account: {who} should get 403f and got 200")));
}
