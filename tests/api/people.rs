//! What admins do to accounts, and everyone to their own.

use std::time::Duration;

use serde_json::{Value, json};
use snug::domain::Timestamp;
use snug::store::accounts;

use crate::support::{App, PASSWORD, Person, on_both};

on_both![
    a_role_counts_at_once,
    admins_look_after_members_and_owners_after_everyone,
    the_last_owner_stays,
    a_deactivated_account_opens_nothing_until_it_is_active_again,
    a_banned_person_is_told_why_and_comes_back_when_it_is_over,
    a_deleted_account_is_gone_and_what_it_said_stays,
    one_deletes_ones_own_account_with_the_password,
    admins_see_and_end_the_sessions_of_others,
    room_roles_are_given_by_owners,
    who_was_banned_from_a_room_stays_out,
    a_guest_sees_only_the_rooms_they_were_added_to,
];

async fn signs_in(app: &App, name: &str) -> crate::support::Answer {
    app.stranger().post("/sign-in", json!({"username": name, "password": PASSWORD})).await
}

async fn role(olga: &Person, person: &Person, role: &str) -> crate::support::Answer {
    olga.patch(&format!("/users/{}", person.id), json!({"role": role})).await
}

async fn room(person: &Person, name: &str, visibility: &str) -> Value {
    person.post("/rooms", json!({"name": name, "visibility": visibility})).await.is(201)["room"]["id"].clone()
}

async fn general(person: &Person) -> Value {
    let rooms = person.get("/rooms").await.is(200);
    rooms.as_array().unwrap().iter().find(|room| room["name"] == "general").unwrap()["id"].clone()
}

async fn a_role_counts_at_once(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    bob.get("/invites").await.refuses(403, "forbidden");
    role(&olga, &bob, "admin").await.is(200);
    bob.get("/invites").await.is(200);
    role(&olga, &bob, "member").await.is(200);
    bob.get("/invites").await.refuses(403, "forbidden");
    bob.patch("/place", json!({"name": "Mine"})).await.refuses(403, "forbidden");
    role(&olga, &bob, "captain").await.refuses(400, "malformed");
    olga.patch(&format!("/users/{}", bob.id), json!({})).await.refuses(400, "malformed");
    olga.patch("/users/999999", json!({"role": "guest"})).await.refuses(404, "not_found");
}

async fn admins_look_after_members_and_owners_after_everyone(app: App) {
    let olga = app.owner().await;
    let (ada, bob) = (app.member(&olga, "ada").await, app.member(&olga, "bob").await);
    role(&olga, &ada, "admin").await.is(200);
    role(&ada, &bob, "admin").await.refuses(403, "forbidden");
    role(&ada, &bob, "guest").await.is(200);
    role(&ada, &olga, "member").await.refuses(403, "forbidden");
    for (method, path) in [("ban", "/ban"), ("delete", ""), ("sessions", "/sessions")] {
        let path = format!("/users/{}{path}", olga.id);
        let answer = if method == "ban" { ada.put(&path, json!({})).await } else { ada.delete(&path).await };
        answer.refuses(403, "forbidden");
        olga.is_signed_in().await;
    }
    bob.put(&format!("/users/{}/ban", ada.id), json!({})).await.refuses(403, "forbidden");
}

async fn the_last_owner_stays(app: App) {
    let olga = app.owner().await;
    role(&olga, &olga, "member").await.refuses(409, "last_owner");
    olga.post("/me/delete", json!({"password": PASSWORD})).await.refuses(409, "last_owner");
    olga.patch(&format!("/users/{}", olga.id), json!({"active": false})).await.refuses(403, "forbidden");
    let bob = app.member(&olga, "bob").await;
    role(&olga, &bob, "owner").await.is(200);
    role(&olga, &olga, "member").await.is(200);
    role(&bob, &bob, "member").await.refuses(409, "last_owner");
}

async fn a_deactivated_account_opens_nothing_until_it_is_active_again(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let token = bob.post("/me/tokens", json!({"name": "bot", "access": "read"})).await.is(201)["token"].clone();
    let path = format!("/users/{}", bob.id);
    olga.patch(&path, json!({"active": false})).await.is(200);
    bob.is_signed_out().await;
    let with_token = app.stranger();
    let asked = with_token.request(reqwest::Method::GET, "/me").bearer_auth(token.as_str().unwrap());
    with_token.send(asked).await.refuses(401, "unauthenticated");
    signs_in(&app, "bob").await.refuses(403, "account_inactive");
    let wrong = app.stranger().post("/sign-in", json!({"username": "bob", "password": "not the password"})).await;
    wrong.refuses(401, "sign_in_failed");
    assert_eq!(olga.get(&path).await.is(200)["active"], false);
    assert_eq!(olga.get(&format!("{path}/account")).await.is(200)["inactive_because"], "deactivated");
    olga.delete(&format!("{path}/ban")).await.refuses(404, "not_found");
    olga.patch(&path, json!({"active": true})).await.is(200);
    bob.is_signed_out().await;
    signs_in(&app, "bob").await.is(200);
}

async fn a_banned_person_is_told_why_and_comes_back_when_it_is_over(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let path = format!("/users/{}/ban", bob.id);
    let soon = Timestamp::now().after(Duration::from_millis(300)).micros() / 1_000;
    olga.put(&path, json!({"until": 1})).await.refuses(400, "malformed");
    olga.put(&path, json!({"until": soon, "reason": "spam"})).await.is(200);
    bob.is_signed_out().await;
    let refused = signs_in(&app, "bob").await.refuses(403, "account_inactive");
    assert!(refused.body["message"].as_str().unwrap().contains("spam"));
    let account = olga.get(&format!("/users/{}/account", bob.id)).await.is(200);
    assert_eq!((&account["inactive_because"], &account["banned_until"]), (&json!("banned"), &json!(soon)));
    let lifted = async {
        loop {
            app.edge.store.write(accounts::lift_ended_bans).await.unwrap();
            if signs_in(&app, "bob").await.status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), lifted).await.expect("the ban is not lifted");
    olga.put(&path, json!({})).await.is(200);
    signs_in(&app, "bob").await.refuses(403, "account_inactive");
    olga.delete(&path).await.is(200);
    signs_in(&app, "bob").await.is(200);
}

async fn a_deleted_account_is_gone_and_what_it_said_stays(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let general = general(&bob).await;
    bob.says(general.as_i64().unwrap(), "I was here").await;
    let den = room(&bob, "den", "private").await;
    bob.post(&format!("/rooms/{den}/members"), json!({"user": olga.id})).await.is(200);
    olga.delete(&format!("/users/{}", bob.id)).await.is(200);
    bob.is_signed_out().await;
    signs_in(&app, "bob").await.refuses(401, "sign_in_failed");
    let user = olga.get(&format!("/users/{}", bob.id)).await.is(200);
    assert_eq!((&user["display_name"], &user["active"]), (&json!("Deleted account"), &json!(false)));
    let messages = olga.get(&format!("/rooms/{general}/messages")).await.is(200);
    assert_eq!((&messages["messages"][0]["body"], &messages["messages"][0]["author"]), (&json!("I was here"), &json!(bob.id)));
    let members = olga.get(&format!("/rooms/{den}/members")).await.is(200);
    assert_eq!(members.as_array().unwrap().len(), 1);
    assert_eq!(members[0]["role"], "owner", "somebody else owns the room now");
    olga.patch(&format!("/users/{}", bob.id), json!({"active": true})).await.refuses(404, "not_found");
    app.member(&olga, "bob").await.is_signed_in().await;
}

async fn one_deletes_ones_own_account_with_the_password(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    bob.post("/me/delete", json!({"password": "not the password"})).await.refuses(403, "password_wrong");
    bob.is_signed_in().await;
    bob.post("/me/delete", json!({"password": PASSWORD})).await.is(204);
    bob.is_signed_out().await;
    signs_in(&app, "bob").await.refuses(401, "sign_in_failed");
}

async fn admins_see_and_end_the_sessions_of_others(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let path = format!("/users/{}/sessions", bob.id);
    let listed = olga.get(&path).await.is(200);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["current"]), (1, &json!(false)));
    bob.get(&path).await.refuses(403, "forbidden");
    olga.delete(&path).await.is(204);
    bob.is_signed_out().await;
    signs_in(&app, "bob").await.is(200);
}

async fn room_roles_are_given_by_owners(app: App) {
    let olga = app.owner().await;
    let (bob, carol) = (app.member(&olga, "bob").await, app.member(&olga, "carol").await);
    let den = room(&bob, "den", "private").await;
    let member = |person: &Person| format!("/rooms/{den}/members/{}", person.id);
    bob.post(&format!("/rooms/{den}/members"), json!({"user": carol.id})).await.is(200);
    carol.patch(&member(&carol), json!({"role": "owner"})).await.refuses(403, "forbidden");
    bob.patch(&member(&bob), json!({"role": "member"})).await.refuses(409, "last_owner");
    bob.patch(&member(&carol), json!({"role": "moderator"})).await.is(200);
    carol.patch(&format!("/rooms/{den}"), json!({"name": "lair"})).await.is(200);
    bob.patch(&member(&carol), json!({"role": "owner"})).await.is(200);
    carol.patch(&member(&bob), json!({"role": "member"})).await.is(200);
    bob.patch(&member(&olga), json!({"role": "member"})).await.refuses(403, "forbidden");
    olga.patch(&member(&bob), json!({"role": "owner"})).await.refuses(404, "not_found");
}

async fn who_was_banned_from_a_room_stays_out(app: App) {
    let olga = app.owner().await;
    let (bob, carol) = (app.member(&olga, "bob").await, app.member(&olga, "carol").await);
    let hall = room(&bob, "hall", "public").await;
    let ban = format!("/rooms/{hall}/bans/{}", carol.id);
    carol.do_post(&format!("/rooms/{hall}/join")).await.is(200);
    carol.put(&format!("/rooms/{hall}/bans/{}", bob.id), json!({})).await.refuses(403, "forbidden");
    carol.get(&format!("/rooms/{hall}/bans")).await.refuses(403, "forbidden");
    bob.put(&ban, json!({})).await.is(200);
    carol.get(&format!("/rooms/{hall}/messages")).await.refuses(404, "not_found");
    carol.do_post(&format!("/rooms/{hall}/join")).await.refuses(403, "room_banned");
    bob.post(&format!("/rooms/{hall}/members"), json!({"user": carol.id})).await.refuses(403, "room_banned");
    let listed = bob.get(&format!("/rooms/{hall}/bans")).await.is(200);
    assert_eq!((&listed[0]["user"]["id"], &listed[0]["banned_by"]), (&json!(carol.id), &json!(bob.id)));
    bob.delete(&ban).await.is(200);
    bob.delete(&ban).await.refuses(404, "not_found");
    carol.do_post(&format!("/rooms/{hall}/join")).await.is(200);
}

async fn a_guest_sees_only_the_rooms_they_were_added_to(app: App) {
    let olga = app.owner().await;
    let (gus, bob) = (app.member(&olga, "gus").await, app.member(&olga, "bob").await);
    let general = general(&gus).await;
    gus.do_post(&format!("/rooms/{general}/leave")).await.is(200);
    role(&olga, &gus, "guest").await.is(200);
    let person_room = gus.get("/rooms").await.is(200);
    assert_eq!(person_room.as_array().unwrap().iter().map(|room| &room["kind"]).collect::<Vec<_>>(), ["person"]);
    gus.get("/users").await.refuses(403, "forbidden");
    gus.get(&format!("/users/{}", gus.id)).await.is(200);
    for other in [&olga, &bob] {
        gus.get(&format!("/users/{}", other.id)).await.refuses(404, "not_found");
    }
    gus.do_post(&format!("/rooms/{general}/join")).await.refuses(404, "not_found");
    let members = format!("/rooms/{general}/members");
    bob.post(&members, json!({"user": gus.id})).await.refuses(403, "forbidden");
    olga.post(&members, json!({"user": gus.id})).await.is(200);
    let rooms = gus.get("/rooms").await.is(200);
    let named: Vec<&Value> = rooms.as_array().unwrap().iter().filter(|room| !room["name"].is_null()).map(|room| &room["id"]).collect();
    assert_eq!(named, [&general]);
    // Whom they share a room with, and whose words stand there, they know.
    bob.says(general.as_i64().unwrap(), "I was here").await;
    bob.do_post(&format!("/rooms/{general}/leave")).await.is(200);
    for other in [&olga, &bob] {
        gus.get(&format!("/users/{}", other.id)).await.is(200);
    }
    role(&olga, &gus, "member").await.is(200);
    gus.get("/users").await.is(200);
}
