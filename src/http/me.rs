//! Oneself.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Done;
use crate::auth::{AtTheDoor, ClientAddress, CurrentUser, Door, InPerson, refuse_common};
use crate::chat::Chat;
use crate::domain::{Action, AuditKind, Code, Credential, DisplayName, LoginSessionId, Origin, Password, Refusal, User};
use crate::error::AppError;
use crate::store::{Store, audit, place, users};

/// Who is calling.
#[derive(Debug, Serialize, ToSchema)]
pub struct Myself {
    me: User,
    /// By which sign-in; absent for a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_session: Option<LoginSessionId>,
    /// Whether the place asks for a second factor that this account does not have yet. Until it is set up everything else is refused
    /// with `second_factor_missing`.
    second_factor_missing: bool,
}

/// Who one is.
#[utoipa::path(get, path = "/api/v1/me", tag = "me", responses((status = 200, body = Myself)))]
pub async fn show(AtTheDoor(user): AtTheDoor) -> Json<Myself> {
    let login_session = match user.credential() {
        Credential::Login(login) => Some(login),
        Credential::Token(_) | Credential::Jwt(_) => None,
    };
    Json(Myself { me: user.user().clone(), login_session, second_factor_missing: user.second_factor_missing() })
}

/// What shall change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MyChange {
    display_name: String,
}

/// Changes one's display name.
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = MyChange, responses((status = 200, body = crate::domain::Outcome)))]
pub async fn change(user: CurrentUser, chat: Data<Chat>, change: Json<MyChange>) -> Done {
    let display_name = DisplayName::parse(&change.display_name)?;
    Ok(Json(chat.act(user.by(), Action::SetDisplayName { display_name }).await?))
}

/// The password and its successor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    current: String,
    new: String,
}

/// Changes one's password, and ends every other login session and token with their sockets.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "me", request_body = PasswordChange, responses((status = 204)))]
pub async fn change_password(
    user: InPerson,
    address: ClientAddress,
    store: Data<Store>,
    door: Data<Door>,
    change: Json<PasswordChange>,
) -> Result<HttpResponse, AppError> {
    // Whoever finds an open page may not guess more often than whoever finds the sign-in form.
    door.throttle.sign_in(Some(&user.user().username), address)?;
    let (id, keep, by) = (user.id(), user.credential(), user.by());
    let (credentials, place) = store.read(move |conn| Ok((users::credentials_of(conn, id)?, place::load(conn)?))).await?;
    let wrong = || Refusal::of(Code::PasswordWrong, "This is not your current password.").field("current");
    let current = Password::parse(&change.current).map_err(|_| wrong())?;
    if !door.passwords.verify(current, credentials.map(|credentials| credentials.password_hash)).await? {
        return Err(wrong().into());
    }
    let new = Password::parse(&change.new).map_err(|refusal| refusal.field("new"))?;
    let place_name = place.map(|place| place.name);
    let own = [user.user().username.as_str(), place_name.as_ref().map_or("", |name| name.as_str())];
    refuse_common(&new, &own).map_err(|refusal| refusal.field("new"))?;
    let hash = door.passwords.hash(new).await?;
    store
        .write(move |tx| {
            users::set_password(tx, id, &hash, keep)?;
            let who = audit::account(tx, id)?;
            audit::record(tx, Origin::from(&by), AuditKind::PasswordChanged, who, &json!({}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
