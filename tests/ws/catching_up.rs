//! After a time away: everything, in order, or a clear `reset`.

use serde_json::{Value, json};
use snug::domain::Limits;

use super::app::App;
use super::person::{Socket, room};

/// What a resume brought for one room: the bodies of the posts in order, and how it ended. Where it is resumed nothing is missing up to
/// the cursor it names.
async fn resumes(socket: &mut Socket, id: &Value, cursor: &Value) -> (Vec<String>, Value) {
    socket.says(json!({"type": "resume", "rooms": [{"room": id, "cursor": cursor}]})).await;
    let (mut bodies, mut seq) = (Vec::new(), cursor["seq"].as_i64().unwrap());
    loop {
        let message = socket.next().await;
        match message["type"].as_str().unwrap() {
            // What is said beyond a gap is not applied before the gap is filled; the server says it again.
            "event" if message["room"] == *id && message["seq"] == seq + 1 => {
                seq += 1;
                if message["event"]["kind"] == "posted" {
                    bodies.push(message["event"]["message"]["body"].as_str().unwrap().to_owned());
                }
            }
            "resumed" | "reset" => {
                assert_eq!(message["room"], *id);
                if message["type"] == "resumed" {
                    assert_eq!(message["cursor"]["seq"], seq);
                }
                return (bodies, message);
            }
            _ => {}
        }
    }
}

async fn posts_many(socket: &mut Socket, room: &Value, from: usize, many: usize) {
    for n in from..from + many {
        socket.posts(room, &n.to_string()).await;
    }
    for _ in 0..many {
        socket.next_of("reply").await;
    }
}

#[actix_web::test]
async fn what_was_missed_comes_in_order_and_then_what_is_said() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, _) = olga.connects().await;
    let (at_bob, ready) = bob.connects().await;
    let general = room(&ready, "general").clone();
    drop(at_bob);
    posts_many(&mut at_olga, &general, 0, 3).await;
    let (mut at_bob, ready) = bob.connects().await;
    let (bodies, end) = resumes(&mut at_bob, &general["id"], &general["last"]).await;
    assert_eq!(bodies, ["0", "1", "2"]);
    assert_eq!(end["cursor"], room(&ready, "general")["last"]);
    at_olga.posts(&general, "live").await;
    assert_eq!(at_bob.next_posted().await["event"]["message"]["body"], "live");
    // One who is up to date gets nothing, and is told so.
    let (bodies, _) = resumes(&mut at_bob, &general["id"], &room(&ready, "general")["last"]).await;
    assert_eq!(bodies, ["live"]);
    app.stop().await;
}

#[actix_web::test]
async fn a_long_absence_is_replayed_page_by_page_and_too_long_a_one_is_reset() {
    let limits = Limits { replay_events: 800, posts_per_second: 100_000, posts_burst: 100_000, ..Limits::default() };
    let (app, olga) = App::with_limits(limits).await;
    let (mut at_olga, ready) = olga.connects().await;
    let general = room(&ready, "general").clone();
    posts_many(&mut at_olga, &general, 0, 700).await;
    let (mut again, _) = olga.connects().await;
    let (bodies, end) = resumes(&mut again, &general["id"], &general["last"]).await;
    assert_eq!(bodies, (0..700).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(end["type"], "resumed");
    posts_many(&mut at_olga, &general, 700, 101).await;
    let (_, end) = resumes(&mut again, &general["id"], &general["last"]).await;
    assert_eq!(end["type"], "reset");
    app.stop().await;
}

#[actix_web::test]
async fn what_is_said_during_a_replay_follows_it_without_a_hole() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, ready) = olga.connects().await;
    let general = room(&ready, "general").clone();
    posts_many(&mut at_olga, &general, 0, 300).await;
    let talking = actix_web::rt::spawn({
        let general = general.clone();
        async move {
            posts_many(&mut at_olga, &general, 300, 300).await;
            at_olga
        }
    });
    for _ in 0..5 {
        let (mut at_bob, _) = bob.connects().await;
        let (bodies, end) = resumes(&mut at_bob, &general["id"], &general["last"]).await;
        assert_eq!(end["type"], "resumed");
        assert!(bodies.len() >= 300);
        let mut seq = end["cursor"]["seq"].as_i64().unwrap();
        for _ in 0..10 {
            let event = if talking.is_finished() { break } else { at_bob.next_posted().await };
            let came = event["seq"].as_i64().unwrap();
            assert!(came <= seq + 1, "a hole between {seq} and {came}");
            seq = seq.max(came);
        }
    }
    drop(talking.await.unwrap());
    app.stop().await;
}

#[actix_web::test]
async fn a_cursor_of_another_history_and_a_room_one_is_not_in_are_reset() {
    let (app, olga) = App::start().await;
    let bob = app.newcomer("bob").await;
    let (mut at_olga, ready) = olga.connects().await;
    let general = room(&ready, "general").clone();
    at_olga.says(json!({"type": "create_room", "name": "den", "visibility": "private"})).await;
    let den = at_olga.next_of("reply").await["room"].clone();
    let (mut at_bob, _) = bob.connects().await;
    let wrong_tag = json!({"seq": general["last"]["seq"], "tag": general["last"]["tag"].as_u64().unwrap() ^ 1});
    assert_eq!(resumes(&mut at_bob, &general["id"], &wrong_tag).await.1["type"], "reset");
    assert_eq!(resumes(&mut at_bob, &general["id"], &json!({"seq": 9_999, "tag": 1})).await.1["type"], "reset");
    assert_eq!(resumes(&mut at_bob, &den["id"], &json!({"seq": 0, "tag": 0})).await, (vec![], json!({"type": "reset", "room": den["id"]})));
    assert_eq!(resumes(&mut at_bob, &json!(987_654), &json!({"seq": 0, "tag": 0})).await.1["type"], "reset");
    let (_, end) = resumes(&mut at_olga, &den["id"], &json!({"seq": 0, "tag": 0})).await;
    assert_eq!(end["type"], "resumed");
    app.stop().await;
}

#[actix_web::test]
async fn history_comes_in_pages() {
    let (app, olga) = App::start().await;
    let (mut socket, ready) = olga.connects().await;
    let general = room(&ready, "general").clone();
    posts_many(&mut socket, &general, 1, 10).await;
    let mut pages = Vec::new();
    for at in [json!({}), json!({"before": 4}), json!({"after": 7}), json!({"around": 5})] {
        let mut request = json!({"type": "history", "room": general["id"], "limit": 4});
        request.as_object_mut().unwrap().extend(at.as_object().unwrap().clone());
        socket.says(request).await;
        let page = socket.next_of("page").await;
        let numbers: Vec<i64> = page["messages"].as_array().unwrap().iter().map(|message| message["number"].as_i64().unwrap()).collect();
        pages.push((numbers, page["has_older"].as_bool().unwrap(), page["has_newer"].as_bool().unwrap()));
    }
    assert_eq!(pages[0], (vec![7, 8, 9, 10], true, false));
    assert_eq!(pages[1], (vec![1, 2, 3], false, true));
    assert_eq!(pages[2], (vec![8, 9, 10], true, false));
    assert!(pages[3].0.contains(&5) && pages[3].1 && pages[3].2, "{:?}", pages[3]);
    app.stop().await;
}
