//! The wizard.

use serde_json::json;

use crate::support::{App, PASSWORD, on_both, wizard};

on_both![
    the_wizard_is_gone_through_once_and_never_twice,
    only_the_code_of_the_terminal_opens_the_wizard,
    two_wizards_at_once_make_one_place,
    before_the_wizard_nobody_can_come_in,
];

async fn the_wizard_is_gone_through_once_and_never_twice(app: App) {
    let stranger = app.stranger();
    let before = stranger.get("/place").await.is(200);
    assert_eq!((&before["set_up"], &before["name"]), (&json!(false), &json!(null)));

    let mut olga = app.stranger();
    let made = olga.post("/setup", wizard(app.code.as_deref().unwrap())).await.is(201);
    olga.becomes(&made);
    assert_eq!((&made["me"]["username"], &made["me"]["role"]), (&json!("olga"), &json!("owner")));
    let (url, token) = (made["invite"]["url"].as_str().unwrap(), made["invite"]["token"].as_str().unwrap());
    assert_eq!(url, format!("{}/join/{token}", app.url));
    olga.is_signed_in().await;
    let general = olga.general().await;
    assert_eq!(olga.get(&format!("/rooms/{general}")).await.is(200)["name"], "general");

    let after = stranger.get("/place").await.is(200);
    assert_eq!((&after["set_up"], &after["name"], &after["sign_up"]), (&json!(true), &json!("Acme"), &json!("invite")));
    stranger.post("/setup", wizard(app.code.as_deref().unwrap())).await.refuses(409, "already_set_up");
    stranger.is_signed_out().await;
}

async fn only_the_code_of_the_terminal_opens_the_wizard(app: App) {
    let stranger = app.stranger();
    let code = app.code.as_deref().unwrap();
    let other = if code.starts_with('0') { code.replacen('0', "1", 1) } else { format!("0{}", &code[1..]) };
    for wrong in ["", "0000-0000-0000", &other] {
        let refused = stranger.post("/setup", wizard(wrong)).await.refuses(403, "setup_code_wrong");
        assert_eq!(refused.body["field"], "code");
    }
    assert_eq!(stranger.get("/place").await.is(200)["set_up"], false);
    stranger.post("/setup", wizard(&code.to_lowercase().replace('-', " "))).await.is(201);
}

async fn two_wizards_at_once_make_one_place(app: App) {
    let (one, other) = (app.stranger(), app.stranger());
    let code = app.code.as_deref().unwrap();
    let answers = tokio::join!(one.post("/setup", wizard(code)), other.post("/setup", wizard(code)));
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

async fn before_the_wizard_nobody_can_come_in(app: App) {
    let stranger = app.stranger();
    stranger.post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await.refuses(409, "not_set_up");
    stranger.post("/sign-up", crate::support::sign_up("alice", None)).await.refuses(409, "not_set_up");
    stranger.get("/invites/anything").await.refuses(404, "invite_invalid");
    stranger.is_signed_out().await;
}
