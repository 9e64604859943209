//! What is hidden looks like what is missing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, client_id, on_both};

on_both![a_private_room_and_a_missing_one_get_the_same_answer, without_a_sign_in_everything_asks_for_one];

/// Everything that can be asked of a room.
fn of_room(room: i64, user: i64) -> Vec<(Method, String, Option<Value>)> {
    let at = |rest: &str| format!("/rooms/{room}{rest}");
    vec![
        (Method::GET, at(""), None),
        (Method::PATCH, at(""), Some(json!({"name": "Mine"}))),
        (Method::PATCH, at(""), Some(json!({"topic": "Mine"}))),
        (Method::PATCH, at(""), Some(json!({"visibility": "public"}))),
        (Method::PATCH, at(""), Some(json!({"archived": true}))),
        (Method::POST, at("/join"), None),
        (Method::POST, at("/leave"), None),
        (Method::GET, at("/members"), None),
        (Method::POST, at("/members"), Some(json!({"user": user}))),
        (Method::DELETE, at(&format!("/members/{user}")), None),
        (Method::GET, at("/messages"), None),
        (Method::POST, at("/messages"), Some(json!({"client_id": client_id(), "body": "hello?"}))),
        (Method::GET, at("/events?seq=0&tag=0"), None),
        (Method::PUT, at("/read"), Some(json!({"number": 1}))),
    ]
}

async fn a_private_room_and_a_missing_one_get_the_same_answer(app: App) {
    let olga = app.owner().await;
    let (alice, bob) = (app.member(&olga, "alice").await, app.member(&olga, "bob").await);
    let room = alice.creates("Surprise", "private").await;
    alice.says(room, "For Bob.").await;
    let direct = alice.post("/directs", json!({"users": [olga.id]})).await.is(200)["room"]["id"].as_i64().unwrap();
    let rooms = alice.get("/rooms").await.is(200);
    let hidden: Vec<i64> =
        rooms.as_array().unwrap().iter().filter(|room| room["kind"] == "person").map(|room| room["id"].as_i64().unwrap()).collect();
    assert_eq!(hidden.len(), 1);
    for room in [room, direct, hidden[0]] {
        for (secret, missing) in of_room(room, alice.id).into_iter().zip(of_room(987_654, alice.id)) {
            let mut bodies = Vec::new();
            for (method, path, body) in [secret, missing] {
                let mut request = bob.request(method, &path);
                if let Some(body) = body {
                    request = request.json(&body);
                }
                bodies.push(bob.send(request).await.refuses(404, "not_found").body);
            }
            assert_eq!(bodies[0], bodies[1]);
        }
    }
    // Typing is never answered, so it tells nothing either.
    bob.do_post(&format!("/rooms/{room}/typing")).await.is(204);
    bob.do_post("/rooms/987654/typing").await.is(204);
    assert_eq!(alice.reads(room).await, ["For Bob."]);
}

async fn without_a_sign_in_everything_asks_for_one(app: App) {
    app.owner().await;
    let stranger = app.stranger();
    let open = ["/place", "/setup", "/sign-up", "/sign-in", "/sign-out", "/limits", "/openapi.json", "/password-resets/{token}"];
    let mut asked = 0;
    for (method, path) in snug::routes::TABLE {
        let for_anyone = open.contains(path) && (*path, *method) != ("/place", "PATCH") || (*path, *method) == ("/invites/{invite}", "GET");
        if !for_anyone {
            let path = path.replace("{id}", "1").replace("{invite}", "1").replace("{user}", "1");
            // Before the body is looked at: it is nobody's business what would be accepted.
            let request = stranger.request(method.parse().unwrap(), &path).json(&json!({"nonsense": true}));
            stranger.send(request).await.refuses(401, "unauthenticated");
            asked += 1;
        }
    }
    assert!(asked > 25, "{asked}");
}
