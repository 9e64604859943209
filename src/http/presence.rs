//! Who is there.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::CurrentUser;
use crate::chat::Chat;
use crate::domain::UserId;
use crate::error::AppError;

/// Everyone with an open page or client.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoIsThere {
    online: Vec<UserId>,
}

/// Who is online.
#[utoipa::path(get, path = "/api/v1/presence", tag = "people", responses((status = 200, body = WhoIsThere)))]
pub async fn show(_: CurrentUser, chat: Data<Chat>) -> Result<Json<WhoIsThere>, AppError> {
    let online = chat.online().await.map_err(|cause| AppError::internal(&cause))?;
    Ok(Json(WhoIsThere { online }))
}
