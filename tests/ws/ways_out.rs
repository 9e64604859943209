//! How a socket ends, and how a room falls silent for one who has left it.

use std::time::Duration;

use actix_web::HttpServer;
use serde_json::json;
use snug::auth::LastSeen;
use snug::domain::Limits;
use snug::routes;
use snug::ws::Relay;

use super::app::{App, PASSWORD};
use super::person::{Person, room};

#[actix_web::test]
async fn signing_out_ends_the_sockets_of_that_device() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, _) = olga.connects().await;
    let (mut again, _) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    olga.posts_json("sign-out", &json!({})).await;
    assert_eq!(at_olga.is_closed().await, 4100);
    assert_eq!(again.is_closed().await, 4100);
    at_bob.hears_nothing().await;
    assert_eq!(olga.asks_for_a_socket(Some(&app.url)).await.err(), Some(401));
    app.stop().await;
}

#[actix_web::test]
async fn one_who_was_removed_hears_no_more_and_keeps_the_socket() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, _) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    at_olga.says(json!({"type": "create_room", "name": "den", "visibility": "private"})).await;
    let den = at_olga.next_of("reply").await["room"].clone();
    at_olga.says(json!({"type": "add_member", "room": den["id"], "user": bob.id})).await;
    at_olga.next_of("reply").await;
    at_olga.posts(&den, "for bob").await;
    at_olga.next_of("reply").await;
    assert_eq!(at_bob.next_posted().await["event"]["message"]["body"], "for bob");
    at_olga.says(json!({"type": "remove_member", "room": den["id"], "user": bob.id})).await;
    at_olga.next_of("reply").await;
    loop {
        let event = at_bob.next_of("event").await;
        if event["event"]["kind"] == "room_removed" {
            break;
        }
    }
    at_olga.posts(&den, "not for bob").await;
    at_olga.next_of("reply").await;
    at_bob.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn the_oldest_socket_goes_where_there_are_too_many() {
    let (app, olga) = App::with_limits(Limits { sockets_per_user: 2, ..Limits::default() }).await;
    let (mut oldest, _) = olga.connects().await;
    let (mut second, _) = olga.connects().await;
    let (mut third, _) = olga.connects().await;
    assert_eq!(oldest.is_closed().await, 4202);
    second.hears_nothing().await;
    third.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_stop_tells_every_socket() {
    let (app, olga) = App::start().await;
    let (mut one, _) = olga.connects().await;
    let (mut other, _) = olga.connects().await;
    let stopping = actix_web::rt::spawn(app.stop());
    assert_eq!(one.is_closed().await, 1012);
    assert_eq!(other.is_closed().await, 1012);
    stopping.await.unwrap();
}

#[actix_web::test]
async fn a_client_that_goes_leaves_nothing_behind() {
    let (app, olga) = App::start().await;
    for _ in 0..3 {
        let (socket, ready) = olga.connects().await;
        assert_eq!(room(&ready, "general")["name"], "general");
        drop(socket);
        app.is_quiet().await;
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_socket_ends_with_its_login_session_and_not_before() {
    let (app, _) = App::start().await;
    // A second door to the same place, where a sign-in lasts two seconds.
    let mut edge = app.edge.clone();
    edge.door.seen = LastSeen::new(Duration::from_secs(2));
    let seen = edge.door.seen.clone();
    let server = HttpServer::new(move || {
        let relay = Relay::start(edge.chat.addr(), &edge.live);
        actix_web::App::new().app_data(relay).configure(routes::configure(edge.clone()))
    });
    let server = server.workers(1).disable_signals().client_disconnect_timeout(Duration::ZERO).bind(("127.0.0.1", 0)).unwrap();
    let olga = Person::new(&format!("http://{}", server.addrs()[0]));
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let signed_in = olga.posts_json("sign-in", &json!({"username": "olga", "password": PASSWORD})).await;
    let olga = olga.called(&signed_in);
    let (mut socket, _) = olga.connects().await;
    let opened = std::time::Instant::now();
    // The connection itself was a use: what it noted moves the end, and the deadline that was known at the start is only looked at again.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    olga.connects().await;
    seen.flush(&app.edge.store).await.unwrap();
    assert_eq!(socket.is_closed().await, 4101);
    assert!(opened.elapsed() >= Duration::from_millis(2_500), "{:?}", opened.elapsed());
    app.is_quiet().await;
    handle.stop(false).await;
    app.stop().await;
}
