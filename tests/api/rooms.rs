//! The life of rooms.

use serde_json::{Value, json};

use crate::support::{App, Person, on_both};

on_both![
    a_public_room_is_made_found_joined_and_left,
    a_private_room_is_only_for_those_who_were_added,
    a_room_is_renamed_described_archived_and_opened_again,
    a_room_becomes_private_and_public_again,
    members_may_less_than_owners,
    a_direct_room_is_the_same_one_each_time,
    general_cannot_be_hidden_or_closed,
    names_of_public_rooms_are_taken_once,
];

async fn public_rooms(person: &Person) -> Vec<Value> {
    person.get("/rooms/public").await.is(200).as_array().unwrap().clone()
}

async fn members(person: &Person, room: i64) -> Vec<i64> {
    let members = person.get(&format!("/rooms/{room}/members")).await.is(200);
    members.as_array().unwrap().iter().map(|member| member["user"]["id"].as_i64().unwrap()).collect()
}

async fn a_public_room_is_made_found_joined_and_left(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let made = olga.post("/rooms", json!({"name": "Lunch", "topic": "Where?", "visibility": "public"})).await.is(201);
    let room = made["room"]["id"].as_i64().unwrap();
    assert_eq!(
        (&made["room"]["role"], &made["room"]["topic"], &made["room"]["kind"]),
        (&json!("owner"), &json!("Where?"), &json!("public"))
    );

    let listed = public_rooms(&alice).await.into_iter().find(|listed| listed["id"] == room).unwrap();
    assert_eq!((&listed["name"], &listed["members"], &listed["joined"]), (&json!("Lunch"), &json!(1), &json!(false)));
    alice.get(&format!("/rooms/{room}")).await.refuses(404, "not_found");
    let joined = alice.do_post(&format!("/rooms/{room}/join")).await.is(200);
    assert_eq!((&joined["did"], &joined["room"]["role"]), (&json!("entered"), &json!("member")));
    alice.do_post(&format!("/rooms/{room}/join")).await.is(200);
    assert_eq!(members(&alice, room).await, [olga.id, alice.id]);
    alice.says(room, "Pizza?").await;
    assert_eq!(olga.reads(room).await, ["Pizza?"]);

    assert_eq!(alice.do_post(&format!("/rooms/{room}/leave")).await.is(200)["did"], "done");
    assert_eq!(members(&olga, room).await, [olga.id]);
    alice.get(&format!("/rooms/{room}/messages")).await.refuses(404, "not_found");
}

async fn a_private_room_is_only_for_those_who_were_added(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let room = alice.creates("Surprise", "private").await;
    assert!(public_rooms(&olga).await.iter().all(|listed| listed["id"] != room));
    let bob = app.member(&olga, "bob").await;
    alice.post(&format!("/rooms/{room}/members"), json!({"user": bob.id})).await.is(200);
    assert_eq!(members(&bob, room).await, [alice.id, bob.id]);
    bob.says(room, "Cake!").await;
    alice.delete(&format!("/rooms/{room}/members/{}", bob.id)).await.is(200);
    bob.get(&format!("/rooms/{room}/messages")).await.refuses(404, "not_found");
    alice.delete(&format!("/rooms/{room}/members/{}", bob.id)).await.refuses(404, "not_found");
}

async fn a_room_is_renamed_described_archived_and_opened_again(app: App) {
    let olga = app.owner().await;
    let room = olga.creates("Lnuch", "public").await;
    let path = format!("/rooms/{room}");
    for change in [json!({"name": "Lunch"}), json!({"topic": "Noon"}), json!({"archived": true})] {
        assert_eq!(olga.patch(&path, change).await.is(200)["did"], "done");
    }
    let shown = olga.get(&path).await.is(200);
    assert_eq!((&shown["name"], &shown["topic"], &shown["archived"]), (&json!("Lunch"), &json!("Noon"), &json!(true)));
    let message = json!({"client_id": crate::support::client_id(), "body": "too late"});
    olga.post(&format!("{path}/messages"), message.clone()).await.refuses(409, "room_archived");
    olga.patch(&path, json!({"archived": false})).await.is(200);
    olga.post(&format!("{path}/messages"), message).await.is(201);
}

async fn a_room_becomes_private_and_public_again(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let room = olga.creates("Plans", "public").await;
    olga.patch(&format!("/rooms/{room}"), json!({"visibility": "private"})).await.is(200);
    assert!(public_rooms(&alice).await.iter().all(|listed| listed["id"] != room));
    alice.do_post(&format!("/rooms/{room}/join")).await.refuses(404, "not_found");
    olga.patch(&format!("/rooms/{room}"), json!({"visibility": "public"})).await.is(200);
    alice.do_post(&format!("/rooms/{room}/join")).await.is(200);
}

async fn members_may_less_than_owners(app: App) {
    let olga = app.owner().await;
    let (alice, bob) = (app.member(&olga, "alice").await, app.member(&olga, "bob").await);
    let room = alice.creates("Club", "public").await;
    bob.do_post(&format!("/rooms/{room}/join")).await.is(200);
    let path = format!("/rooms/{room}");
    bob.patch(&path, json!({"topic": "Anyone may say"})).await.is(200);
    for change in [json!({"name": "Mine"}), json!({"visibility": "private"}), json!({"archived": true})] {
        bob.patch(&path, change).await.refuses(403, "forbidden");
    }
    bob.delete(&format!("{path}/members/{}", alice.id)).await.refuses(403, "forbidden");
    // The owner of the place looks after public rooms without being in them.
    olga.patch(&path, json!({"name": "Book club"})).await.is(200);
}

async fn a_direct_room_is_the_same_one_each_time(app: App) {
    let olga = app.owner().await;
    let (alice, bob) = (app.member(&olga, "alice").await, app.member(&olga, "bob").await);
    let opened = alice.post("/directs", json!({"users": [bob.id]})).await.is(200);
    assert_eq!((&opened["did"], &opened["room"]["kind"], &opened["room"]["name"]), (&json!("entered"), &json!("direct"), &json!(null)));
    let room = opened["room"]["id"].as_i64().unwrap();
    assert_eq!(bob.post("/directs", json!({"users": [alice.id, bob.id, alice.id]})).await.is(200)["room"]["id"], room);
    let three = alice.post("/directs", json!({"users": [bob.id, olga.id]})).await.is(200)["room"]["id"].clone();
    assert_ne!(three, room);
    alice.says(room, "psst").await;
    assert_eq!(bob.reads(room).await, ["psst"]);
    olga.get(&format!("/rooms/{room}/messages")).await.refuses(404, "not_found");
    alice.do_post(&format!("/rooms/{room}/leave")).await.refuses(403, "forbidden");

    alice.post("/directs", json!({"users": []})).await.refuses(422, "peers_invalid");
    alice.post("/directs", json!({"users": [alice.id]})).await.refuses(422, "peers_invalid");
    alice.post("/directs", json!({"users": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]})).await.refuses(422, "peers_invalid");
    alice.post("/directs", json!({"users": [999]})).await.refuses(404, "not_found");
}

async fn general_cannot_be_hidden_or_closed(app: App) {
    let olga = app.owner().await;
    let general = olga.general().await;
    for change in [json!({"visibility": "private"}), json!({"archived": true})] {
        olga.patch(&format!("/rooms/{general}"), change).await.refuses(409, "default_room");
    }
    olga.patch(&format!("/rooms/{general}"), json!({"name": "Everyone"})).await.is(200);
}

async fn names_of_public_rooms_are_taken_once(app: App) {
    let olga = app.owner().await;
    olga.creates("Lunch", "public").await;
    for name in ["Lunch", "lunch", "LUNCH", "l-unch"] {
        olga.post("/rooms", json!({"name": name, "visibility": "public"})).await.refuses(409, "room_name_taken");
    }
    olga.creates("Lunch", "private").await;
}
