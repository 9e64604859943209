//! How far one has read.

use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Done;
use crate::auth::InRoom;
use crate::chat::Chat;
use crate::domain::{Action, Number, RoomId};

/// The newest message one has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    number: Number,
}

/// Says that one has seen everything up to a message. Never moves back.
#[utoipa::path(put, path = "/api/v1/rooms/{id}/read", tag = "messages", params(("id" = i64, Path)), request_body = ReadUpTo,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn mark(user: InRoom, id: Path<i64>, chat: Data<Chat>, read: Json<ReadUpTo>) -> Done {
    Ok(Json(chat.act(user.by(), Action::MarkRead { room: RoomId::new(*id), number: read.number }).await?))
}
