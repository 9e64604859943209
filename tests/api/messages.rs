//! Saying, reading, catching up.

use serde_json::{Value, json};

use crate::support::{App, client_id, on_both, tell_with};

on_both![
    a_message_is_what_was_said_and_its_rendering,
    a_retry_answers_with_the_first_result,
    history_is_paged_in_both_directions_and_around,
    catching_up_gives_everything_or_a_clear_no,
    reading_moves_the_position_and_never_back,
    presence_and_limits_are_told,
];

async fn a_message_is_what_was_said_and_its_rendering(app: App) {
    let olga = app.owner().await;
    let room = olga.general().await;
    let id = client_id();
    let posted = olga.post(&format!("/rooms/{room}/messages"), json!({"client_id": id, "body": "*hi* <b>\r\n"})).await.is(201);
    let message = &posted["message"];
    assert_eq!((&message["author"], &message["body"], &message["client_id"]), (&json!(olga.id), &json!("*hi* <b>"), &json!(id)));
    assert_eq!((&message["room"], &message["number"], &message["seq"]), (&json!(room), &json!(1), &posted["cursor"]["seq"]));
    let html = message["html"].as_str().unwrap();
    assert!(html.contains("<em>hi</em>") && !html.contains("<b>"), "{html}");
    let page = olga.get(&format!("/rooms/{room}/messages")).await.is(200);
    assert_eq!((&page["messages"][0], &page["cursor"]), (message, &posted["cursor"]));
}

async fn a_retry_answers_with_the_first_result(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let room = olga.general().await;
    let path = format!("/rooms/{room}/messages");
    let once = json!({"client_id": client_id(), "body": "once"});
    let first = olga.post(&path, once.clone()).await.is(201);
    assert_eq!(olga.post(&path, once.clone()).await.is(201), first);
    let other_body = json!({"client_id": once["client_id"], "body": "twice"});
    olga.post(&path, other_body).await.refuses(409, "client_id_reused");
    // The id is the author's own.
    alice.post(&path, once).await.is(201);
    assert_eq!(olga.reads(room).await, ["once", "once"]);
}

async fn history_is_paged_in_both_directions_and_around(app: App) {
    let olga = app.owner().await;
    let room = olga.creates("Log", "public").await;
    for number in 1..=9 {
        olga.says(room, &number.to_string()).await;
    }
    for (query, (first, last), has_older, has_newer) in [
        ("", (1, 9), false, false),
        ("?limit=4", (6, 9), true, false),
        ("?before=6&limit=3", (3, 5), true, true),
        ("?before=3", (1, 2), false, true),
        ("?after=7", (8, 9), true, false),
        ("?after=2&limit=3", (3, 5), true, true),
        ("?around=5&limit=4", (4, 7), true, true),
        ("?after=9", (10, 9), true, false),
    ] {
        let page = olga.get(&format!("/rooms/{room}/messages{query}")).await.is(200);
        let given: Vec<i64> = page["messages"].as_array().unwrap().iter().map(|message| message["number"].as_i64().unwrap()).collect();
        if query.starts_with("?around") {
            // Which half is the longer one is not promised.
            assert!(given.len() == 4 && given.contains(&5) && given.windows(2).all(|pair| pair[1] == pair[0] + 1), "{given:?}");
        } else {
            assert_eq!(given, (first..=last).collect::<Vec<_>>(), "{query}");
        }
        assert_eq!((&page["has_older"], &page["has_newer"]), (&json!(has_older), &json!(has_newer)), "{query}");
    }
}

async fn catching_up_gives_everything_or_a_clear_no(app: App) {
    let olga = app.owner().await;
    let room = olga.creates("Log", "public").await;
    let events = |cursor: &Value| format!("/rooms/{room}/events?seq={}&tag={}", cursor["seq"], cursor["tag"]);
    let seen = olga.says(room, "seen").await["cursor"].clone();
    olga.says(room, "missed").await;
    olga.patch(&format!("/rooms/{room}"), json!({"topic": "missed too"})).await.is(200);

    let caught_up = olga.get(&events(&seen)).await.is(200);
    let entries = caught_up["entries"].as_array().unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry["event"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["posted", "topic_set"]);
    let first = seen["seq"].as_i64().unwrap();
    assert!(entries.iter().enumerate().all(|(at, entry)| entry["seq"] == first + 1 + at as i64 && entry["by"] == olga.id), "{entries:?}");
    assert_eq!(caught_up["cursor"]["seq"], first + 2);
    let nothing_new = olga.get(&events(&caught_up["cursor"])).await.is(200);
    assert_eq!((&nothing_new["entries"], &nothing_new["cursor"]), (&json!([]), &caught_up["cursor"]));

    let whole = olga.get(&events(&json!({"seq": 0, "tag": 0}))).await.is(200);
    assert_eq!(whole["entries"][0]["event"]["kind"], "created");
    let tag = seen["tag"].as_u64().unwrap();
    let of_another_history = json!({"seq": first, "tag": if tag == 0 { 1 } else { tag - 1 }});
    assert_eq!(olga.get(&events(&of_another_history)).await.is(200), json!({"reset": true}));
    let ahead = json!({"seq": first + 100, "tag": 1});
    assert_eq!(olga.get(&events(&ahead)).await.is(200), json!({"reset": true}));
}

async fn reading_moves_the_position_and_never_back(app: App) {
    let olga = app.owner().await;
    let alice = app.member(&olga, "alice").await;
    let room = olga.general().await;
    for body in ["one", "two", "three"] {
        olga.says(room, body).await;
    }
    let path = format!("/rooms/{room}");
    let unread = |membership: &Value| membership["last_number"].as_i64().unwrap() - membership["read_number"].as_i64().unwrap();
    assert_eq!(unread(&alice.get(&path).await.is(200)), 3);
    for (given, in_force) in [(2, 2), (1, 2), (3, 3), (99, 3)] {
        let read = alice.put(&format!("{path}/read"), json!({"number": given})).await.is(200);
        assert_eq!(read, json!({"did": "read", "room": room, "number": in_force}));
    }
    assert_eq!(unread(&alice.get(&path).await.is(200)), 0);
}

async fn presence_and_limits_are_told(app: App) {
    let olga = app.owner().await;
    assert_eq!(olga.get("/presence").await.is(200), json!({"online": []}));
    let limits = app.stranger().get("/limits").await.is(200);
    assert_eq!((&limits["frame_bytes"], &limits["message_chars"]), (&json!(65_536), &json!(8_000)));
}

#[test]
fn whoever_is_further_behind_than_the_limit_starts_over() {
    tell_with(
        crate::support::Database::sqlite,
        |config| config.limits.replay_events = 3,
        |app| async move {
            let olga = app.owner().await;
            let room = olga.creates("Log", "public").await;
            let seen = olga.says(room, "seen").await["cursor"].clone();
            let path = format!("/rooms/{room}/events?seq={}&tag={}", seen["seq"], seen["tag"]);
            for missed in 1..=4 {
                olga.says(room, "missed").await;
                let caught_up = olga.get(&path).await.is(200);
                assert_eq!(caught_up == json!({"reset": true}), missed > 3, "{missed}: {caught_up}");
            }
        },
    );
}
