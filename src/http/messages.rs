//! What people say.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::{InRoom, PostRate};
use crate::chat::Chat;
use crate::content;
use crate::domain::{Action, ClientId, Code, Cursor, Limits, Message, MessageBody, Number, Refusal, RoomId};
use crate::error::AppError;
use crate::store::Store;
use crate::store::messages::{self, PageAt};

/// Which messages: the newest, or those before, after or around a number.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    before: Option<i64>,
    after: Option<i64>,
    around: Option<i64>,
    /// 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
}

impl Which {
    const USUAL: u32 = 50;

    fn parse(&self) -> Result<(PageAt, u32), Refusal> {
        let at = match (self.before, self.after, self.around) {
            (None, None, None) => PageAt::Newest,
            (Some(number), None, None) => PageAt::Before(Number(number)),
            (None, Some(number), None) => PageAt::After(Number(number)),
            (None, None, Some(number)) => PageAt::Around(Number(number)),
            _ => return Err(Refusal::of(Code::Malformed, "Ask for one of before, after and around.")),
        };
        let limit = self.limit.unwrap_or(Self::USUAL);
        if (1..=messages::MOST).contains(&limit) {
            Ok((at, limit))
        } else {
            Err(Refusal::of(Code::Malformed, format!("A page has 1 to {} messages.", messages::MOST)).field("limit"))
        }
    }
}

/// Some messages in a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessagePage {
    /// Ascending.
    messages: Vec<Message>,
    has_older: bool,
    has_newer: bool,
    /// Every event after this one is not in the page yet.
    cursor: Cursor,
}

/// Messages of a room one is in.
#[utoipa::path(get, path = "/api/v1/rooms/{id}/messages", tag = "messages", params(("id" = i64, Path), Which),
    responses((status = 200, body = MessagePage)))]
pub async fn list(user: InRoom, id: Path<i64>, which: Query<Which>, store: Data<Store>) -> Result<Json<MessagePage>, AppError> {
    let (by, room) = (user.id(), RoomId::new(*id));
    let (at, limit) = which.parse()?;
    let messages::MessagePage { messages, has_older, has_newer, cursor } =
        store.read(move |conn| messages::page(conn, by, room, at, limit)).await?;
    Ok(Json(MessagePage { messages, has_older, has_newer, cursor }))
}

/// Something to say. There is no author, time or number in it: those come from the login session and the log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// A UUID made for this message. Sending it again with the same one answers with the first result.
    client_id: String,
    /// Markdown.
    body: String,
}

/// Posts in a room one is in.
#[utoipa::path(post, path = "/api/v1/rooms/{id}/messages", tag = "messages", params(("id" = i64, Path)), request_body = NewMessage,
    responses((status = 201, body = crate::domain::Outcome)))]
pub async fn post(
    user: InRoom,
    id: Path<i64>,
    chat: Data<Chat>,
    limits: Data<Limits>,
    rate: Data<PostRate>,
    new: Json<NewMessage>,
) -> Result<HttpResponse, AppError> {
    rate.check(user.id())?;
    let client_id = ClientId::parse(&new.client_id)?;
    let content = content::render(&MessageBody::parse(&new.body, limits.message_chars)?);
    let action = Action::Post { room: RoomId::new(*id), client_id, content };
    Ok(HttpResponse::Created().json(chat.act(user.by(), action).await?))
}
