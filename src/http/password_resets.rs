//! Setting a new password without the old one, by a link that an admin hands out.

use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::{Admin, ClientAddress, Door, Site, refuse_common, secret};
use crate::domain::{AuditKind, Cause, Code, Origin, Password, PlaceRole, Refusal, Scope, Timestamp, UserId, Username};
use crate::error::AppError;
use crate::store::password_resets::{self, NewReset};
use crate::store::{Store, StoreError, audit, place, revocations, users};

/// A link, shown this once. Whoever has it sets the password: hand it to the person and to nobody else.
#[derive(Serialize, ToSchema)]
pub struct ResetLink {
    token: String,
    url: String,
    expires_at: Timestamp,
}

/// Makes a link for somebody who has forgotten their password; earlier ones end. For admins; an owner's only for owners.
#[utoipa::path(post, path = "/api/v1/users/{id}/password-reset", tag = "people", params(("id" = i64, Path)),
    responses((status = 201, body = ResetLink)))]
pub async fn create(
    admin: Admin,
    id: Path<i64>,
    request: HttpRequest,
    store: Data<Store>,
    site: Data<Site>,
) -> Result<HttpResponse, AppError> {
    let (token, token_hash) = secret::generate().map_err(|cause| AppError::internal(&cause))?;
    let (user, by, role) = (UserId::new(*id), admin.by(), admin.user().role);
    let expires_at = store
        .write(move |tx| {
            let found = users::find(tx, user)?.filter(|user| user.active).ok_or_else(Refusal::not_found)?;
            if found.role.runs_the_place() && role != PlaceRole::Owner && user != by.user {
                return Err(Refusal::forbidden().into());
            }
            let expires_at = tx.now().after(password_resets::LASTS);
            password_resets::create(tx, &NewReset { user, token_hash, by: Some(by.user), expires_at })?;
            let who = audit::account(tx, user)?;
            audit::record(tx, Origin::from(&by), AuditKind::PasswordResetMade, who, &json!({"expires_at": expires_at}))?;
            Ok::<_, StoreError>(expires_at)
        })
        .await?;
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let url = format!("{}/reset/{token}", site.address(host));
    Ok(HttpResponse::Created().json(ResetLink { token, url, expires_at }))
}

/// Whose password it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetFacts {
    username: Username,
}

/// What a link leads to.
#[utoipa::path(get, path = "/api/v1/password-resets/{token}", tag = "sign-in", params(("token" = String, Path)),
    responses((status = 200, body = ResetFacts)))]
pub async fn show(token: Path<String>, address: ClientAddress, store: Data<Store>, door: Data<Door>) -> Result<Json<ResetFacts>, AppError> {
    door.throttle.sign_up(address)?;
    let hash = secret::hash(&token);
    let found = store.read(move |conn| password_resets::find(conn, hash)).await?;
    Ok(Json(ResetFacts { username: found.ok_or_else(ended)?.username }))
}

/// The new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    password: String,
}

/// Sets the password. Everything that the account has open ends: devices, tokens, sockets. A second factor stays, and is asked for at the
/// next sign-in.
#[utoipa::path(post, path = "/api/v1/password-resets/{token}", tag = "sign-in", params(("token" = String, Path)), request_body = NewPassword,
    responses((status = 204)))]
pub async fn spend(
    token: Path<String>,
    address: ClientAddress,
    store: Data<Store>,
    door: Data<Door>,
    asked: Json<NewPassword>,
) -> Result<HttpResponse, AppError> {
    door.throttle.sign_up(address)?;
    let hash = secret::hash(&token);
    let (found, place) = store.read(move |conn| Ok((password_resets::find(conn, hash)?, place::load(conn)?))).await?;
    let reset = found.ok_or_else(ended)?;
    let password = Password::parse(&asked.password)?;
    refuse_common(&password, &[reset.username.as_str(), place.as_ref().map_or("", |place| place.name.as_str())])?;
    let password_hash = door.passwords.hash(password).await?;
    store
        .write(move |tx| {
            // The second of two with one link finds it used.
            let reset = password_resets::spend(tx, hash)?.ok_or_else(ended)?;
            users::replace_password(tx, reset.user, &password_hash)?;
            revocations::revoke(tx, Scope::User(reset.user), Cause::PasswordChanged)?;
            let who = audit::account(tx, reset.user)?;
            audit::record(tx, Origin::stranger(address.0), AuditKind::PasswordResetUsed, who, &json!({}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The one answer for a link that was never made, was used, or has expired.
fn ended() -> Refusal {
    Refusal::of(Code::NotFound, "This link does not work, or no longer. Ask for a new one.")
}
