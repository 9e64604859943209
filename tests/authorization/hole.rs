//! A server with a hole.

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse};
use serde_json::json;
use snug::auth::{self, CurrentUser, LoginSessions};
use snug::domain::UserId;
use snug::routes::{self, Edge};
use snug::store::{Store, users};
use snug::ws::Relay;

use crate::world::run;

/// The account as admins see it, by a handler that forgot to ask for an admin.
async fn careless(_: CurrentUser, id: Path<i64>, store: Data<Store>) -> HttpResponse {
    let id = UserId::new(*id);
    match store.read(move |conn| users::find(conn, id)).await {
        Ok(Some(user)) => HttpResponse::Ok().json(json!({"user": user})),
        _ => HttpResponse::NotFound().finish(),
    }
}

/// The routes as they are, but for the careless handler in front of them.
pub fn with_a_hole(edge: Edge) -> (String, ServerHandle) {
    run!(move || {
        let (relay, edge) = (Relay::start(edge.chat.addr(), &edge.live), edge.clone());
        move || {
            let sessions = LoginSessions::new(edge.store.clone(), edge.door.seen.clone()).middleware(&edge.site, edge.cookie_key.clone());
            let hole = web::resource("/api/v1/users/{id}/account")
                .route(web::get().to(careless))
                .wrap(auth::identity_middleware())
                .wrap(sessions)
                .wrap(from_fn(auth::credentials::resolve))
                .wrap(from_fn(auth::note_revocations));
            App::new().app_data(relay.clone()).service(hole).configure(routes::configure(edge.clone()))
        }
    })
}
