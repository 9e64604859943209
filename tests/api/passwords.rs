//! Which passwords are accepted, and changing them.

use std::cell::Cell;

use serde_json::json;

use crate::support::{App, PASSWORD, on_both, sign_up};

on_both![
    a_new_password_ends_every_other_device_and_not_this_one,
    a_sign_in_with_the_old_password_does_not_outlive_it,
    weak_passwords_are_refused_with_a_reason,
];

const NEXT: &str = "borscht with sour cream";

async fn a_new_password_ends_every_other_device_and_not_this_one(app: App) {
    let olga = app.owner().await;
    let phone = olga.at_another_device(&app).await;
    phone.is_signed_in().await;
    let wrong = olga.post("/me/password", json!({"current": "not the password", "new": NEXT})).await;
    assert_eq!(wrong.refuses(403, "password_wrong").body["field"], "current");
    olga.post("/me/password", json!({"current": "short", "new": NEXT})).await.refuses(403, "password_wrong");
    phone.is_signed_in().await;

    olga.post("/me/password", json!({"current": PASSWORD, "new": NEXT})).await.is(204);
    olga.is_signed_in().await;
    phone.is_signed_out().await;
    let stranger = app.stranger();
    stranger.post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await.refuses(401, "sign_in_failed");
    stranger.post("/sign-in", json!({"username": "olga", "password": NEXT})).await.is(200);
}

/// A thief who knows the old password signs in without a pause while it is changed: one of these sign-ins has its password checked
/// before the change and is stored after it.
async fn a_sign_in_with_the_old_password_does_not_outlive_it(app: App) {
    let olga = app.owner().await;
    let mut old = PASSWORD.to_owned();
    let mut were_in = 0;
    for round in 0..10 {
        let new = format!("{NEXT} {round}");
        let changed = Cell::new(false);
        let change = async {
            olga.post("/me/password", json!({"current": old, "new": new})).await.is(204);
            changed.set(true);
        };
        let steal = || async {
            let mut thieves = Vec::new();
            while !changed.get() {
                let thief = app.stranger();
                if thief.post("/sign-in", json!({"username": "olga", "password": old})).await.status == 200 {
                    thieves.push(thief);
                }
            }
            thieves
        };
        let ((), one, other) = tokio::join!(change, steal(), steal());
        were_in += one.len() + other.len();
        for thief in one.iter().chain(&other) {
            thief.is_signed_out().await;
        }
        old = new;
    }
    assert!(were_in > 0, "nobody signed in before a change, so this has shown nothing");
}

async fn weak_passwords_are_refused_with_a_reason(app: App) {
    let olga = app.owner().await;
    let token = olga.invite(json!({})).await;
    let mut form = sign_up("alice.liddell", Some(&token));
    for (password, code) in [
        ("nine char", "password_invalid"),
        (&"x".repeat(257), "password_invalid"),
        ("password123", "password_common"),
        ("Alice.Liddell1", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
    ] {
        form["password"] = password.into();
        let refused = app.stranger().post("/sign-up", form.clone()).await.refuses(422, code);
        assert_eq!(refused.body["field"], "password");
        // For Olga her own name is what is common, not Alice's.
        if !password.starts_with("Alice") {
            let refused = olga.post("/me/password", json!({"current": PASSWORD, "new": password})).await.refuses(422, code);
            assert_eq!(refused.body["field"], "new");
        }
    }
    form["password"] = "Acme Acme Acme".into();
    app.stranger().post("/sign-up", form).await.refuses(422, "password_common");
}
