//! The second factor: codes of an app, and recovery codes.

use serde_json::{Value, json};

use crate::support::{Answer, App, PASSWORD, Phone, enrols, on_both};

on_both![
    a_sign_in_asks_for_a_code_once_there_is_a_second_factor,
    a_code_works_once_even_for_two_at_the_same_time,
    a_recovery_code_works_once,
    setting_it_up_ends_what_is_open_elsewhere,
    it_is_turned_off_with_password_and_code,
    an_admin_helps_who_has_lost_the_app,
    whoever_finds_an_open_page_sets_up_nothing,
];

async fn signs_in(app: &App, name: &str, code: Option<&str>) -> Answer {
    let mut form = json!({"username": name, "password": PASSWORD});
    if let Some(code) = code {
        form["code"] = code.into();
    }
    app.stranger().post("/sign-in", form).await
}

async fn a_sign_in_asks_for_a_code_once_there_is_a_second_factor(app: App) {
    let olga = app.owner().await;
    assert_eq!(olga.get("/me/second-factor").await.is(200)["enabled"], false);
    let begun = olga.post("/me/second-factor", json!({"password": PASSWORD})).await.is(201);
    signs_in(&app, "olga", None).await.is(200);
    olga.post("/me/second-factor/confirm", json!({"code": "000000"})).await.refuses(401, "second_factor_wrong");
    let phone = Phone::new(&begun);
    olga.post("/me/second-factor/confirm", json!({"code": phone.code()})).await.is(200);
    let standing = olga.get("/me/second-factor").await.is(200);
    assert_eq!((&standing["enabled"], &standing["recovery_codes_left"]), (&json!(true), &json!(10)));
    olga.post("/me/second-factor", json!({"password": PASSWORD})).await.refuses(409, "second_factor_set");

    signs_in(&app, "olga", None).await.refuses(401, "second_factor_needed");
    signs_in(&app, "olga", Some("123")).await.refuses(401, "second_factor_wrong");
    signs_in(&app, "olga", Some(&phone.code())).await.refuses(401, "second_factor_wrong");
    let wrong_password = json!({"username": "olga", "password": "not the password", "code": phone.next_code()});
    app.stranger().post("/sign-in", wrong_password).await.refuses(401, "sign_in_failed");
    signs_in(&app, "olga", Some(&phone.next_code())).await.is(200);
}

async fn a_code_works_once_even_for_two_at_the_same_time(app: App) {
    let olga = app.owner().await;
    let (phone, _) = enrols(&olga).await;
    let code = phone.next_code();
    let (one, other) = tokio::join!(signs_in(&app, "olga", Some(&code)), signs_in(&app, "olga", Some(&code)));
    let mut answers = [one.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 401]);
}

async fn a_recovery_code_works_once(app: App) {
    let olga = app.owner().await;
    let (phone, codes) = enrols(&olga).await;
    signs_in(&app, "olga", Some(&codes[3].to_uppercase())).await.is(200);
    signs_in(&app, "olga", Some(&codes[3])).await.refuses(401, "second_factor_wrong");
    assert_eq!(olga.get("/me/second-factor").await.is(200)["recovery_codes_left"], 9);
    let renewed = json!({"password": PASSWORD, "code": phone.next_code()});
    let fresh = olga.post("/me/second-factor/recovery-codes", renewed).await.is(200);
    signs_in(&app, "olga", Some(&codes[4])).await.refuses(401, "second_factor_wrong");
    signs_in(&app, "olga", fresh["recovery_codes"][0].as_str()).await.is(200);
}

async fn setting_it_up_ends_what_is_open_elsewhere(app: App) {
    let olga = app.owner().await;
    let tablet = olga.at_another_device(&app).await;
    let token = olga.post("/me/tokens", json!({"name": "bot", "access": "read"})).await.is(201)["token"].clone();
    enrols(&olga).await;
    olga.is_signed_in().await;
    tablet.is_signed_out().await;
    let bot = app.stranger();
    let asked = bot.request(reqwest::Method::GET, "/me").bearer_auth(token.as_str().unwrap());
    bot.send(asked).await.refuses(401, "unauthenticated");
}

async fn it_is_turned_off_with_password_and_code(app: App) {
    let olga = app.owner().await;
    let (phone, codes) = enrols(&olga).await;
    let off = async |body: Value| {
        let request = olga.request(reqwest::Method::DELETE, "/me/second-factor").json(&body);
        olga.send(request).await
    };
    off(json!({"password": "not the password", "code": phone.next_code()})).await.refuses(403, "password_wrong");
    off(json!({"password": PASSWORD, "code": "000000"})).await.refuses(401, "second_factor_wrong");
    off(json!({"password": PASSWORD, "code": codes[0]})).await.is(204);
    signs_in(&app, "olga", None).await.is(200);
    let kinds: Vec<Value> =
        olga.get("/audit?limit=200").await.is(200).as_array().unwrap().iter().map(|record| record["kind"].clone()).collect();
    assert!(kinds.contains(&json!("second_factor_on")) && kinds.contains(&json!("second_factor_off")));
}

async fn an_admin_helps_who_has_lost_the_app(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let path = format!("/users/{}/second-factor", bob.id);
    olga.delete(&path).await.refuses(404, "not_found");
    enrols(&bob).await;
    bob.delete(&format!("/users/{}/second-factor", olga.id)).await.refuses(403, "forbidden");
    signs_in(&app, "bob", None).await.refuses(401, "second_factor_needed");
    olga.delete(&path).await.is(204);
    bob.is_signed_out().await;
    signs_in(&app, "bob", None).await.is(200);
}

async fn whoever_finds_an_open_page_sets_up_nothing(app: App) {
    let olga = app.owner().await;
    olga.post("/me/second-factor", json!({"password": "not the password"})).await.refuses(403, "password_wrong");
    olga.post("/me/second-factor/confirm", json!({"code": "000000"})).await.refuses(404, "not_found");
    app.stranger().get("/me/second-factor").await.refuses(401, "unauthenticated");
}
