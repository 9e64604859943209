//! A server with a hole.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};
use serde_json::json;
use snug::auth::{self, CurrentUser, LoginSessions};
use snug::domain::UserId;
use snug::routes::{self, Edge};
use snug::store::{Store, users};
use snug::ws::Relay;

/// The account as admins see it, by a handler that forgot to ask for an admin.
async fn careless(_: CurrentUser, id: Path<i64>, store: Data<Store>) -> HttpResponse {
    let id = UserId::new(*id);
    match store.read(move |conn| users::find(conn, id)).await {
        Ok(Some(user)) => HttpResponse::Ok().json(json!({"user": user})),
        _ => HttpResponse::NotFound().finish(),
    }
}

/// The routes as they are, but for the careless handler in front of them.
pub fn with_a_hole(edge: Edge) -> Option<(String, ServerHandle)> {
    let server = HttpServer::new(move || {
        let relay = Relay::start(edge.chat.addr(), &edge.live);
        let sessions = LoginSessions::new(edge.store.clone(), edge.door.seen.clone()).middleware(&edge.site, edge.cookie_key.clone());
        let hole = web::resource("/api/v1/users/{id}/account")
            .route(web::get().to(careless))
            .wrap(auth::identity_middleware())
            .wrap(sessions)
            .wrap(from_fn(auth::credentials::resolve))
            .wrap(from_fn(auth::note_revocations));
        App::new().app_data(relay).service(hole).configure(routes::configure(edge.clone()))
    });
    let server = server.workers(1).disable_signals().client_disconnect_timeout(Duration::ZERO).bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Some((url, handle))
}
