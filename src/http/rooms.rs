//! Rooms.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Done;
use crate::auth::{AnyReach, CurrentUser, InRoom};
use crate::chat::Chat;
use crate::domain::{Action, Code, ListedRoom, Membership, Refusal, RoomId, RoomName, Topic, Visibility};
use crate::error::AppError;
use crate::store::{Store, rooms};

/// The rooms one is in.
#[utoipa::path(get, path = "/api/v1/rooms", tag = "rooms", responses((status = 200, body = Vec<Membership>)))]
pub async fn list(AnyReach(user): AnyReach, store: Data<Store>) -> Result<Json<Vec<Membership>>, AppError> {
    let (id, only) = (user.id(), user.grant().room);
    let mut rooms = store.read_one(move |conn| rooms::of_user(conn, id)).await?;
    rooms.retain(|membership| only.is_none_or(|only| membership.room.id == only));
    Ok(Json(rooms))
}

/// The public rooms, to browse and join. Not for guests.
#[utoipa::path(get, path = "/api/v1/rooms/public", tag = "rooms", responses((status = 200, body = Vec<ListedRoom>)))]
pub async fn public(user: CurrentUser, store: Data<Store>) -> Result<Json<Vec<ListedRoom>>, AppError> {
    let id = user.id();
    Ok(Json(store.read(move |conn| rooms::public(conn, id)).await?))
}

/// A room one is in.
#[utoipa::path(get, path = "/api/v1/rooms/{id}", tag = "rooms", params(("id" = i64, Path)), responses((status = 200, body = Membership)))]
pub async fn show(user: InRoom, id: Path<i64>, store: Data<Store>) -> Result<Json<Membership>, AppError> {
    let (by, room) = (user.id(), RoomId::new(*id));
    Ok(Json(store.read_one(move |conn| rooms::membership(conn, by, room)).await?))
}

/// A room to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    name: String,
    #[serde(default)]
    topic: String,
    visibility: Visibility,
}

/// Makes a room and enters it.
#[utoipa::path(post, path = "/api/v1/rooms", tag = "rooms", request_body = NewRoom,
    responses((status = 201, body = crate::domain::Outcome)))]
pub async fn create(user: CurrentUser, chat: Data<Chat>, new: Json<NewRoom>) -> Result<HttpResponse, AppError> {
    let NewRoom { name, topic, visibility } = new.into_inner();
    let action = Action::CreateRoom { name: RoomName::parse(&name)?, topic: Topic::parse(&topic)?, visibility };
    Ok(HttpResponse::Created().json(chat.act(user.by(), action).await?))
}

/// What shall change: exactly one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomChange {
    name: Option<String>,
    topic: Option<String>,
    visibility: Option<Visibility>,
    archived: Option<bool>,
}

impl RoomChange {
    fn into_action(self, room: RoomId) -> Result<Action, Refusal> {
        match self {
            Self { name: Some(name), topic: None, visibility: None, archived: None } => {
                Ok(Action::RenameRoom { room, name: RoomName::parse(&name)? })
            }
            Self { name: None, topic: Some(topic), visibility: None, archived: None } => {
                Ok(Action::SetTopic { room, topic: Topic::parse(&topic)? })
            }
            Self { name: None, topic: None, visibility: Some(visibility), archived: None } => {
                Ok(Action::SetVisibility { room, visibility })
            }
            Self { name: None, topic: None, visibility: None, archived: Some(archived) } => Ok(Action::SetArchived { room, archived }),
            _ => Err(Refusal::of(Code::Malformed, "Change exactly one of name, topic, visibility and archived.")),
        }
    }
}

/// Renames a room, says what it is about, makes it public or private, archives it or opens it again.
#[utoipa::path(patch, path = "/api/v1/rooms/{id}", tag = "rooms", params(("id" = i64, Path)), request_body = RoomChange,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn change(user: InRoom, id: Path<i64>, chat: Data<Chat>, change: Json<RoomChange>) -> Done {
    let action = change.into_inner().into_action(RoomId::new(*id))?;
    Ok(Json(chat.act(user.by(), action).await?))
}

/// Enters a public room.
#[utoipa::path(post, path = "/api/v1/rooms/{id}/join", tag = "rooms", params(("id" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn join(user: InRoom, id: Path<i64>, chat: Data<Chat>) -> Done {
    Ok(Json(chat.act(user.by(), Action::JoinRoom { room: RoomId::new(*id) }).await?))
}

/// Leaves a room.
#[utoipa::path(post, path = "/api/v1/rooms/{id}/leave", tag = "rooms", params(("id" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn leave(user: InRoom, id: Path<i64>, chat: Data<Chat>) -> Done {
    Ok(Json(chat.act(user.by(), Action::LeaveRoom { room: RoomId::new(*id) }).await?))
}

/// Tells the room that one is typing. Best effort.
#[utoipa::path(post, path = "/api/v1/rooms/{id}/typing", tag = "rooms", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn typing(user: InRoom, id: Path<i64>, chat: Data<Chat>) -> HttpResponse {
    chat.typing(user.id(), RoomId::new(*id));
    HttpResponse::NoContent().finish()
}
