//! Every kind of bad input gets a problem with a code and a sentence, and changes nothing.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{App, Person, client_id, on_both};

on_both![fields_that_are_refused, what_cannot_be_read, what_is_not_there];

async fn fields_that_are_refused(app: App) {
    let olga = app.owner().await;
    let room = olga.general().await;
    let before = (olga.get("/rooms").await.is(200), olga.get("/me").await.is(200), olga.reads(room).await);
    let messages = format!("/rooms/{room}/messages");
    let one_room = format!("/rooms/{room}");
    let members = format!("/rooms/{room}/members");
    let id = client_id();
    for (method, path, body, status, code, field) in [
        ("POST", messages.as_str(), json!({"client_id": "x", "body": "hi"}), 422, "client_id_invalid", Some("client_id")),
        ("POST", &messages, json!({"client_id": id, "body": " \n"}), 422, "body_empty", Some("body")),
        ("POST", &messages, json!({"client_id": id, "body": "x".repeat(8_001)}), 422, "body_too_long", Some("body")),
        ("POST", &messages, json!({"client_id": id, "body": "hi", "author": 1}), 400, "malformed", None),
        ("POST", &messages, json!({"client_id": id, "body": "hi", "number": 1}), 400, "malformed", None),
        ("POST", &messages, json!({"body": "hi"}), 400, "malformed", None),
        ("POST", &messages, json!({"client_id": id, "body": 7}), 400, "malformed", None),
        ("POST", &messages, json!([]), 400, "malformed", None),
        ("POST", "/rooms", json!({"name": "", "visibility": "public"}), 422, "room_name_invalid", Some("name")),
        ("POST", "/rooms", json!({"name": "a\u{202e}b", "visibility": "public"}), 422, "room_name_invalid", Some("name")),
        ("POST", "/rooms", json!({"name": "a", "topic": "x".repeat(251), "visibility": "public"}), 422, "topic_invalid", Some("topic")),
        ("POST", "/rooms", json!({"name": "a", "visibility": "secret"}), 400, "malformed", None),
        ("POST", "/rooms", json!({"name": "a"}), 400, "malformed", None),
        ("PATCH", &one_room, json!({}), 400, "malformed", None),
        ("PATCH", &one_room, json!({"name": "a", "topic": "b"}), 400, "malformed", None),
        ("PATCH", &one_room, json!({"name": "a", "is_default": false}), 400, "malformed", None),
        ("PATCH", &one_room, json!({"archived": "yes"}), 400, "malformed", None),
        ("PATCH", "/me", json!({"display_name": "\u{200b}"}), 422, "display_name_invalid", Some("display_name")),
        ("PATCH", "/me", json!({"display_name": "Olga", "role": "owner"}), 400, "malformed", None),
        ("PATCH", "/place", json!({"name": "x".repeat(65)}), 422, "place_name_invalid", Some("name")),
        ("PATCH", "/place", json!({"sign_up": "closed"}), 400, "malformed", None),
        ("POST", &members, json!({"user": "alice"}), 400, "malformed", None),
        ("POST", &members, json!({"user": 999}), 404, "not_found", None),
        ("PUT", &format!("{one_room}/read"), json!({"number": 1.5}), 400, "malformed", None),
        ("PUT", &format!("{one_room}/read"), json!({"number": null}), 400, "malformed", None),
    ] {
        let request = olga.request(method.parse().unwrap(), path).json(&body);
        let answer = olga.send(request).await;
        assert_eq!(answer.body["field"].as_str(), field, "{method} {path} {body}: {answer:?}");
        answer.refuses(status, code);
    }
    assert_eq!((olga.get("/rooms").await.is(200), olga.get("/me").await.is(200), olga.reads(room).await), before);
}

async fn post_raw(person: &Person, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> crate::support::Answer {
    let mut request = person.request(Method::POST, "/directs").body(body);
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    person.send(request).await
}

async fn what_cannot_be_read(app: App) {
    let olga = app.owner().await;
    let json_type = Some("application/json");
    for broken in ["", "{", "nul", "{\"users\": [1]} trailing", "{\"users\": [1], \"users\": [2]}", "{\"users\": [1e99]}"] {
        post_raw(&olga, json_type, broken).await.refuses(400, "malformed");
    }
    post_raw(&olga, json_type, b"{\"users\": \"\xff\"}".to_vec()).await.refuses(400, "malformed");
    post_raw(&olga, json_type, " ".repeat(65_537)).await.refuses(413, "too_large");
    for other in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", ""] {
        post_raw(&olga, Some(other), "{\"users\": [1]}").await.refuses(415, "unsupported_media_type");
    }
    post_raw(&olga, None, "{\"users\": [1]}").await.refuses(415, "unsupported_media_type");
    // An answer never repeats what others have written, nor says how it was made.
    let answer = post_raw(&olga, json_type, "{\"users\": [\"x\"]}").await.refuses(400, "malformed");
    assert!(!answer.body.to_string().contains("src/"), "{answer:?}");

    let room = olga.general().await;
    for query in [
        "messages?limit=0",
        "messages?limit=201",
        "messages?limit=many",
        "messages?before=1&after=1",
        "messages?befor=1",
        "messages?before=99999999999999999999",
        "events",
        "events?seq=1",
        "events?seq=1&tag=-1",
        "events?seq=x&tag=1",
        "events?seq=1&tag=1&more=1",
    ] {
        olga.get(&format!("/rooms/{room}/{query}")).await.refuses(400, "malformed");
    }
}

async fn what_is_not_there(app: App) {
    let olga = app.owner().await;
    for path in ["/nothing", "/", "/rooms/x", "/rooms/1.5", "/rooms/99999999999999999999", "/rooms/-1", "/users/0", "/users/%00", "/me/x"] {
        olga.get(path).await.refuses(404, "not_found");
    }
    for (method, path, allowed) in [
        (Method::DELETE, "/me", "GET HEAD PATCH"),
        (Method::GET, "/sign-in", "POST"),
        (Method::POST, "/rooms/public", "GET HEAD"),
        (Method::PUT, "/rooms", "GET HEAD POST"),
        (Method::OPTIONS, "/limits", "GET HEAD"),
    ] {
        let answer = olga.send(olga.request(method, path)).await.refuses(405, "method_not_allowed");
        let names: Vec<&str> = answer.headers["allow"].to_str().unwrap().split(", ").collect();
        assert_eq!(names, allowed.split(' ').collect::<Vec<_>>(), "{path}");
    }
    let answer: Value = olga.get("/rooms/x").await.body;
    assert_eq!(answer, olga.get("/rooms/987654").await.body, "an id that cannot be is one that nothing has");
}
