//! One's login sessions, "devices" on the page.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::InPerson;
use crate::chat::Chat;
use crate::domain::{AuditKind, Cause, Credential, LoginSessionId, Origin, Refusal, Scope, Timestamp, UserId};
use crate::error::AppError;
use crate::store::audit::{self, Subject};
use crate::store::{Store, login_sessions, revocations};

/// A login session as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Device {
    id: LoginSessionId,
    /// The one that asks.
    current: bool,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    /// Where the sign-in came from.
    address: String,
    /// What the browser called itself.
    agent: String,
    /// WebSockets open now, on this node.
    open_sockets: usize,
}

/// One's login sessions, the last used first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "devices", responses((status = 200, body = Vec<Device>)))]
pub async fn list(user: InPerson, store: Data<Store>, chat: Data<Chat>) -> Result<Json<Vec<Device>>, AppError> {
    devices_of(user.id(), user.credential(), &store, &chat).await
}

/// A person's login sessions with their sockets; `asks` is marked as the current one.
pub(super) async fn devices_of(user: UserId, asks: Credential, store: &Store, chat: &Chat) -> Result<Json<Vec<Device>>, AppError> {
    let devices = store.read_one(move |conn| login_sessions::list(conn, user)).await?;
    let credentials = devices.iter().map(|device| Credential::Login(device.id)).collect();
    let sockets = chat.open_sockets(credentials).await.map_err(|cause| AppError::internal(&cause))?;
    let shown = |(device, open_sockets): (login_sessions::Device, usize)| {
        let login_sessions::Device { id, created_at, last_seen_at, address, agent, .. } = device;
        Device { id, current: Credential::Login(id) == asks, created_at, last_seen_at, address, agent, open_sockets }
    };
    Ok(Json(devices.into_iter().zip(sockets).map(shown).collect()))
}

/// Ends one of one's login sessions with its sockets.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "devices", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn end(user: InPerson, session: Session, id: Path<i64>, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (owner, ended, by) = (user.id(), LoginSessionId::new(*id), user.by());
    store
        .write(move |tx| {
            if !login_sessions::list(tx, owner)?.iter().any(|device| device.id == ended) {
                return Err(Refusal::not_found().into());
            }
            revocations::revoke(tx, Scope::Credential(Credential::Login(ended)), Cause::SignedOut)?;
            audit::record(tx, Origin::from(&by), AuditKind::SessionEnded, Subject::of(ended.get(), ""), &json!({}))
        })
        .await?;
    if ended == user.login() {
        session.purge();
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all one's login sessions but this one, with their sockets.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "devices", responses((status = 204)))]
pub async fn end_others(user: InPerson, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (scope, by) = (Scope::OtherLogins { user: user.id(), keep: user.login() }, user.by());
    store
        .write(move |tx| {
            revocations::revoke(tx, scope, Cause::SignedOut)?;
            let who = audit::account(tx, by.user)?;
            audit::record(tx, Origin::from(&by), AuditKind::OtherSessionsEnded, who, &json!({}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
