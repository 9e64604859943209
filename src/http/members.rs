//! The people of a room.

use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Done;
use crate::auth::InRoom;
use crate::chat::Chat;
use crate::domain::{Action, Member, RoomId, RoomRole, UserId};
use crate::error::AppError;
use crate::store::{Store, rooms};

/// Who is in a room one is in.
#[utoipa::path(get, path = "/api/v1/rooms/{id}/members", tag = "rooms", params(("id" = i64, Path)),
    responses((status = 200, body = Vec<Member>)))]
pub async fn list(user: InRoom, id: Path<i64>, store: Data<Store>) -> Result<Json<Vec<Member>>, AppError> {
    let (by, room) = (user.id(), RoomId::new(*id));
    Ok(Json(store.read_one(move |conn| rooms::members(conn, by, room)).await?))
}

/// Who shall come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    user: UserId,
}

/// Brings someone into a room.
#[utoipa::path(post, path = "/api/v1/rooms/{id}/members", tag = "rooms", params(("id" = i64, Path)), request_body = NewMember,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn add(user: InRoom, id: Path<i64>, chat: Data<Chat>, new: Json<NewMember>) -> Done {
    Ok(Json(chat.act(user.by(), Action::AddMember { room: RoomId::new(*id), user: new.user }).await?))
}

/// Takes someone out of a room.
#[utoipa::path(delete, path = "/api/v1/rooms/{id}/members/{user}", tag = "rooms", params(("id" = i64, Path), ("user" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn remove(user: InRoom, ids: Path<(i64, i64)>, chat: Data<Chat>) -> Done {
    let (room, removed) = ids.into_inner();
    let action = Action::RemoveMember { room: RoomId::new(room), user: UserId::new(removed) };
    Ok(Json(chat.act(user.by(), action).await?))
}

/// What shall change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    role: RoomRole,
}

/// Gives someone another role in the room. For its owners.
#[utoipa::path(patch, path = "/api/v1/rooms/{id}/members/{user}", tag = "rooms", params(("id" = i64, Path), ("user" = i64, Path)),
    request_body = MemberChange, responses((status = 200, body = crate::domain::Outcome)))]
pub async fn change(user: InRoom, ids: Path<(i64, i64)>, chat: Data<Chat>, change: Json<MemberChange>) -> Done {
    let (room, member) = ids.into_inner();
    let action = Action::SetRoomRole { room: RoomId::new(room), user: UserId::new(member), role: change.role };
    Ok(Json(chat.act(user.by(), action).await?))
}
