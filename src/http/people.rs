//! What admins do to accounts, and everyone to their own.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::devices::{Device, devices_of};
use super::{Done, confirm};
use crate::auth::{Admin, ClientAddress, Door, InPerson};
use crate::chat::Chat;
use crate::domain::{Action, AuditKind, BanReason, Cause, Code, Inactive, Origin, PlaceRole, Refusal, Scope, Timestamp, User, UserId};
use crate::error::AppError;
use crate::store::audit::{self, Subject};
use crate::store::{Store, StoreError, accounts, revocations, users};

/// What shall change; at least one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    role: Option<PlaceRole>,
    /// False shuts the account: it opens nothing, and its sockets end. What it said stays.
    active: Option<bool>,
}

/// Gives somebody another role, or shuts or opens their account. For admins.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "people", params(("id" = i64, Path)), request_body = UserChange,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn change(admin: Admin, id: Path<i64>, chat: Data<Chat>, change: Json<UserChange>) -> Done {
    let user = UserId::new(*id);
    let role = change.role.map(|role| Action::SetRole { user, role });
    let active = change.active.map(|active| if active { Action::Reactivate { user } } else { Action::Deactivate { user } });
    let mut done = None;
    for action in [role, active].into_iter().flatten() {
        done = Some(chat.act(admin.by(), action).await?);
    }
    done.map(Json).ok_or_else(|| AppError::of(Code::Malformed, "Say what shall change: role, active or both."))
}

/// For how long and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBan {
    /// When it ends by itself; without it it lasts until somebody lifts it.
    until: Option<Timestamp>,
    /// Told to the banned person when they try to sign in.
    #[serde(default)]
    reason: String,
}

/// Shuts somebody out. For admins.
#[utoipa::path(put, path = "/api/v1/users/{id}/ban", tag = "people", params(("id" = i64, Path)), request_body = NewBan,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn ban(admin: Admin, id: Path<i64>, chat: Data<Chat>, ban: Json<NewBan>) -> Done {
    let NewBan { until, reason } = ban.into_inner();
    if until.is_some_and(|until| until <= Timestamp::now()) {
        return Err(Refusal::of(Code::Malformed, "A ban ends in the future.").field("until").into());
    }
    let action = Action::Ban { user: UserId::new(*id), until, reason: BanReason::parse(&reason)? };
    Ok(Json(chat.act(admin.by(), action).await?))
}

/// Lifts a ban. For admins.
#[utoipa::path(delete, path = "/api/v1/users/{id}/ban", tag = "people", params(("id" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn unban(admin: Admin, id: Path<i64>, chat: Data<Chat>) -> Done {
    Ok(Json(chat.act(admin.by(), Action::Unban { user: UserId::new(*id) }).await?))
}

/// Deletes somebody's account: name, ways in and memberships go, what was said stays. For admins.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "people", params(("id" = i64, Path)),
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn delete(admin: Admin, id: Path<i64>, chat: Data<Chat>) -> Done {
    Ok(Json(chat.act(admin.by(), Action::DeleteAccount { user: UserId::new(*id) }).await?))
}

/// The password, so that nobody deletes an account that was left open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnDeletion {
    password: String,
}

/// Deletes one's own account.
#[utoipa::path(post, path = "/api/v1/me/delete", tag = "me", request_body = OwnDeletion, responses((status = 204)))]
pub async fn delete_own(
    user: InPerson,
    address: ClientAddress,
    session: Session,
    chat: Data<Chat>,
    store: Data<Store>,
    door: Data<Door>,
    asked: Json<OwnDeletion>,
) -> Result<HttpResponse, AppError> {
    confirm::password(&user, address, &store, &door, &asked.password, "password").await?;
    let id = user.id();
    chat.act(user.by(), Action::DeleteAccount { user: id }).await?;
    session.purge();
    Ok(HttpResponse::NoContent().finish())
}

/// An account as admins see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    user: User,
    /// Why it is not active; absent where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive_because: Option<Inactive>,
    #[serde(skip_serializing_if = "Option::is_none")]
    banned_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ban_reason: Option<String>,
}

/// How an account stands. For admins.
#[utoipa::path(get, path = "/api/v1/users/{id}/account", tag = "people", params(("id" = i64, Path)), responses((status = 200, body = Account)))]
pub async fn account(_: Admin, id: Path<i64>, store: Data<Store>) -> Result<Json<Account>, AppError> {
    let id = UserId::new(*id);
    let (user, standing) = store.read(move |conn| Ok((users::find(conn, id)?, accounts::standing(conn, id)?))).await?;
    let user = user.ok_or_else(Refusal::not_found)?;
    let (inactive_because, banned_until, ban_reason) =
        standing.map_or((None, None, None), |standing| (Some(standing.inactive_because), standing.banned_until, standing.ban_reason));
    Ok(Json(Account { user, inactive_because, banned_until, ban_reason }))
}

/// Somebody's login sessions. For admins.
#[utoipa::path(get, path = "/api/v1/users/{id}/sessions", tag = "people", params(("id" = i64, Path)),
    responses((status = 200, body = Vec<Device>)))]
pub async fn sessions(admin: Admin, id: Path<i64>, store: Data<Store>, chat: Data<Chat>) -> Result<Json<Vec<Device>>, AppError> {
    devices_of(UserId::new(*id), admin.credential(), &store, &chat).await
}

/// Ends all of somebody's login sessions and tokens, with their sockets. For admins; an owner's only for owners.
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions", tag = "people", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn end_sessions(admin: Admin, id: Path<i64>, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (user, by, role) = (UserId::new(*id), admin.by(), admin.user().role);
    store
        .write(move |tx| {
            let found = users::find(tx, user)?.ok_or_else(Refusal::not_found)?;
            if found.role == PlaceRole::Owner && role != PlaceRole::Owner {
                return Err(Refusal::forbidden().into());
            }
            revocations::revoke(tx, Scope::User(user), Cause::SignedOut)?;
            let who = Subject::of(user.get(), found.username.as_str());
            audit::record(tx, Origin::from(&by), AuditKind::SessionEnded, who, &json!({"all": true}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What someone who knows the password of an account that is not active is told.
pub(super) async fn why_inactive(store: &Store, user: UserId) -> Result<Refusal, StoreError> {
    let standing = store.read(move |conn| accounts::standing(conn, user)).await?;
    let text = match standing {
        Some(standing) if standing.inactive_because == Inactive::Banned => {
            let reason = standing.ban_reason.filter(|reason| !reason.is_empty());
            reason.map_or_else(|| "This account has been banned.".to_owned(), |reason| format!("This account has been banned: “{reason}”."))
        }
        Some(_) | None => "This account is deactivated. An admin of this place can open it again.".to_owned(),
    };
    Ok(Refusal::of(Code::AccountInactive, text))
}
