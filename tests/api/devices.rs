//! One's devices.

use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use crate::support::{App, PASSWORD, Person, on_both};

on_both![
    devices_are_listed_with_what_they_are,
    one_device_is_ended_and_the_others_go_on,
    all_other_devices_are_ended_at_once,
    nobody_ends_the_devices_of_others,
];

async fn devices_of(person: &Person) -> Vec<Value> {
    person.get("/me/sessions").await.is(200).as_array().unwrap().clone()
}

async fn devices_are_listed_with_what_they_are(app: App) {
    let olga = app.owner().await;
    let phone = app.stranger();
    let sign_in =
        phone.request(Method::POST, "/sign-in").header(USER_AGENT, "Phone/1.0").json(&json!({"username": "olga", "password": PASSWORD}));
    phone.send(sign_in).await.is(200);

    let devices = devices_of(&phone).await;
    assert_eq!(devices.len(), 2);
    let current: Vec<&Value> = devices.iter().filter(|device| device["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(
        (&current[0]["agent"], &current[0]["address"], &current[0]["open_sockets"]),
        (&json!("Phone/1.0"), &json!("127.0.0.1"), &json!(0))
    );
    assert_eq!(current[0]["id"], phone.get("/me").await.is(200)["login_session"]);
    let keys: Vec<&String> = current[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["address", "agent", "created_at", "current", "id", "last_seen_at", "open_sockets"]);
    assert_eq!(devices_of(&olga).await.len(), 2);
}

async fn one_device_is_ended_and_the_others_go_on(app: App) {
    let olga = app.owner().await;
    let (phone, tablet) = (olga.at_another_device(&app).await, olga.at_another_device(&app).await);
    let ended = phone.get("/me").await.is(200)["login_session"].clone();
    olga.delete(&format!("/me/sessions/{ended}")).await.is(204);
    phone.is_signed_out().await;
    olga.is_signed_in().await;
    tablet.is_signed_in().await;
    olga.delete(&format!("/me/sessions/{ended}")).await.refuses(404, "not_found");

    let own = olga.get("/me").await.is(200)["login_session"].clone();
    olga.delete(&format!("/me/sessions/{own}")).await.is(204);
    olga.is_signed_out().await;
    tablet.is_signed_in().await;
}

async fn all_other_devices_are_ended_at_once(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let (phone, tablet) = (olga.at_another_device(&app).await, olga.at_another_device(&app).await);
    phone.delete("/me/sessions").await.is(204);
    phone.is_signed_in().await;
    olga.is_signed_out().await;
    tablet.is_signed_out().await;
    alice.is_signed_in().await;
    assert_eq!(devices_of(&phone).await.len(), 1);
}

async fn nobody_ends_the_devices_of_others(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let hers = olga.get("/me").await.is(200)["login_session"].clone();
    let refused = alice.delete(&format!("/me/sessions/{hers}")).await.refuses(404, "not_found").body;
    let missing = alice.delete("/me/sessions/999999").await.refuses(404, "not_found").body;
    assert_eq!(refused, missing);
    olga.is_signed_in().await;
}
