//! Conversations of two to nine people.

use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Done;
use crate::auth::CurrentUser;
use crate::chat::Chat;
use crate::domain::{Action, DirectPeers, UserId};

/// With whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDirect {
    /// One to eight people beside oneself.
    users: Vec<UserId>,
}

/// Opens the conversation with these people, the same one each time.
#[utoipa::path(post, path = "/api/v1/directs", tag = "rooms", request_body = NewDirect,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn open(user: CurrentUser, chat: Data<Chat>, new: Json<NewDirect>) -> Done {
    let peers = DirectPeers::parse(user.id(), &new.users)?;
    Ok(Json(chat.act(user.by(), Action::OpenDirect { peers }).await?))
}
