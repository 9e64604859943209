//! Signing up and in.

use std::time::Duration;

use serde_json::json;
use snug::auth::secret;
use snug::domain::{Timestamp, UserId};
use snug::store::invites::{self, NewInvite};

use crate::support::{App, PASSWORD, on_both, sign_up};

on_both![
    whoever_has_a_link_signs_up_and_is_in_general,
    sign_up_is_closed_without_a_link_until_an_admin_opens_it,
    a_link_works_as_often_as_it_was_made_for,
    a_link_that_expired_or_was_ended_opens_nothing,
    a_refused_sign_up_does_not_use_up_the_link,
    only_admins_make_see_and_end_links,
    names_are_taken_once_and_so_are_those_that_look_alike,
    a_wrong_name_and_a_wrong_password_get_the_same_answer,
    a_display_name_changes_for_everyone,
    only_admins_change_the_place,
];

async fn whoever_has_a_link_signs_up_and_is_in_general(app: App) {
    let olga = app.owner().await;
    let token = olga.invite(json!({"uses": 3, "expires_in_s": 3600})).await;
    let mut alice = app.stranger();
    let shown = alice.get(&format!("/invites/{token}")).await.is(200);
    assert_eq!(shown, json!({"place_name": "Acme", "invited_by": "Olga"}));
    let made = alice.post("/sign-up", sign_up("Alice", Some(&token))).await.is(201);
    alice.becomes(&made);
    assert_eq!(
        (&made["me"]["username"], &made["me"]["display_name"], &made["me"]["role"]),
        (&json!("alice"), &json!("ALICE"), &json!("member"))
    );
    alice.is_signed_in().await;
    assert_eq!(alice.general().await, olga.general().await);
    let listed = olga.get("/invites").await.is(200);
    let link = listed.as_array().unwrap().iter().find(|link| link["used"] == 1).unwrap();
    assert_eq!((&link["uses_left"], &link["created_by"]), (&json!(2), &json!(olga.id)));
    assert!(!listed.to_string().contains(&token), "a token is shown once");
    let people = alice.get("/users").await.is(200);
    assert_eq!(people.as_array().unwrap().len(), 2);
    assert_eq!(alice.get(&format!("/users/{}", olga.id)).await.is(200)["username"], "olga");
    alice.get("/users/999").await.refuses(404, "not_found");
}

async fn sign_up_is_closed_without_a_link_until_an_admin_opens_it(app: App) {
    let olga = app.owner().await;
    let stranger = app.stranger();
    stranger.post("/sign-up", sign_up("alice", None)).await.refuses(403, "sign_up_closed");
    assert_eq!(olga.patch("/place", json!({"sign_up": "open"})).await.is(200)["did"], "done");
    assert_eq!(stranger.get("/place").await.is(200)["sign_up"], "open");
    stranger.post("/sign-up", sign_up("alice", None)).await.is(201);
    olga.patch("/place", json!({"sign_up": "invite"})).await.is(200);
    app.stranger().post("/sign-up", sign_up("bob", None)).await.refuses(403, "sign_up_closed");
}

async fn a_link_works_as_often_as_it_was_made_for(app: App) {
    let olga = app.owner().await;
    let token = olga.invite(json!({"uses": 2})).await;
    for name in ["alice", "bob"] {
        app.stranger().post("/sign-up", sign_up(name, Some(&token))).await.is(201);
    }
    app.stranger().post("/sign-up", sign_up("carol", Some(&token))).await.refuses(403, "invite_invalid");
    app.stranger().get(&format!("/invites/{token}")).await.refuses(404, "invite_invalid");
}

async fn a_link_that_expired_or_was_ended_opens_nothing(app: App) {
    let olga = app.owner().await;
    let (expired, token_hash) = secret::generate().unwrap();
    let by = UserId::new(olga.id);
    let past = Some(Timestamp::now().before(Duration::from_secs(1)));
    let new = NewInvite { expires_at: past, ..NewInvite::lasting(token_hash, by) };
    app.edge.store.write(move |tx| invites::create(tx, &new)).await.unwrap();

    let made = olga.post("/invites", json!({})).await.is(201);
    let (ended, id) = (made["token"].as_str().unwrap(), &made["id"]);
    app.stranger().get(&format!("/invites/{ended}")).await.is(200);
    olga.delete(&format!("/invites/{id}")).await.is(204);
    olga.delete(&format!("/invites/{id}")).await.refuses(404, "not_found");

    let never_made = "x".repeat(43);
    for token in [expired.as_str(), ended, &never_made, ""] {
        app.stranger().post("/sign-up", sign_up("alice", Some(token))).await.refuses(403, "invite_invalid");
        if !token.is_empty() {
            app.stranger().get(&format!("/invites/{token}")).await.refuses(404, "invite_invalid");
        }
    }
}

async fn a_refused_sign_up_does_not_use_up_the_link(app: App) {
    let olga = app.owner().await;
    let token = olga.invite(json!({"uses": 1})).await;
    app.stranger().post("/sign-up", sign_up("olga", Some(&token))).await.refuses(409, "username_taken");
    app.stranger().post("/sign-up", sign_up("alice", Some(&token))).await.is(201);
}

async fn only_admins_make_see_and_end_links(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let id = olga.post("/invites", json!({})).await.is(201)["id"].clone();
    alice.post("/invites", json!({})).await.refuses(403, "forbidden");
    alice.get("/invites").await.refuses(403, "forbidden");
    alice.delete(&format!("/invites/{id}")).await.refuses(403, "forbidden");
    for terms in [json!({"uses": 0}), json!({"uses": 10_001}), json!({"expires_in_s": 59}), json!({"expires_in_s": 31_536_001})] {
        olga.post("/invites", terms).await.refuses(400, "malformed");
    }
}

async fn names_are_taken_once_and_so_are_those_that_look_alike(app: App) {
    let olga = app.owner().await;
    app.member(&olga, "paul.smith").await;
    for taken in ["paul.smith", "PAUL.SMITH", "paul-smith", "paulsmith", "pau1smith"] {
        let token = olga.invite(json!({})).await;
        app.stranger().post("/sign-up", sign_up(taken, Some(&token))).await.refuses(409, "username_taken");
    }
}

async fn a_wrong_name_and_a_wrong_password_get_the_same_answer(app: App) {
    let olga = app.owner().await;
    let stranger = app.stranger();
    let mut bodies = Vec::new();
    for (username, password) in [("olga", "not the password"), ("nobody", PASSWORD), ("n", PASSWORD), ("olga", "short"), ("", "")] {
        let answer = stranger.post("/sign-in", json!({"username": username, "password": password})).await;
        let answer = answer.refuses(401, "sign_in_failed");
        assert!(!answer.headers.contains_key("set-cookie"));
        bodies.push(answer.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    stranger.is_signed_out().await;
    let signed_in = stranger.post("/sign-in", json!({"username": " OLGA ", "password": PASSWORD})).await.is(200);
    assert_eq!(signed_in["me"]["id"], olga.id);
    stranger.is_signed_in().await;
}

async fn a_display_name_changes_for_everyone(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let changed = alice.patch("/me", json!({"display_name": "  Alice Ä. "})).await.is(200);
    assert_eq!((&changed["did"], &changed["user"]["display_name"]), (&json!("changed"), &json!("Alice Ä.")));
    assert_eq!(olga.get(&format!("/users/{}", alice.id)).await.is(200)["display_name"], "Alice Ä.");
    assert_eq!(alice.get("/me").await.is(200)["me"]["display_name"], "Alice Ä.");
}

async fn only_admins_change_the_place(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    alice.patch("/place", json!({"name": "Mine"})).await.refuses(403, "forbidden");
    olga.patch("/place", json!({})).await.refuses(400, "malformed");
    olga.patch("/place", json!({"name": "Acme & Co", "sign_up": "open"})).await.is(200);
    let place = alice.get("/place").await.is(200);
    assert_eq!((&place["name"], &place["sign_up"]), (&json!("Acme & Co"), &json!("open")));
}
