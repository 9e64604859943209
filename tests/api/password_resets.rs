//! A new password without the old one, by a link that an admin hands out.

use std::time::Duration;

use serde_json::{Value, json};
use snug::auth::secret;
use snug::domain::{Timestamp, UserId};
use snug::store::password_resets::{self, NewReset};

use crate::support::{Answer, App, PASSWORD, Person, on_both};

on_both![
    a_link_sets_the_password_once_and_ends_everything_else,
    only_the_newest_link_works_and_only_for_a_day,
    admins_hand_them_out_but_not_for_those_above_them,
    two_with_one_link_set_one_password,
    weak_passwords_are_refused_and_the_link_stays,
];

const NEW: &str = "a wholly other secret";

async fn link(olga: &Person, person: &Person) -> String {
    let made = olga.do_post(&format!("/users/{}/password-reset", person.id)).await.is(201);
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(made["url"].as_str().unwrap().ends_with(&format!("/reset/{token}")));
    format!("/password-resets/{token}")
}

async fn signs_in(app: &App, name: &str, password: &str) -> Answer {
    app.stranger().post("/sign-in", json!({"username": name, "password": password})).await
}

async fn a_link_sets_the_password_once_and_ends_everything_else(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let token = bob.post("/me/tokens", json!({"name": "bot", "access": "read"})).await.is(201)["token"].clone();
    let link = link(&olga, &bob).await;
    let somebody = app.stranger();
    assert_eq!(somebody.get(&link).await.is(200), json!({"username": "bob"}));
    bob.is_signed_in().await;
    somebody.post(&link, json!({"password": NEW})).await.is(204);
    bob.is_signed_out().await;
    let asked = somebody.request(reqwest::Method::GET, "/me").bearer_auth(token.as_str().unwrap());
    somebody.send(asked).await.refuses(401, "unauthenticated");
    signs_in(&app, "bob", PASSWORD).await.refuses(401, "sign_in_failed");
    signs_in(&app, "bob", NEW).await.is(200);
    somebody.get(&link).await.refuses(404, "not_found");
    somebody.post(&link, json!({"password": NEW})).await.refuses(404, "not_found");
    let kinds: Vec<Value> =
        olga.get("/audit?limit=200").await.is(200).as_array().unwrap().iter().map(|record| record["kind"].clone()).collect();
    assert!(kinds.contains(&json!("password_reset_made")) && kinds.contains(&json!("password_reset_used")));
}

async fn only_the_newest_link_works_and_only_for_a_day(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let (first, second) = (link(&olga, &bob).await, link(&olga, &bob).await);
    app.stranger().get(&first).await.refuses(404, "not_found");
    app.stranger().get(&second).await.is(200);
    app.stranger().get("/password-resets/nonsense").await.refuses(404, "not_found");

    let (token, token_hash) = secret::generate().unwrap();
    let expires_at = Timestamp::now().before(Duration::from_secs(1));
    let new = NewReset { user: UserId::new(bob.id), token_hash, by: None, expires_at };
    app.edge.store.write(move |tx| password_resets::create(tx, &new)).await.unwrap();
    app.stranger().post(&format!("/password-resets/{token}"), json!({"password": NEW})).await.refuses(404, "not_found");
}

async fn admins_hand_them_out_but_not_for_those_above_them(app: App) {
    let olga = app.owner().await;
    let (ada, bob) = (app.member(&olga, "ada").await, app.member(&olga, "bob").await);
    olga.patch(&format!("/users/{}", ada.id), json!({"role": "admin"})).await.is(200);
    ada.do_post(&format!("/users/{}/password-reset", bob.id)).await.is(201);
    ada.do_post(&format!("/users/{}/password-reset", olga.id)).await.refuses(403, "forbidden");
    bob.do_post(&format!("/users/{}/password-reset", bob.id)).await.refuses(403, "forbidden");
    olga.do_post("/users/999999/password-reset").await.refuses(404, "not_found");
    let link = link(&olga, &bob).await;
    olga.patch(&format!("/users/{}", bob.id), json!({"active": false})).await.is(200);
    app.stranger().get(&link).await.refuses(404, "not_found");
}

async fn two_with_one_link_set_one_password(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let link = link(&olga, &bob).await;
    let (one, other) = (app.stranger(), app.stranger());
    let (one, other) = tokio::join!(
        one.post(&link, json!({"password": "the first to come here"})),
        other.post(&link, json!({"password": "the second to come here"}))
    );
    let mut answers = [one.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [204, 404]);
}

async fn weak_passwords_are_refused_and_the_link_stays(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let link = link(&olga, &bob).await;
    app.stranger().post(&link, json!({"password": "short"})).await.refuses(422, "password_invalid");
    app.stranger().post(&link, json!({"password": "password1234"})).await.refuses(422, "password_common");
    app.stranger().post(&link, json!({"password": NEW})).await.is(204);
}
