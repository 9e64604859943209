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
    Ok(Json(store.read(users::list).await?))
}

/// One person.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "people", params(("id" = i64, Path)), responses((status = 200, body = User)))]
pub async fn show(_: CurrentUser, id: Path<i64>, store: Data<Store>) -> Result<Json<User>, AppError> {
    let id = UserId::new(*id);
    let found = store.read(move |conn| users::find(conn, id)).await?;
    Ok(Json(found.ok_or_else(Refusal::not_found)?))
}
