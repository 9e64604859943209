//! What another process ends, ends here: the command line beside the server, and another node on the same database.

use std::time::{Duration, Instant};

use serde_json::json;
use snug::domain::{Cause, Credential, Limits, LoginSessionId, RoomId, Scope, UserId};
use snug::store::{DatabaseUrl, Store, revocations};

use crate::app::App;
use crate::database::Database;
use crate::person::{Person, Socket, room};

/// Promise 1 is a second, which `tests/conformance` holds it to, measuring how busy the machine is. This is only so as not to wait forever.
const WITHIN: Duration = Duration::from_secs(6);

async fn another_process(
    url: &str,
    work: impl Fn(&mut snug::store::Transaction<'_>) -> Result<(), snug::store::StoreError> + Send + 'static,
) {
    let store = Store::open(&DatabaseUrl::parse(url).unwrap(), &Limits::default(), |_| {}).unwrap();
    store.write(work).await.unwrap();
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
}

pub async fn is_closed_in_time(socket: &mut Socket, code: u16) {
    let begun = Instant::now();
    assert_eq!(socket.is_closed().await, code);
    assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
}

#[actix_web::test]
async fn the_command_line_ends_sockets_of_the_running_server() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut page, _) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    let id = UserId::new(bob.id);
    another_process(&app.database_url, move |tx| revocations::revoke(tx, Scope::User(id), Cause::SignedOut)).await;
    is_closed_in_time(&mut at_bob, 4100).await;
    assert_eq!(bob.asks_for_a_socket(Some(&app.url)).await.map(drop), Err(401));
    page.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn who_was_removed_by_another_process_hears_no_more_and_keeps_the_socket() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut page, _) = olga.connects().await;
    let (mut at_bob, ready) = bob.connects().await;
    let general = room(&ready, "general").clone();
    let (user, den) = (UserId::new(bob.id), RoomId::new(general["id"].as_i64().unwrap()));
    another_process(&app.database_url, move |tx| {
        let by = snug::domain::By {
            user,
            credential: Credential::Login(LoginSessionId::new(1)),
            grant: snug::domain::Grant::FULL,
            address: [127, 0, 0, 1].into(),
        };
        snug::store::actions::run(tx, &by, &snug::domain::Action::LeaveRoom { room: den }).map(drop)
    })
    .await;
    // The subscription ends within the second; a marker that does not come tells when.
    let gone = async {
        // No more than one person may say.
        let mut turns = tokio::time::interval(Duration::from_secs(1) / Limits::default().posts_per_second);
        loop {
            turns.tick().await;
            let marker = uuid::Uuid::new_v4().to_string();
            page.posts(&general, &marker).await;
            page.next_posted().await;
            let r#ref = at_bob.says(json!({"type": "ping"})).await;
            let mut heard = false;
            loop {
                let message = at_bob.next().await;
                heard |= message["type"] == "event" && message["room"] == general["id"];
                if message == json!({"type": "pong", "ref": r#ref}) {
                    break;
                }
            }
            if !heard {
                break;
            }
        }
    };
    tokio::time::timeout(WITHIN, gone).await.expect("still hears the room");
    app.stop().await;
}

/// Two nodes on one Postgres.
async fn two_nodes() -> (App, App, Person, Database) {
    let database = Database::postgres();
    let (one, olga) = App::on(&database).await;
    let other = App::beside(&one, &database).await;
    (one, other, olga, database)
}

#[actix_web::test]
async fn a_sign_out_on_one_node_ends_the_sockets_on_the_other() {
    let (one, other, olga, _database) = two_nodes().await;
    let bob = one.newcomer("bob").await;
    let (mut here, _) = bob.connects().await;
    let (mut there, _) = bob.connects_at(&other.url).await;
    let (mut control, _) = olga.connects_at(&other.url).await;
    bob.posts_json("sign-out", &json!({})).await;
    is_closed_in_time(&mut here, 4100).await;
    is_closed_in_time(&mut there, 4100).await;
    control.hears_nothing().await;
    one.stop().await;
    other.stop().await;
}

#[actix_web::test]
async fn a_token_revoked_on_one_node_is_dead_on_the_other() {
    let (one, other, olga, _database) = two_nodes().await;
    let made = olga.posts_json("me/tokens", &json!({"name": "bot", "access": "read"})).await;
    let bearer = [("authorization", format!("Bearer {}", made["token"].as_str().unwrap()))];
    let mut there = Person::new(&other.url).asks_at("/ws", &bearer).await.unwrap();
    assert_eq!(there.next().await["type"], "ready");
    olga.deletes(&format!("me/tokens/{}", made["id"])).await;
    is_closed_in_time(&mut there, 4103).await;
    assert_eq!(Person::new(&other.url).asks_at("/ws", &bearer).await.map(drop), Err(401));
    one.stop().await;
    other.stop().await;
}

#[actix_web::test]
async fn a_second_factor_that_is_asked_for_on_one_node_ends_sockets_on_the_other() {
    let (one, other, olga, _database) = two_nodes().await;
    let bob = one.newcomer("bob").await;
    let (mut here, _) = olga.connects().await;
    let (mut there, _) = olga.connects_at(&other.url).await;
    let (mut control, _) = bob.connects_at(&other.url).await;
    olga.patches_json("place", &json!({"second_factor": "admins"})).await;
    is_closed_in_time(&mut here, 4104).await;
    is_closed_in_time(&mut there, 4104).await;
    assert_eq!(olga.asks_for_a_socket(Some(&one.url)).await.map(drop), Err(403));
    control.hears_nothing().await;
    one.stop().await;
    other.stop().await;
}

#[actix_web::test]
async fn a_ticket_made_on_one_node_opens_a_socket_on_the_other() {
    let (one, other, olga, _database) = two_nodes().await;
    let made = olga.posts_json("ws-ticket", &json!({})).await;
    let path = format!("/ws?token={}", made["ticket"].as_str().unwrap());
    let mut there = Person::new(&other.url).asks_at(&path, &[]).await.unwrap();
    assert_eq!(there.next().await["me"]["id"], olga.id);
    assert_eq!(Person::new(&one.url).asks_at(&path, &[]).await.map(drop), Err(401));
    one.stop().await;
    other.stop().await;
}
