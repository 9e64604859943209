//! People.

use actix_web::web::{Data, Json, Path};

use crate::auth::CurrentUser;
use crate::domain::{PlaceRole, Refusal, User, UserId};
use crate::error::AppError;
use crate::store::{Store, users};

/// Everyone. Not for guests.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", responses((status = 200, body = Vec<User>)))]
pub async fn list(user: CurrentUser, store: Data<Store>) -> Result<Json<Vec<User>>, AppError> {
    if user.user().role == PlaceRole::Guest {
        return Err(Refusal::forbidden().into());
    }
    Ok(Json(store.read_one(users::list).await?))
}

/// One person. To a guest, who meets them in no room, there is nobody.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "people", params(("id" = i64, Path)), responses((status = 200, body = User)))]
pub async fn show(asks: CurrentUser, id: Path<i64>, store: Data<Store>) -> Result<Json<User>, AppError> {
    let (id, by, is_guest) = (UserId::new(*id), asks.id(), asks.user().role == PlaceRole::Guest);
    let found = store.read(move |conn| {
        let hidden = is_guest && !users::meets(conn, by, id)?;
        if hidden { Ok(None) } else { users::find(conn, id) }
    });
    Ok(Json(found.await?.ok_or_else(Refusal::not_found)?))
}
