//! The audit log: who changed what anyone may do.

use serde_json::{Value, json};

use crate::support::{App, PASSWORD, Person, on_both};

on_both![
    what_changes_rights_is_recorded_with_who_and_from_where,
    failed_sign_ins_are_counted_and_no_name_that_nobody_has_is_kept,
    only_admins_read_it,
    it_is_read_page_by_page_and_taken_as_json_lines,
    a_refused_change_leaves_no_record,
];

async fn records(olga: &Person, query: &str) -> Vec<Value> {
    olga.get(&format!("/audit?limit=200{query}")).await.is(200).as_array().unwrap().clone()
}

async fn kinds(olga: &Person) -> Vec<String> {
    records(olga, "").await.iter().map(|record| record["kind"].as_str().unwrap().to_owned()).collect()
}

async fn what_changes_rights_is_recorded_with_who_and_from_where(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let den = bob.post("/rooms", json!({"name": "den", "visibility": "public"})).await.is(201)["room"]["id"].clone();
    bob.post(&format!("/rooms/{den}/members"), json!({"user": olga.id})).await.is(200);
    let token = bob.post("/me/tokens", json!({"name": "bot", "access": "read"})).await.is(201)["id"].clone();
    olga.delete(&format!("/users/{}/tokens/{token}", bob.id)).await.is(204);
    bob.patch(&format!("/rooms/{den}/members/{}", olga.id), json!({"role": "moderator"})).await.is(200);
    bob.patch(&format!("/rooms/{den}"), json!({"name": "lair"})).await.is(200);
    bob.patch(&format!("/rooms/{den}"), json!({"visibility": "private"})).await.is(200);
    bob.delete(&format!("/rooms/{den}/members/{}", olga.id)).await.is(200);
    olga.patch("/place", json!({"name": "Elsewhere", "sign_up": "open"})).await.is(200);
    olga.patch(&format!("/users/{}", bob.id), json!({"role": "admin"})).await.is(200);
    olga.put(&format!("/users/{}/ban", bob.id), json!({"reason": "spam"})).await.is(200);
    olga.delete(&format!("/users/{}/ban", bob.id)).await.is(200);
    olga.post("/me/password", json!({"current": PASSWORD, "new": "a wholly other secret"})).await.is(204);
    olga.delete("/me/sessions").await.is(204);

    let mut expected = vec![
        "set_up",
        "signed_in",
        "invite_created",
        "invite_used",
        "signed_up",
        "signed_in",
        "token_created",
        "token_revoked",
        "room_role_set",
        "room_renamed",
        "room_visibility_set",
        "member_removed",
        "place_renamed",
        "sign_up_set",
        "role_set",
        "banned",
        "unbanned",
        "password_changed",
        "other_sessions_ended",
    ];
    expected.reverse();
    assert_eq!(kinds(&olga).await, expected);

    let banned = &records(&olga, "&kind=banned").await[0];
    assert_eq!((&banned["actor"], &banned["actor_id"]), (&json!("olga"), &json!(olga.id)));
    assert_eq!((&banned["subject"], &banned["subject_id"]), (&json!("bob"), &json!(bob.id)));
    assert_eq!((&banned["address"], &banned["details"]["reason"]), (&json!("127.0.0.1"), &json!("spam")));
    assert!(banned["credential"].as_str().unwrap().starts_with("login:"));
    assert!(records(&olga, &format!("&user={}", bob.id)).await.iter().any(|record| record["kind"] == "banned"));
    let all = json!(records(&olga, "").await).to_string();
    for secret in [PASSWORD, "a wholly other secret", "snug_"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

async fn failed_sign_ins_are_counted_and_no_name_that_nobody_has_is_kept(app: App) {
    let olga = app.owner().await;
    for _ in 0..3 {
        let wrong = json!({"username": "olga", "password": "not the password"});
        app.stranger().post("/sign-in", wrong).await.refuses(401, "sign_in_failed");
    }
    let slip = json!({"username": "herring-under-fur", "password": "not the password"});
    app.stranger().post("/sign-in", slip).await.refuses(401, "sign_in_failed");
    app.edge.door.failed.flush(&app.edge.store).await.unwrap();
    let failed = records(&olga, "&kind=sign_in_failed").await;
    let mut told: Vec<_> = failed.iter().map(|record| (record["subject"].clone(), record["details"]["times"].clone())).collect();
    told.sort_by_key(|(name, _)| name.to_string());
    assert_eq!(told, [(json!(""), json!(1)), (json!("olga"), json!(3))]);
    assert!(!json!(failed).to_string().contains("herring"), "people type their password into the wrong field");
    assert_eq!((&failed[0]["actor_id"], &failed[0]["address"]), (&Value::Null, &json!("127.0.0.1")));
}

async fn only_admins_read_it(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    bob.get("/audit").await.refuses(403, "forbidden");
    bob.do_post("/audit/export").await.refuses(403, "forbidden");
    app.stranger().get("/audit").await.refuses(401, "unauthenticated");
    olga.get("/audit?kind=nonsense").await.refuses(400, "malformed");
}

async fn it_is_read_page_by_page_and_taken_as_json_lines(app: App) {
    let olga = app.owner().await;
    for _ in 0..5 {
        olga.invite(json!({})).await;
    }
    let all = records(&olga, "").await;
    let first = olga.get("/audit?limit=2").await.is(200);
    assert_eq!(first, json!(all[..2]));
    let next = olga.get(&format!("/audit?limit=2&before={}", first[1]["id"])).await.is(200);
    assert_eq!(next, json!(all[2..4]));

    let request = olga.request(reqwest::Method::POST, "/audit/export");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/jsonl");
    let text = answer.text().await.unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["kind"], "audit_exported", "that it was taken is recorded");
    assert_eq!(lines[1..], all[..]);
}

async fn a_refused_change_leaves_no_record(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let before = kinds(&olga).await;
    bob.patch("/place", json!({"name": "Mine"})).await.refuses(403, "forbidden");
    olga.patch(&format!("/users/{}", olga.id), json!({"role": "member"})).await.refuses(409, "last_owner");
    olga.delete(&format!("/users/{}/ban", bob.id)).await.refuses(404, "not_found");
    assert_eq!(kinds(&olga).await, before);
}
