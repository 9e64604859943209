//! A place that asks for a second factor: of its admins, or of everyone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, PASSWORD, Person, Phone, enrols, on_both};

on_both![
    whoever_must_have_one_can_only_set_it_up,
    admins_alone_may_be_asked,
    a_token_does_not_get_round_it,
    only_admins_set_it_and_see_it,
    turning_it_off_means_setting_up_another,
    a_newcomer_sets_it_up_first,
];

async fn asks(olga: &Person, of: &str) {
    olga.patch("/place", json!({"second_factor": of})).await.is(200);
}

async fn is_asked_for_one(person: &Person) {
    assert_eq!(person.get("/me").await.is(200)["second_factor_missing"], true);
    person.get("/rooms").await.refuses(403, "second_factor_missing");
}

async fn is_let_in(person: &Person) {
    assert_eq!(person.get("/me").await.is(200)["second_factor_missing"], false);
    person.get("/rooms").await.is(200);
}

async fn whoever_must_have_one_can_only_set_it_up(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    enrols(&olga).await;
    is_let_in(&bob).await;
    asks(&olga, "everyone").await;
    is_let_in(&olga).await;
    let open = ["/place", "/setup", "/sign-up", "/sign-in", "/limits", "/openapi.json", "/password-resets/{token}"];
    let to_set_it_up = [("GET", "/me"), ("GET", "/me/second-factor"), ("POST", "/me/second-factor"), ("POST", "/me/second-factor/confirm")];
    let mut refused = 0;
    for (method, path) in snug::routes::TABLE {
        let for_anyone = open.contains(path) && (*method, *path) != ("PATCH", "/place") || (*method, *path) == ("GET", "/invites/{invite}");
        if for_anyone || to_set_it_up.contains(&(*method, *path)) || *path == "/sign-out" {
            continue;
        }
        let path = path.replace("{id}", "1").replace("{invite}", "1").replace("{user}", "1").replace("{token}", "1");
        let request = bob.request(method.parse().unwrap(), &path).json(&json!({"nonsense": true}));
        bob.send(request).await.refuses(403, "second_factor_missing");
        refused += 1;
    }
    assert!(refused > 45, "{refused}");
    // They can come again, and go.
    let tablet = bob.at_another_device(&app).await;
    is_asked_for_one(&tablet).await;
    tablet.do_post("/sign-out").await.is(204);
    tablet.is_signed_out().await;
    enrols(&bob).await;
    is_let_in(&bob).await;
}

async fn admins_alone_may_be_asked(app: App) {
    let olga = app.owner().await;
    let (ann, bob) = (app.member(&olga, "ann").await, app.member(&olga, "bob").await);
    enrols(&olga).await;
    asks(&olga, "admins").await;
    is_let_in(&ann).await;
    olga.patch(&format!("/users/{}", ann.id), json!({"role": "admin"})).await.is(200);
    is_asked_for_one(&ann).await;
    is_let_in(&bob).await;
    olga.patch(&format!("/users/{}", ann.id), json!({"role": "member"})).await.is(200);
    is_let_in(&ann).await;
    asks(&olga, "everyone").await;
    is_asked_for_one(&bob).await;
    asks(&olga, "optional").await;
    is_let_in(&bob).await;
}

async fn a_token_does_not_get_round_it(app: App) {
    let olga = app.owner().await;
    let made = olga.post("/me/tokens", json!({"name": "bot", "access": "admin"})).await.is(201);
    let bot = app.stranger();
    let ask = async |method: Method, path: &str, body: Value| {
        let request = bot.request(method, path).bearer_auth(made["token"].as_str().unwrap()).json(&body);
        bot.send(request).await
    };
    ask(Method::GET, "/rooms", json!({})).await.is(200);
    asks(&olga, "admins").await;
    ask(Method::GET, "/rooms", json!({})).await.refuses(403, "second_factor_missing");
    ask(Method::POST, "/ws-ticket", json!({})).await.refuses(403, "second_factor_missing");
    ask(Method::POST, "/me/second-factor", json!({"password": PASSWORD})).await.refuses(403, "forbidden");
    ask(Method::PATCH, "/place", json!({"second_factor": "optional"})).await.refuses(403, "second_factor_missing");
}

async fn only_admins_set_it_and_see_it(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    assert_eq!(olga.get("/place").await.is(200)["second_factor"], "optional");
    for other in [&bob, &app.stranger()] {
        assert_eq!(other.get("/place").await.is(200).get("second_factor"), None);
    }
    bob.patch("/place", json!({"second_factor": "everyone"})).await.refuses(403, "forbidden");
    olga.patch("/place", json!({"second_factor": "nobody"})).await.refuses(400, "malformed");
    enrols(&olga).await;
    asks(&olga, "admins").await;
    assert_eq!(olga.get("/place").await.is(200)["second_factor"], "admins");
    let record = &olga.get("/audit?kind=second_factor_rule_set").await.is(200)[0];
    assert_eq!((&record["actor"], &record["details"]), (&json!("olga"), &json!({"rule": "admins"})));
}

async fn turning_it_off_means_setting_up_another(app: App) {
    let olga = app.owner().await;
    let (phone, _) = enrols(&olga).await;
    asks(&olga, "admins").await;
    let off = olga.request(Method::DELETE, "/me/second-factor").json(&json!({"password": PASSWORD, "code": phone.next_code()}));
    olga.send(off).await.is(204);
    is_asked_for_one(&olga).await;
    let begun = olga.post("/me/second-factor", json!({"password": PASSWORD})).await.is(201);
    olga.post("/me/second-factor/confirm", json!({"code": Phone::new(&begun).code()})).await.is(200);
    is_let_in(&olga).await;
}

async fn a_newcomer_sets_it_up_first(app: App) {
    let olga = app.owner().await;
    enrols(&olga).await;
    asks(&olga, "everyone").await;
    let carol = app.member(&olga, "carol").await;
    is_asked_for_one(&carol).await;
    enrols(&carol).await;
    is_let_in(&carol).await;
}
