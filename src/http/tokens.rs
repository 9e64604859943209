//! API tokens: what programs come with.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::credentials::TOKEN_PREFIX;
use crate::auth::{Admin, InPerson, secret};
use crate::chat::Chat;
use crate::domain::{
    Access, AuditKind, By, Cause, Code, Credential, Grant, Origin, PlaceRole, Refusal, RoomId, Scope, Timestamp, TokenId, TokenName, UserId,
};
use crate::error::AppError;
use crate::store::api_tokens::{self, NewToken};
use crate::store::audit::{self, Subject};
use crate::store::{Store, StoreError, Transaction, revocations, users};

/// A token as its owner, or an admin, sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiToken {
    id: TokenId,
    name: String,
    access: Access,
    /// The only room it opens.
    room: Option<RoomId>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    /// The address it was last used from.
    last_used_from: Option<String>,
    /// What the client called itself that last said so.
    last_agent: Option<String>,
    /// WebSockets open now, on this node.
    open_sockets: usize,
}

/// What the token shall be for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    name: String,
    access: Access,
    /// The only room it shall open; without it all of its owner's.
    room: Option<RoomId>,
    /// Seconds, one minute to one year; without it the token works until it is revoked.
    #[schema(minimum = 60, maximum = 31_536_000)]
    expires_in_s: Option<u64>,
}

/// A new token. It is shown this once; what is stored is its hash.
#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    id: TokenId,
    token: String,
    expires_at: Option<Timestamp>,
}

/// Makes a token. Only for someone who has signed in: a token makes no tokens.
#[utoipa::path(post, path = "/api/v1/me/tokens", tag = "tokens", request_body = NewApiToken, responses((status = 201, body = MadeToken)))]
pub async fn create(user: InPerson, store: Data<Store>, asked: Json<NewApiToken>) -> Result<HttpResponse, AppError> {
    let NewApiToken { name, access, room, expires_in_s } = asked.into_inner();
    let name = TokenName::parse(&name)?;
    if expires_in_s.is_some_and(|seconds| !(60..=31_536_000).contains(&seconds)) {
        return Err(Refusal::of(Code::Malformed, "A token lasts one minute to one year.").field("expires_in_s").into());
    }
    let (token, token_hash) = secret::with_prefix(TOKEN_PREFIX).map_err(|cause| AppError::internal(&cause))?;
    let (by, lasts) = (user.by(), expires_in_s.map(Duration::from_secs));
    let (id, expires_at) = store
        .write(move |tx| {
            let expires_at = lasts.map(|lasts| tx.now().after(lasts));
            let new = NewToken { user: by.user, name: name.clone(), token_hash, grant: Grant { access, room }, expires_at };
            let id = api_tokens::create(tx, &new)?;
            let details = json!({"access": access, "room": room, "expires_at": expires_at});
            audit::record(tx, Origin::from(&by), AuditKind::TokenCreated, Subject::of(id.get(), name.as_str()), &details)?;
            Ok::<_, StoreError>((id, expires_at))
        })
        .await?;
    Ok(HttpResponse::Created().json(MadeToken { id, token, expires_at }))
}

/// One's tokens that work, the newest first.
#[utoipa::path(get, path = "/api/v1/me/tokens", tag = "tokens", responses((status = 200, body = Vec<ApiToken>)))]
pub async fn list(user: InPerson, store: Data<Store>, chat: Data<Chat>) -> Result<Json<Vec<ApiToken>>, AppError> {
    of_user(user.id(), &store, &chat).await
}

/// Ends one of one's tokens, with the sockets that it opened.
#[utoipa::path(delete, path = "/api/v1/me/tokens/{id}", tag = "tokens", params(("id" = i64, Path)), responses((status = 204)))]
pub async fn end(user: InPerson, id: Path<i64>, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (by, token) = (user.by(), TokenId::new(*id));
    store.write(move |tx| revoke(tx, &by, by.user, token)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Somebody's tokens. For admins.
#[utoipa::path(get, path = "/api/v1/users/{id}/tokens", tag = "tokens", params(("id" = i64, Path)),
    responses((status = 200, body = Vec<ApiToken>)))]
pub async fn list_of_user(_: Admin, id: Path<i64>, store: Data<Store>, chat: Data<Chat>) -> Result<Json<Vec<ApiToken>>, AppError> {
    of_user(UserId::new(*id), &store, &chat).await
}

/// Ends one of somebody's tokens. For admins; an owner's only for owners.
#[utoipa::path(delete, path = "/api/v1/users/{id}/tokens/{token}", tag = "tokens", params(("id" = i64, Path), ("token" = i64, Path)),
    responses((status = 204)))]
pub async fn end_of_user(admin: Admin, ids: Path<(i64, i64)>, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (owner, token) = (UserId::new(ids.0), TokenId::new(ids.1));
    let (by, role) = (admin.by(), admin.user().role);
    store
        .write(move |tx| {
            let found = users::find(tx, owner)?.ok_or_else(Refusal::not_found)?;
            if found.role == PlaceRole::Owner && role != PlaceRole::Owner {
                return Err(Refusal::forbidden().into());
            }
            revoke(tx, &by, owner, token)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn revoke(tx: &mut Transaction<'_>, by: &By, owner: UserId, token: TokenId) -> Result<(), StoreError> {
    let live = api_tokens::list(tx, owner)?.into_iter().find(|live| live.id == token).ok_or_else(Refusal::not_found)?;
    revocations::revoke(tx, Scope::Credential(Credential::Token(token)), Cause::TokenRevoked)?;
    audit::record(tx, by.into(), AuditKind::TokenRevoked, Subject::of(token.get(), live.name), &json!({"owner": owner}))
}

async fn of_user(user: UserId, store: &Store, chat: &Chat) -> Result<Json<Vec<ApiToken>>, AppError> {
    let tokens = store.read_one(move |conn| api_tokens::list(conn, user)).await?;
    let credentials = tokens.iter().map(|token| Credential::Token(token.id)).collect();
    let sockets = chat.open_sockets(credentials).await.map_err(|cause| AppError::internal(&cause))?;
    let shown = |(token, open_sockets): (api_tokens::Token, usize)| {
        let api_tokens::Token { id, name, grant, created_at, expires_at, last_used_at, last_used_from, last_agent } = token;
        let Grant { access, room } = grant;
        ApiToken { id, name, access, room, created_at, expires_at, last_used_at, last_used_from, last_agent, open_sockets }
    };
    Ok(Json(tokens.into_iter().zip(sockets).map(shown).collect()))
}
