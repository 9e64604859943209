//! Who is there.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::CurrentUser;
use crate::chat::Chat;
use crate::domain::{PlaceRole, UserId};
use crate::error::AppError;
use crate::store::{Store, users};

/// Everyone with an open page or client.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoIsThere {
    online: Vec<UserId>,
}

/// Who is online; a guest is told of those they share a room with.
#[utoipa::path(get, path = "/api/v1/presence", tag = "people", responses((status = 200, body = WhoIsThere)))]
pub async fn show(asks: CurrentUser, chat: Data<Chat>, store: Data<Store>) -> Result<Json<WhoIsThere>, AppError> {
    let mut online = chat.online().await.map_err(|cause| AppError::internal(&cause))?;
    if asks.user().role == PlaceRole::Guest {
        let by = asks.id();
        let met = store.read_one(move |conn| users::met_by(conn, by)).await?;
        online.retain(|user| met.contains(user));
    }
    Ok(Json(WhoIsThere { online }))
}
