//! Asks everything of everyone, and says which cells are not what the table says.

use snug::domain::UserId;

use crate::actor::{Actor, by};
use crate::ask;
use crate::database::Database;
use crate::objects::{Objects, post};
use crate::say;
use crate::socket::Socket;
use crate::table::{Row, Who};
use crate::world::{Serve, World};

/// The wrong cells, in words.
pub fn judge(database: Database, serve: Serve, rows: &[Row]) -> Vec<String> {
    actix_web::rt::System::new().block_on(async {
        let world = World::begin(&database, serve).await;
        let mut actors = Vec::new();
        for who in Who::ALL {
            actors.push(Actor::make(&world, who).await);
        }
        let mut objects = renewed(&world, &mut actors).await;
        let (mut wrong, mut wear) = (Vec::new(), Wear::None);
        for row in rows {
            for (column, who) in Who::ALL.into_iter().enumerate() {
                let is_worn = wear == Wear::Rights || (wear == Wear::Objects && column == 0);
                if is_worn && is_about_objects(row) {
                    objects = renewed(&world, &mut actors).await;
                    wear = Wear::None;
                }
                let told = told(&world, &objects, &actors[column], row).await;
                if told != row.expected[column] {
                    wrong.push(format!("{}: {} should get {} and got {told}", row.name(), who.word(), row.expected[column]));
                }
                // What was refused has changed nothing.
                if !told.starts_with('4') {
                    wear = wear.max(wear_of(row));
                    if spends(row) {
                        actors[column] = Actor::make(&world, who).await;
                        objects = renewed(&world, &mut actors).await;
                    }
                }
            }
        }
        world.end().await;
        wrong
    })
}

async fn renewed(world: &World, actors: &mut [Actor]) -> Objects {
    let objects = Objects::make(world, actors).await;
    actors.iter_mut().filter(|actor| actor.who == Who::Bound).for_each(|actor| actor.bearer = Some(objects.bound.clone()));
    objects
}

async fn told(world: &World, objects: &Objects, actor: &Actor, row: &Row) -> String {
    match (row.method.as_str(), row.path.as_str()) {
        ("SAY", "typing") | ("POST", "/rooms/{id}/typing") => typing(world, objects, actor, row).await,
        ("SAY", _) | ("GET", "/ws") => say::told(world, objects, actor, row).await,
        (..) => ask::told(world, objects, actor, row).await,
    }
}

/// Typing is never refused, so what counts is whether the room heard it. By REST it is heard of those who have a socket in the room.
async fn typing(world: &World, objects: &Objects, actor: &Actor, row: &Row) -> String {
    let _socket = Socket::open(&world.url, actor.headers()).await;
    let (room, ear) = (objects.room(row.of()), vec![("authorization", format!("Bearer {}", objects.victim.bearer))]);
    let mut ear = Socket::open(&world.url, ear).await.unwrap();
    let told = if row.method == "SAY" { say::told(world, objects, actor, row).await } else { ask::told(world, objects, actor, row).await };
    let marker = uuid::Uuid::new_v4().to_string();
    world.edge.chat.act(by(objects.victim.id), post(room, &marker)).await.unwrap();
    let mut heard = false;
    loop {
        let message = ear.next().await;
        heard |= message["type"] == "typing" && message["user"].as_i64() == actor.user.map(UserId::get);
        if message["event"]["message"]["body"] == *marker {
            return if heard { "heard".to_owned() } else { told };
        }
    }
}

/// The word of a refusal in the table.
pub fn word(status: u16, code: Option<&str>) -> String {
    match code {
        Some("forbidden") => "403f".to_owned(),
        Some("token_scope") => "403t".to_owned(),
        Some("not_a_member") => "403j".to_owned(),
        Some("room_banned") => "403b".to_owned(),
        Some(code) if status == 403 => format!("403:{code}"),
        Some(_) | None => status.to_string(),
    }
}

/// What has become of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wear {
    None,
    /// They look different, and the next one who asks for the same gets the same answer. The next row needs new ones.
    Objects,
    /// Whoever asks next may get another answer.
    Rights,
}

fn wear_of(row: &Row) -> Wear {
    let harmless = [
        "PATCH /place",
        "PATCH /me",
        "POST /ws-ticket",
        "POST /audit/export",
        "POST /invites",
        "POST /rooms",
        "POST /directs",
        "POST /rooms/{id}/messages",
        "PUT /rooms/{id}/read",
        "POST /rooms/{id}/typing",
        "POST /rooms/{id}/members",
        "PATCH /rooms/{id}/members/{user}",
        "PUT /rooms/{id}/bans/{user}",
    ];
    let says_rights = ["join_room", "leave_room", "remove_member", "unban_member", "set_visibility", "set_archived"];
    let asked = format!("{} {}", row.method, row.path);
    let looks = asked == "PATCH /rooms/{id}" && (row.of().ends_with(".name") || row.of().ends_with(".topic"));
    match row.method.as_str() {
        "GET" => Wear::None,
        "SAY" if says_rights.contains(&row.path.as_str()) => Wear::Rights,
        "SAY" => Wear::Objects,
        _ if looks || harmless.contains(&asked.as_str()) => Wear::Objects,
        _ => Wear::Rights,
    }
}

/// Whether it is asked of something that an earlier row may have changed.
fn is_about_objects(row: &Row) -> bool {
    row.path.contains('{') || row.method == "SAY" || ["/sign-in", "/directs"].contains(&row.path.as_str())
}

/// Whether who has done it has to come anew.
fn spends(row: &Row) -> bool {
    row.method != "GET" && row.path.starts_with("/me/") || ["/sign-up", "/sign-in", "/sign-out"].contains(&row.path.as_str())
}
