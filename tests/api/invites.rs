//! Invite links with a role and rooms.

use serde_json::{Value, json};

use crate::support::{App, Person, on_both, sign_up};

on_both![
    a_guest_comes_by_a_link_into_its_rooms_and_sees_no_others,
    only_owners_invite_admins_and_nobody_owners,
    a_link_does_not_lead_where_its_maker_may_not,
    an_end_of_the_makers_rights_is_the_end_of_the_link,
    a_link_and_its_use_are_in_the_audit_log,
];

async fn comes(app: &App, token: &str, name: &str) -> Person {
    let mut person = app.stranger();
    let made = person.post("/sign-up", sign_up(name, Some(token))).await.is(201);
    person.becomes(&made);
    person
}

/// The named rooms that someone is in.
async fn rooms(person: &Person) -> Vec<i64> {
    let rooms = person.get("/rooms").await.is(200);
    let named = rooms.as_array().unwrap().iter().filter(|room| !room["name"].is_null());
    named.map(|room| room["id"].as_i64().unwrap()).collect()
}

async fn a_guest_comes_by_a_link_into_its_rooms_and_sees_no_others(app: App) {
    let olga = app.owner().await;
    let den = olga.creates("den", "private").await;
    let general = olga.general().await;
    olga.post("/invites", json!({"role": "guest"})).await.refuses(400, "malformed");
    let made = olga.post("/invites", json!({"role": "guest", "rooms": [den, den], "uses": 1})).await.is(201);
    let listed = olga.get("/invites").await.is(200);
    let link = listed.as_array().unwrap().iter().find(|link| link["id"] == made["id"]).unwrap();
    assert_eq!((&link["role"], &link["rooms"], &link["used"]), (&json!("guest"), &json!([den]), &json!(0)));

    let gus = comes(&app, made["token"].as_str().unwrap(), "gus").await;
    assert_eq!(gus.get("/me").await.is(200)["me"]["role"], "guest");
    assert_eq!(rooms(&gus).await, [den]);
    gus.says(den, "hi").await;
    assert_eq!(olga.reads(den).await, ["hi"]);
    gus.get(&format!("/rooms/{general}/messages")).await.refuses(404, "not_found");
    gus.get("/rooms/public").await.refuses(403, "forbidden");
    app.stranger().post("/sign-up", sign_up("eve", made["token"].as_str())).await.refuses(403, "invite_invalid");

    let members = olga.invite(json!({"rooms": [den]})).await;
    let mia = comes(&app, &members, "mia").await;
    assert_eq!(mia.get("/me").await.is(200)["me"]["role"], "member");
    assert_eq!(rooms(&mia).await, [general, den]);
}

async fn only_owners_invite_admins_and_nobody_owners(app: App) {
    let olga = app.owner().await;
    let token = olga.invite(json!({"role": "admin"})).await;
    let ada = comes(&app, &token, "ada").await;
    assert_eq!(ada.get("/me").await.is(200)["me"]["role"], "admin");
    ada.post("/invites", json!({"role": "admin"})).await.refuses(403, "forbidden");
    ada.post("/invites", json!({"role": "member"})).await.is(201);
    olga.post("/invites", json!({"role": "owner"})).await.refuses(403, "forbidden");
    olga.post("/invites", json!({"role": "king"})).await.refuses(400, "malformed");
}

async fn a_link_does_not_lead_where_its_maker_may_not(app: App) {
    let olga = app.owner().await;
    let ada = comes(&app, &olga.invite(json!({"role": "admin"})).await, "ada").await;
    let den = olga.creates("den", "private").await;
    let hidden = ada.post("/invites", json!({"rooms": [den]})).await.refuses(404, "not_found").body;
    let missing = ada.post("/invites", json!({"rooms": [999_999]})).await.refuses(404, "not_found").body;
    assert_eq!(hidden, missing, "a link tells nobody that there is a room");
    let many: Vec<i64> = (1..=51).collect();
    olga.post("/invites", json!({"rooms": many})).await.refuses(400, "malformed");
}

async fn an_end_of_the_makers_rights_is_the_end_of_the_link(app: App) {
    let olga = app.owner().await;
    let ada = comes(&app, &olga.invite(json!({"role": "admin"})).await, "ada").await;
    let token = ada.invite(json!({})).await;
    app.stranger().get(&format!("/invites/{token}")).await.is(200);
    olga.patch(&format!("/users/{}", ada.id), json!({"role": "member"})).await.is(200);
    app.stranger().get(&format!("/invites/{token}")).await.refuses(404, "invite_invalid");
    app.stranger().post("/sign-up", sign_up("eve", Some(&token))).await.refuses(403, "invite_invalid");
}

async fn a_link_and_its_use_are_in_the_audit_log(app: App) {
    let olga = app.owner().await;
    let den = olga.creates("den", "private").await;
    let made = olga.post("/invites", json!({"role": "guest", "rooms": [den]})).await.is(201);
    let gus = comes(&app, made["token"].as_str().unwrap(), "gus").await;
    let created = olga.get("/audit?kind=invite_created").await.is(200)[0].clone();
    let expected = json!({"expires_at": Value::Null, "uses": Value::Null, "role": "guest", "rooms": [den]});
    assert_eq!((&created["subject_id"], &created["details"]), (&made["id"], &expected));
    let used = olga.get("/audit?kind=invite_used").await.is(200);
    assert_eq!(used.as_array().unwrap().len(), 1);
    assert_eq!((&used[0]["subject_id"], &used[0]["actor"]), (&made["id"], &json!("gus")));
    assert_eq!(used[0]["details"], json!({"user": gus.id, "role": "guest"}));
    assert!(!used.to_string().contains(made["token"].as_str().unwrap()));
}
