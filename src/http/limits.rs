//! The limits in force.

use actix_web::web::{Data, Json};

use crate::domain::Limits;

/// What one client may ask of the server.
#[utoipa::path(get, path = "/api/v1/limits", tag = "place", responses((status = 200, body = Limits)))]
pub async fn show(limits: Data<Limits>) -> Json<Limits> {
    Json(Limits::clone(&limits))
}
