//! Sockets of programs: by bearer, by subprotocol, by ticket; told before they end, and refreshed.

use std::time::Duration;

use serde_json::{Value, json};
use snug::domain::{Access, Grant, Timestamp, TokenName, UserId};
use snug::store::api_tokens::{self, NewToken};

use crate::app::App;
use crate::person::{Person, Socket, room};

const BEARER: &str = "authorization";

async fn token(person: &Person, terms: Value) -> (i64, String) {
    let made = person.posts_json("me/tokens", &terms).await;
    (made["id"].as_i64().unwrap(), made["token"].as_str().unwrap().to_owned())
}

async fn opens(app: &App, path: &str, headers: &[(&'static str, String)]) -> Result<(Socket, Value), u16> {
    let mut socket = Person::new(&app.url).asks_at(path, headers).await?;
    let ready = socket.next().await;
    assert_eq!(ready["type"], "ready");
    Ok((socket, ready))
}

async fn opens_by(app: &App, token: &str) -> Result<(Socket, Value), u16> {
    opens(app, "/ws", &[(BEARER, format!("Bearer {token}"))]).await
}

/// A token that ends when no client could have asked for it: in less than a minute.
async fn short_token(app: &App, user: i64, lasts: Duration) -> String {
    let (text, token_hash) = snug::auth::secret::with_prefix("snug_").unwrap();
    let grant = Grant { access: Access::Write, room: None };
    let name = TokenName::parse("short").unwrap();
    let new = NewToken { user: UserId::new(user), name, token_hash, grant, expires_at: Some(Timestamp::now().after(lasts)) };
    app.edge.store.write(move |tx| api_tokens::create(tx, &new)).await.unwrap();
    text
}

#[actix_web::test]
async fn a_token_opens_a_socket_by_header_and_by_subprotocol() {
    let (app, olga) = App::start().await;
    let (id, token) = token(&olga, json!({"name": "bot", "access": "write"})).await;
    let (mut by_header, ready) = opens_by(&app, &token).await.unwrap();
    assert_eq!(ready["me"]["id"], olga.id);
    let offer = ("sec-websocket-protocol", format!("snug.v1, bearer.{token}"));
    let (mut by_protocol, _) = opens(&app, "/ws", &[offer]).await.unwrap();
    assert_eq!(by_protocol.protocol(), Some("snug.v1"), "the answer never names the bearer");
    let general = room(&ready, "general");
    by_header.posts(general, "hi").await;
    assert_eq!(by_protocol.next_posted().await["event"]["message"]["body"], "hi");
    olga.deletes(&format!("me/tokens/{id}")).await;
    assert_eq!((by_header.is_closed().await, by_protocol.is_closed().await), (4103, 4103));
    assert_eq!(opens_by(&app, &token).await.map(drop), Err(401));
    app.stop().await;
}

#[actix_web::test]
async fn a_token_beside_somebody_elses_cookie_opens_the_rooms_of_its_own_user() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    olga.posts_json("rooms", &json!({"name": "secret", "topic": "", "visibility": "private"})).await;
    let (_, token) = token(&bob, json!({"name": "bot", "access": "read"})).await;
    let both = [("origin", app.url.clone()), ("cookie", olga.cookie()), (BEARER, format!("Bearer {token}"))];
    let mut socket = olga.asks_at("/ws", &both).await.unwrap();
    let ready = socket.next().await;
    assert_eq!(ready["me"]["id"], bob.id);
    assert!(ready["rooms"].as_array().unwrap().iter().all(|room| room["name"] != "secret"), "{ready}");
    app.stop().await;
}

#[actix_web::test]
async fn a_ticket_opens_one_socket_that_ends_with_what_minted_it() {
    let (app, olga) = App::start().await;
    let ticket = olga.posts_json("ws-ticket", &json!({})).await["ticket"].as_str().unwrap().to_owned();
    let path = format!("/ws?token={ticket}");
    let (mut socket, ready) = opens(&app, &path, &[]).await.unwrap();
    assert_eq!(ready["me"]["id"], olga.id);
    assert_eq!(opens(&app, &path, &[]).await.map(drop), Err(401), "a used ticket");
    assert_eq!(opens(&app, "/ws?token=ticket_forged", &[]).await.map(drop), Err(401));
    let (_, lasting) = token(&olga, json!({"name": "bot", "access": "read"})).await;
    assert_eq!(opens(&app, &format!("/ws?token={lasting}"), &[]).await.map(drop), Err(401), "a lasting token in an address");

    let unused = olga.posts_json("ws-ticket", &json!({})).await["ticket"].as_str().unwrap().to_owned();
    olga.posts_json("sign-out", &json!({})).await;
    assert_eq!(socket.is_closed().await, 4100);
    assert_eq!(opens(&app, &format!("/ws?token={unused}"), &[]).await.map(drop), Err(401), "its login session has ended");
    app.stop().await;
}

#[actix_web::test]
async fn a_token_for_one_room_hears_that_room_only() {
    let (app, olga) = App::start().await;
    let (mut page, ready) = olga.connects().await;
    let general = room(&ready, "general").clone();
    page.says(json!({"type": "create_room", "name": "den", "visibility": "private"})).await;
    let den = page.next_of("reply").await["room"].clone();
    let (_, token) = token(&olga, json!({"name": "bot", "access": "write", "room": den["id"]})).await;
    let (mut bot, ready) = opens_by(&app, &token).await.unwrap();
    assert_eq!(ready["rooms"].as_array().unwrap().len(), 1);
    page.posts(&general, "not for the bot").await;
    page.says(json!({"type": "create_room", "name": "new", "visibility": "private"})).await;
    bot.says(json!({"type": "history", "room": general["id"]})).await;
    assert_eq!(bot.next().await["error"]["code"], "not_found");
    bot.says(json!({"type": "resume", "rooms": [{"room": general["id"], "cursor": {"seq": 1, "tag": 1}}]})).await;
    assert_eq!(bot.next().await["type"], "reset");
    bot.posts(&general, "let me in").await;
    assert_eq!(bot.next().await["error"]["code"], "not_found");
    page.posts(&den, "for the bot").await;
    assert_eq!(bot.next_posted().await["event"]["message"]["body"], "for the bot");
    bot.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_token_that_reads_listens_and_says_nothing() {
    let (app, olga) = App::start().await;
    let (_, token) = token(&olga, json!({"name": "bot", "access": "read"})).await;
    let (mut bot, ready) = opens_by(&app, &token).await.unwrap();
    bot.posts(room(&ready, "general"), "hi").await;
    assert_eq!(bot.next().await["error"]["code"], "token_scope");
    app.stop().await;
}

#[actix_web::test]
async fn a_socket_is_told_before_its_token_ends_and_ends_with_it() {
    let (app, olga) = App::start().await;
    let token = short_token(&app, olga.id, Duration::from_millis(1_500)).await;
    let (mut bot, _) = opens_by(&app, &token).await.unwrap();
    let notice = bot.next_of("expiring").await;
    assert_eq!(bot.is_closed().await, 4101);
    assert!(Timestamp::now().micros() / 1_000 >= notice["at"].as_i64().unwrap(), "not before its time");
    app.stop().await;
}

#[actix_web::test]
async fn a_fresh_token_keeps_the_socket_and_takes_it_over() {
    let (app, olga) = App::start().await;
    let newcomer = app.newcomer("bob").await;
    let first = short_token(&app, olga.id, Duration::from_secs(3)).await;
    let (mut bot, ready) = opens_by(&app, &first).await.unwrap();
    bot.next_of("expiring").await;
    let (_, bobs) = token(&newcomer, json!({"name": "bot", "access": "write"})).await;
    let (_, reader) = token(&olga, json!({"name": "reader", "access": "read"})).await;
    for (wrong, code) in [("snug_nothing", "unauthenticated"), (bobs.as_str(), "forbidden"), (reader.as_str(), "forbidden")] {
        bot.says(json!({"type": "refresh", "token": wrong})).await;
        assert_eq!(bot.next_of("error").await["error"]["code"], code);
    }
    let (id, fresh) = token(&olga, json!({"name": "fresh", "access": "write"})).await;
    let r#ref = bot.says(json!({"type": "refresh", "token": fresh})).await;
    assert_eq!(bot.next().await, json!({"type": "refreshed", "ref": r#ref, "expires_at": null}));
    let tokens = olga.gets("me/tokens").await;
    assert!(tokens.as_array().unwrap().iter().any(|token| token["id"] == id && token["open_sockets"] == 1), "{tokens}");

    // The first token ends, and with it what it had open: nothing any more.
    tokio::time::sleep(Duration::from_secs(3)).await;
    bot.posts(room(&ready, "general"), "still here").await;
    bot.next_posted().await;
    olga.deletes(&format!("me/tokens/{id}")).await;
    assert_eq!(bot.is_closed().await, 4103);
    app.stop().await;
}

#[actix_web::test]
async fn a_token_for_a_room_that_its_owner_has_left_hears_nothing() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut bobs, ready) = bob.connects().await;
    let general = room(&ready, "general").clone();
    let (_, token) = token(&bob, json!({"name": "bot", "access": "write", "room": general["id"]})).await;
    let (mut bot, _) = opens_by(&app, &token).await.unwrap();
    bobs.says(json!({"type": "leave_room", "room": general["id"]})).await;
    bobs.next_of("reply").await;
    let (mut page, _) = olga.connects().await;
    page.posts(&general, "without bob").await;
    page.next_posted().await;
    bot.hears_nothing().await;
    app.stop().await;
}
