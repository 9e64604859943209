//! What coming and coming back cost the database. After a restart everybody does both at once, so a change that adds a statement should
//! be made on purpose.

use std::collections::HashMap;
use std::sync::Mutex;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::json;

use super::app::App;
use super::database::Database;
use super::person::room;

/// The statements of every database of this process, by its address: tests may run side by side.
static STATEMENTS: Mutex<Option<HashMap<String, Vec<String>>>> = Mutex::new(None);

/// One connection's.
#[derive(Default)]
struct Listening {
    database: String,
}

impl Instrumentation for Listening {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.database),
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                // A connection is set up when it is first needed.
                if !["ROLLBACK", "COMMIT", "PRAGMA", "SET ", "SELECT current_setting"].iter().any(|word| text.starts_with(word)) {
                    let mut all = STATEMENTS.lock().unwrap();
                    all.get_or_insert_default().entry(self.database.clone()).or_default().push(text);
                }
            }
            _ => {}
        }
    }
}

/// What this server has asked its database since this was asked last, and in how many transactions. That it looks from time to time for
/// what other processes have revoked is no part of anything.
fn asked_in(app: &App) -> (Vec<String>, usize) {
    let mut all = STATEMENTS.lock().unwrap();
    let of_this = all.get_or_insert_default().iter_mut().filter(|(database, _)| is_of(app, database));
    let (begun, asked): (Vec<_>, Vec<_>) =
        of_this.flat_map(|(_, statements)| std::mem::take(statements)).partition(|text| text.starts_with("BEGIN"));
    let asked = asked.into_iter().filter(|text| !text.contains("FROM `revocations`") && !text.contains("FROM \"revocations\"")).collect();
    (asked, begun.len())
}

fn is_of(app: &App, database: &str) -> bool {
    match app.database_url.strip_prefix("postgres://") {
        Some(postgres) => database.contains(postgres),
        None => database.contains(app.folder.path().to_str().unwrap()),
    }
}

fn asked(app: &App) -> Vec<String> {
    asked_in(app).0
}

#[actix_web::test]
async fn on_sqlite_a_handshake_is_two_statements_and_catching_up_in_all_rooms_at_most_one_more() {
    comes_and_comes_back(Database::sqlite(), 2, 1).await;
}

#[actix_web::test]
async fn on_postgres_a_handshake_is_one_statement_and_catching_up_in_all_rooms_at_most_one_more() {
    comes_and_comes_back(Database::postgres(), 1, 0).await;
}

async fn comes_and_comes_back(database: Database, of_a_handshake: usize, snapshots: usize) {
    set_default_instrumentation(|| Some(Box::<Listening>::default())).unwrap();
    let (app, olga) = App::on(&database).await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, _) = olga.connects().await;
    for n in 0..10 {
        at_olga.says(json!({"type": "create_room", "name": format!("room {n}"), "visibility": "private"})).await;
        let made = at_olga.next_of("reply").await["room"].clone();
        at_olga.says(json!({"type": "add_member", "room": made["id"], "user": bob.id})).await;
        at_olga.next_of("reply").await;
        at_olga.posts(&made, "first").await;
        at_olga.next_of("reply").await;
    }
    asked(&app);
    let (socket, before) = bob.connects().await;
    let (identity_and_rooms, begun) = asked_in(&app);
    assert_eq!((identity_and_rooms.len(), begun), (of_a_handshake, snapshots), "{identity_and_rooms:#?}");
    assert!(identity_and_rooms[0].contains("login_sessions") && identity_and_rooms[of_a_handshake - 1].contains("memberships"));
    drop(socket);

    // Cut off and back, with the cursors of all rooms: where nothing was missed in a room, that needs no look at its log.
    let mine = || before["rooms"].as_array().unwrap().iter().filter(|room| room["kind"] == "private");
    let cursors: Vec<_> = mine().map(|room| json!({"room": room["id"], "cursor": room["last"]})).collect();
    assert_eq!(cursors.len(), 10);
    let (mut socket, _) = bob.connects().await;
    socket.says(json!({"type": "resume", "rooms": cursors})).await;
    for _ in 0..10 {
        assert_eq!(socket.next().await["type"], "resumed");
    }
    let back = asked(&app);
    assert_eq!(back.len(), of_a_handshake, "{back:#?}");
    drop(socket);

    // What was missed in a short absence needs none either. All that is more than the centre keeps at hand is one statement.
    for (round, (missed, statements)) in
        [("missed".to_owned(), of_a_handshake), ("much ".repeat(700), of_a_handshake + 1)].into_iter().enumerate()
    {
        for made in mine() {
            at_olga.posts(made, &missed).await;
            at_olga.next_of("reply").await;
        }
        asked(&app);
        let (mut socket, ready) = bob.connects().await;
        assert_eq!(room(&ready, "room 0")["last_number"], round + 2);
        socket.says(json!({"type": "resume", "rooms": cursors})).await;
        for _ in 0..10 {
            for _ in 0..=round {
                socket.next_of("event").await;
            }
            socket.next_of("resumed").await;
        }
        let caught_up = asked(&app);
        assert_eq!(caught_up.len(), statements, "{caught_up:#?}");
        drop(socket);
    }
    app.stop().await;
}
