//! What is asked over REST for each row.

use reqwest::Method;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::judge::word;
use crate::objects::Objects;
use crate::table::Row;
use crate::world::{PASSWORD, World, unheard_of};

/// What comes back, in the table's words.
pub async fn told(world: &World, objects: &Objects, actor: &Actor, row: &Row) -> String {
    let path = path(world, objects, actor, row).await;
    let body = body(objects, row);
    let answer = actor.ask(row.method.parse::<Method>().unwrap(), &path, body.as_ref()).await;
    word(answer.status, answer.body["code"].as_str())
}

/// The path with what its names stand for.
async fn path(world: &World, objects: &Objects, actor: &Actor, row: &Row) -> String {
    let of = row.of();
    let id = match row.path.as_str() {
        path if path.starts_with("/rooms/{id}") => objects.room(of).to_string(),
        "/users/{id}" if of == "newbie" => objects.newbie.to_string(),
        "/users/{id}/ban" if row.method == "DELETE" => objects.exile.to_string(),
        path if path.starts_with("/users/{id}") => objects.person(of).id.to_string(),
        "/me/sessions/{id}" => own_or_other(actor, of, "/me", "login_session", objects.victim.session.get()).await,
        "/me/tokens/{id}" => own_token_or_other(world, objects, actor, of).await,
        _ => String::new(),
    };
    let user = if row.path.contains("/bans/") && row.method == "DELETE" { objects.shunned } else { objects.victim.id };
    let token = if row.path.starts_with("/password-resets") { objects.reset.clone() } else { objects.person(of).token.to_string() };
    let invite = if row.method == "GET" { objects.invite.clone() } else { objects.invite_id.to_string() };
    let path = row.path.replace("{id}", &id).replace("{user}", &user.to_string()).replace("{token}", &token).replace("{invite}", &invite);
    if row.path == "/rooms/{id}/events" { format!("{path}?seq=0&tag=0") } else { path }
}

/// The number of what is one's own, where it is asked of that, and where one has any.
async fn own_or_other(actor: &Actor, of: &str, at: &str, field: &str, other: i64) -> String {
    let own = if of == "own" { actor.ask(Method::GET, at, None).await.body[field].as_i64() } else { None };
    own.unwrap_or(other).to_string()
}

async fn own_token_or_other(world: &World, objects: &Objects, actor: &Actor, of: &str) -> String {
    match (of, actor.user) {
        ("own", Some(user)) => {
            crate::actor::token(world, user, snug::domain::Access::Read, None).await;
            let live = world.edge.store.read(move |conn| snug::store::api_tokens::list(conn, user)).await.unwrap();
            live[0].id.to_string()
        }
        _ => objects.victim.token.to_string(),
    }
}

fn body(objects: &Objects, row: &Row) -> Option<Value> {
    let of = row.of();
    let credentials = json!({"username": objects.newbie_name, "password": PASSWORD});
    let both = json!({"password": PASSWORD, "code": "000000"});
    Some(match (row.method.as_str(), row.path.as_str()) {
        ("GET", _) => return None,
        ("PATCH", "/place") => match of {
            "name" => json!({"name": unheard_of("place")}),
            "sign_up" => json!({"sign_up": "open"}),
            _ => json!({"second_factor": "optional"}),
        },
        ("POST", "/setup") => json!({"code": "7K2M-9QXD-3FHA", "place_name": "Mine", "sign_up": "open", "username": "mallory",
            "display_name": "Mallory", "password": PASSWORD}),
        ("POST", "/sign-up") => json!({"username": unheard_of("user"), "display_name": "Somebody", "password": PASSWORD}),
        ("POST", "/sign-in") => credentials,
        ("POST", "/password-resets/{token}") => json!({"password": "a quiet harbour 7"}),
        ("PATCH", "/me") => json!({"display_name": "Somebody"}),
        ("POST", "/me/password") => json!({"current": PASSWORD, "new": "a quiet harbour 7"}),
        ("POST", "/me/delete" | "/me/second-factor") => json!({"password": PASSWORD}),
        ("POST", "/me/second-factor/confirm") => json!({"code": "000000"}),
        ("DELETE", "/me/second-factor") | ("POST", "/me/second-factor/recovery-codes") => both,
        ("POST", "/me/tokens") => json!({"name": "mine", "access": "admin"}),
        ("POST", "/invites") => json!({"role": of}),
        ("PATCH", "/users/{id}") => match of {
            "role-admin" => json!({"role": "admin"}),
            _ => json!({"active": false}),
        },
        ("PUT", "/users/{id}/ban") => json!({"reason": "spam"}),
        ("POST", "/rooms") => json!({"name": unheard_of("room"), "visibility": of}),
        ("PATCH", "/rooms/{id}") => match of {
            "den.name" | "lobby.name" => json!({"name": unheard_of("room")}),
            "den.topic" | "lobby.topic" => json!({"topic": "Herring"}),
            "den.visibility" => json!({"visibility": "public"}),
            "lobby.visibility" => json!({"visibility": "private"}),
            _ => json!({"archived": true}),
        },
        ("POST", "/rooms/{id}/members") => json!({"user": objects.newbie}),
        ("PATCH", "/rooms/{id}/members/{user}") => json!({"role": "moderator"}),
        ("POST", "/rooms/{id}/messages") => json!({"client_id": uuid::Uuid::new_v4(), "body": "hi"}),
        ("PUT", "/rooms/{id}/read") => json!({"number": 1}),
        ("POST", "/directs") => json!({"users": [objects.victim.id]}),
        _ => return None,
    })
}
