//! How a socket ends, and how a room falls silent for one who has left it.

use std::time::Duration;

use serde_json::json;
use snug::auth::LastSeen;
use snug::domain::Limits;
use snug::routes;
use snug::ws::{Relay, Serving};

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
async fn an_address_has_so_many_sockets_and_handshakes_whoever_is_behind_it() {
    let (app, olga) = App::with_limits(Limits { sockets_per_address: 2, handshakes_per_second: 1, ..Limits::default() }).await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, _) = olga.connects().await;
    let (at_bob, _) = bob.connects().await;
    // The two it may have at once were two handshakes. The next has to wait, and is told so before anybody looks who it is.
    assert_eq!(Person::new(&app.url).asks_for_a_socket(Some(&app.url)).await.err(), Some(429));
    let a_third = async {
        // A turn comes back each second; it is spent on being told that the house is full.
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1_100)).await;
            assert_eq!(bob.asks_for_a_socket(Some(&app.url)).await.err(), Some(429));
        }
    };
    a_third.await;
    at_olga.hears_nothing().await;
    drop(at_bob);
    let back = async {
        while bob.asks_for_a_socket(Some(&app.url)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("no place is given back");
    at_olga.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn an_address_that_opens_connections_and_says_nothing_is_hung_up_on() {
    use tokio::io::AsyncReadExt;
    let (app, olga) = App::with_limits(Limits { connections_per_address: 20, ..Limits::default() }).await;
    let address = app.url.trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    let mut refused = 0;
    for _ in 0..40 {
        let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
        // One that is let in hears nothing yet.
        match tokio::time::timeout(Duration::from_millis(50), connection.read(&mut [0])).await {
            Ok(end) => refused += usize::from(matches!(end, Ok(0) | Err(_))),
            Err(_) => silent.push(connection),
        }
    }
    assert!((1..=20).contains(&silent.len()) && refused >= 20, "{} are held, {refused} were refused", silent.len());
    drop(silent);
    let back = async {
        while olga.http.get(format!("{}/healthz", app.url)).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("no place is given back");
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
    let door = move || {
        let (relay, edge) = (Relay::start(edge.chat.addr(), &edge.live), edge.clone());
        move || actix_web::App::new().app_data(relay.clone()).configure(routes::configure(edge.clone()))
    };
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let olga = Person::new(&format!("http://{}", listener.local_addr().unwrap()));
    let server = Serving::default().listen(listener, door).unwrap();
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
