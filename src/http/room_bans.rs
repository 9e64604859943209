//! Who may not come into a room. For those who look after it.

use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::Done;
use crate::auth::InRoom;
use crate::chat::Chat;
use crate::domain::{Action, RoomId, Timestamp, User, UserId};
use crate::error::AppError;
use crate::store::{Store, room_bans};

/// Somebody who was banned.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomBan {
    user: User,
    banned_by: UserId,
    at: Timestamp,
}

/// The bans of a room, the newest first.
#[utoipa::path(get, path = "/api/v1/rooms/{id}/bans", tag = "rooms", params(("id" = i64, Path)), responses((status = 200, body = Vec<RoomBan>)))]
pub async fn list(user: InRoom, id: Path<i64>, store: Data<Store>) -> Result<Json<Vec<RoomBan>>, AppError> {
    let (by, room) = (user.id(), RoomId::new(*id));
    let bans = store.read(move |conn| room_bans::list(conn, by, room)).await?;
    Ok(Json(bans.into_iter().map(|room_bans::RoomBan { user, banned_by, at }| RoomBan { user, banned_by, at }).collect()))
}

/// Takes someone out of a room and keeps them out.
#[utoipa::path(put, path = "/api/v1/rooms/{id}/bans/{user}", tag = "rooms", params(("id" = i64, Path), ("user" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn ban(user: InRoom, ids: Path<(i64, i64)>, chat: Data<Chat>) -> Done {
    let (room, banned) = ids.into_inner();
    Ok(Json(chat.act(user.by(), Action::BanMember { room: RoomId::new(room), user: UserId::new(banned) }).await?))
}

/// Lets someone come in again.
#[utoipa::path(delete, path = "/api/v1/rooms/{id}/bans/{user}", tag = "rooms", params(("id" = i64, Path), ("user" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn unban(user: InRoom, ids: Path<(i64, i64)>, chat: Data<Chat>) -> Done {
    let (room, banned) = ids.into_inner();
    Ok(Json(chat.act(user.by(), Action::UnbanMember { room: RoomId::new(room), user: UserId::new(banned) }).await?))
}
