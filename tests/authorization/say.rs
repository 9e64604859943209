//! What is said on a socket for each row.

use serde_json::{Value, json};
use snug::domain::Access;

use crate::actor::{Actor, token};
use crate::judge::word;
use crate::objects::Objects;
use crate::socket::Socket;
use crate::table::{Row, Who};
use crate::world::{World, unheard_of};

/// The `ref` of every request here.
const REF: u32 = 7;

/// What comes back, in the table's words: `ok`, a refusal, or the status where no socket was opened.
pub async fn told(world: &World, objects: &Objects, actor: &Actor, row: &Row) -> String {
    let mut socket = match Socket::open(&world.url, actor.headers()).await {
        Ok(socket) => socket,
        Err((status, body)) => return word(status, body["code"].as_str()),
    };
    if row.path == "/ws" {
        return "101".to_owned();
    }
    socket.says(&message(world, objects, actor, row).await).await;
    if row.path == "typing" {
        // Never answered. The answer to this comes behind it.
        socket.says(&json!({"type": "ping", "ref": REF})).await;
        socket.next_that(|message| message["type"] == "pong").await;
        return "silent".to_owned();
    }
    let answer = socket.next_that(|message| message["ref"] == REF || (row.path == "resume" && is_end_of_resume(message))).await;
    match answer["type"].as_str() {
        Some("error") => refusal(answer["error"]["code"].as_str().unwrap()),
        Some(resumed @ ("resumed" | "reset")) => resumed.to_owned(),
        _ => "ok".to_owned(),
    }
}

fn is_end_of_resume(message: &Value) -> bool {
    message["type"] == "resumed" || message["type"] == "reset"
}

fn refusal(code: &str) -> String {
    match code {
        "not_found" => "404".to_owned(),
        code => word(403, Some(code)),
    }
}

async fn message(world: &World, objects: &Objects, actor: &Actor, row: &Row) -> Value {
    let (kind, of) = (row.path.as_str(), row.of());
    let mut message = match kind {
        "ping" => json!({}),
        "refresh" => json!({"token": fresh(world, objects, actor, of).await}),
        "create_room" => json!({"name": unheard_of("room"), "visibility": of}),
        "open_direct" => json!({"users": [objects.victim.id]}),
        "set_display_name" => json!({"display_name": "Somebody"}),
        "rename_place" => json!({"name": unheard_of("place")}),
        "set_sign_up" => json!({"mode": "open"}),
        "resume" => json!({"rooms": [{"room": objects.room(of), "cursor": {"seq": 0, "tag": 0}}]}),
        "post" => json!({"room": objects.room(of), "client_id": uuid::Uuid::new_v4(), "body": "hi"}),
        "history" | "typing" | "join_room" | "leave_room" => json!({"room": objects.room(of)}),
        "read" => json!({"room": objects.room(of), "number": 1}),
        "add_member" => json!({"room": objects.room(of), "user": objects.newbie}),
        "remove_member" | "ban_member" => json!({"room": objects.room(of), "user": objects.victim.id}),
        "set_room_role" => json!({"room": objects.room(of), "user": objects.victim.id, "role": "moderator"}),
        "unban_member" => json!({"room": objects.room(of), "user": objects.shunned}),
        "rename_room" => json!({"room": objects.room(of), "name": unheard_of("room")}),
        "set_topic" => json!({"room": objects.room(of), "topic": "Herring"}),
        "set_visibility" => json!({"room": objects.room(of), "visibility": if of == "den" { "public" } else { "private" }}),
        "set_archived" => json!({"room": objects.room(of), "archived": true}),
        other => panic!("nobody has written down how {other} is said"),
    };
    message["type"] = kind.into();
    if kind != "typing" {
        message["ref"] = REF.into();
    }
    message
}

/// A token that reaches as far as what opened the socket: one's own, or somebody else's.
async fn fresh(world: &World, objects: &Objects, actor: &Actor, of: &str) -> String {
    let (access, room) = match actor.who {
        Who::Reader => (Access::Read, None),
        Who::Writer => (Access::Write, None),
        Who::Bound => (Access::Write, Some(objects.den)),
        _ => (Access::Admin, None),
    };
    let whose = match (of, actor.user) {
        ("own", Some(own)) => own,
        _ => objects.victim.id,
    };
    token(world, whose, access, room).await
}
