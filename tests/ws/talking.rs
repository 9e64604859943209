//! Saying things and hearing them.

use serde_json::json;
use snug::domain::Limits;

use super::app::App;
use super::person::{Person, room};

#[actix_web::test]
async fn a_stranger_and_a_foreign_page_are_refused_before_the_upgrade() {
    let (app, olga) = App::start().await;
    assert_eq!(Person::new(&app.url).asks_for_a_socket(Some(&app.url)).await.err(), Some(401));
    assert_eq!(olga.asks_for_a_socket(Some("https://evil.example")).await.err(), Some(403));
    assert_eq!(olga.asks_for_a_socket(None).await.err(), Some(403));
    assert_eq!(app.edge.live.count(), 0);
    app.stop().await;
}

#[actix_web::test]
async fn what_one_says_everyone_in_the_room_hears() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, ready) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    let general = room(&ready, "general");
    let r#ref = at_olga.posts(general, "hello").await;
    let reply = at_olga.next_of("reply").await;
    assert_eq!((&reply["ref"], &reply["did"], &reply["message"]["body"]), (&json!(r#ref), &json!("posted"), &json!("hello")));
    let [to_olga, to_bob] = [at_olga.next_posted().await, at_bob.next_posted().await];
    assert_eq!(to_olga, to_bob);
    assert_eq!(to_bob["event"]["message"]["author"], olga.id);
    app.stop().await;
}

#[actix_web::test]
async fn a_retry_gets_the_first_answer() {
    let (app, olga) = App::start().await;
    let (mut socket, ready) = olga.connects().await;
    let post = json!({"type": "post", "room": room(&ready, "general")["id"], "client_id": uuid::Uuid::new_v4(), "body": "once"});
    socket.says(post.clone()).await;
    let first = socket.next_of("reply").await;
    socket.says(post).await;
    let second = socket.next_of("reply").await;
    assert_eq!(first["message"], second["message"]);
    app.stop().await;
}

#[actix_web::test]
async fn refused_content_is_answered_and_the_socket_stays() {
    let (app, olga) = App::start().await;
    let (mut socket, ready) = olga.connects().await;
    let general = room(&ready, "general")["id"].clone();
    let id = uuid::Uuid::new_v4();
    for (text, r#ref, code) in [
        ("no json".to_owned(), json!(null), "malformed"),
        (json!({"type": "fly", "ref": 7}).to_string(), json!(7), "malformed"),
        (json!({"type": "ping", "ref": 7, "author": 1}).to_string(), json!(7), "malformed"),
        (json!({"type": "ping", "ref": -1}).to_string(), json!(null), "malformed"),
        (json!({"type": "post", "ref": 8, "room": general, "client_id": id, "body": " "}).to_string(), json!(8), "body_empty"),
        (
            json!({"type": "post", "ref": 8, "room": general, "client_id": id, "body": "x".repeat(8_001)}).to_string(),
            json!(8),
            "body_too_long",
        ),
        (json!({"type": "post", "ref": 8, "room": general, "client_id": "1", "body": "x"}).to_string(), json!(8), "client_id_invalid"),
        (json!({"type": "post", "ref": 9, "room": 987_654, "client_id": id, "body": "x"}).to_string(), json!(9), "not_found"),
        (json!({"type": "history", "ref": 10, "room": general, "before": 1, "after": 1}).to_string(), json!(10), "malformed"),
        (json!({"type": "history", "ref": 10, "room": 987_654}).to_string(), json!(10), "not_found"),
        (json!({"type": "create_room", "ref": 11, "name": "", "visibility": "public"}).to_string(), json!(11), "room_name_invalid"),
        (json!({"type": "open_direct", "ref": 12, "users": []}).to_string(), json!(12), "peers_invalid"),
    ] {
        socket.says_text(&text).await;
        let error = socket.next_of("error").await;
        assert_eq!((&error["ref"], &error["error"]["code"]), (&r#ref, &json!(code)), "{text}");
        assert!(error.to_string().len() < 1_000);
    }
    socket.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn one_who_posts_too_fast_is_told_to_slow_down_on_every_socket() {
    let (app, olga) = App::with_limits(Limits { posts_per_second: 1, posts_burst: 3, ..Limits::default() }).await;
    let (mut one, ready) = olga.connects().await;
    let (mut other, _) = olga.connects().await;
    let general = room(&ready, "general").clone();
    for _ in 0..3 {
        one.posts(&general, "quick").await;
        one.next_of("reply").await;
    }
    for socket in [&mut one, &mut other] {
        let r#ref = socket.posts(&general, "too quick").await;
        let error = socket.next_of("error").await;
        assert_eq!((&error["ref"], &error["error"]["code"]), (&json!(r#ref), &json!("slow_down")));
        assert!(error["error"]["retry_after_ms"].as_u64().unwrap() > 0);
    }
    // Told and told again, it is closed in the end.
    for _ in 0..200 {
        one.posts(&general, "flood").await;
    }
    assert_eq!(one.is_closed().await, 4201);
    app.stop().await;
}

#[actix_web::test]
async fn typing_is_heard_by_the_others_and_presence_by_all() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, ready) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    let general = room(&ready, "general")["id"].clone();
    at_olga.says_text(&json!({"type": "typing", "room": general}).to_string()).await;
    assert_eq!(at_bob.next_of("typing").await, json!({"type": "typing", "room": general, "user": olga.id}));
    at_olga.hears_nothing().await;
    app.stop().await;
}
