//! Sockets when something is done to the account, or to its place in a room.

use serde_json::json;

use crate::app::App;
use crate::person::room;

#[actix_web::test]
async fn whoever_is_shut_out_hears_nothing_more_and_the_others_go_on() {
    let (app, olga) = App::start().await;
    for (name, path, body, code) in
        [("bob", "", json!({"active": false}), 4200), ("carol", "/ban", json!({"reason": "spam"}), 4203), ("dave", "", json!(null), 4204)]
    {
        let person = app.newcomer(name).await;
        let (mut control, _) = olga.connects().await;
        let (mut socket, ready) = person.connects().await;
        let path = format!("users/{}{path}", person.id);
        match code {
            4200 => olga.patches_json(&path, &body).await,
            4203 => olga.puts_json(&path, &body).await,
            _ => olga.deletes(&path).await,
        }
        assert_eq!(socket.is_closed().await, code, "{name}");
        assert_eq!(person.asks_for_a_socket(Some(&app.url)).await.map(drop), Err(401), "{name}");
        control.posts(room(&ready, "general"), "still here").await;
        control.next_posted().await;
    }
    app.stop().await;
}

#[actix_web::test]
async fn another_role_means_another_ready() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut socket, ready) = bob.connects().await;
    assert_eq!(ready["me"]["role"], "member");
    let kinds = |ready: &serde_json::Value| -> Vec<String> {
        ready["rooms"].as_array().unwrap().iter().map(|room| room["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&ready).contains(&"place".to_owned()));
    olga.patches_json(&format!("users/{}", bob.id), &json!({"role": "guest"})).await;
    assert_eq!(socket.is_closed().await, 4003);
    let (mut socket, ready) = bob.connects().await;
    assert_eq!(ready["me"]["role"], "guest");
    assert!(!kinds(&ready).contains(&"place".to_owned()), "the place's log is not for guests");
    olga.patches_json("place", &json!({"name": "Elsewhere"})).await;
    assert_eq!(socket.next_of("event").await["event"], json!({"kind": "place_renamed", "name": "Elsewhere"}), "its name is");
    olga.posts_json("rooms", &json!({"name": "yard", "visibility": "public"})).await;
    socket.hears_nothing().await;
    app.stop().await;
}

#[actix_web::test]
async fn room_roles_and_bans_over_the_socket() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut page, ready) = olga.connects().await;
    let (mut at_bob, _) = bob.connects().await;
    let general = room(&ready, "general")["id"].clone();
    page.says(json!({"type": "set_room_role", "room": general, "user": bob.id, "role": "moderator"})).await;
    assert_eq!(page.next_of("reply").await["did"], "done");
    let event = at_bob.next_of("event").await;
    assert_eq!((&event["event"]["kind"], &event["event"]["role"]), (&json!("role_set"), &json!("moderator")));
    page.says(json!({"type": "ban_member", "room": general, "user": bob.id})).await;
    assert_eq!(page.next_of("reply").await["did"], "done");
    let removed = at_bob.next_of("event").await;
    assert_eq!(removed["event"], json!({"kind": "room_removed", "room": general}));
    at_bob.says(json!({"type": "join_room", "room": general})).await;
    assert_eq!(at_bob.next_of("error").await["error"]["code"], "room_banned");
    page.posts(&json!({"id": general}), "without bob").await;
    page.next_posted().await;
    at_bob.hears_nothing().await;
    page.says(json!({"type": "unban_member", "room": general, "user": bob.id})).await;
    assert_eq!(page.next_of("reply").await["did"], "done");
    at_bob.says(json!({"type": "join_room", "room": general})).await;
    assert_eq!(at_bob.next_of("reply").await["did"], "entered");
    app.stop().await;
}
