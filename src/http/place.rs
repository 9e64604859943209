//! The place: its name, who may sign up, and of whom a second factor is asked.

use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Done;
use crate::assets::Assets;
use crate::auth::Admin;
use crate::chat::Chat;
use crate::domain::{Action, Code, PlaceName, SecondFactorRule, SignUpMode};
use crate::error::AppError;
use crate::store::{Store, place};

/// What a stranger may know, and a little more for admins.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceFacts {
    /// False until the wizard has been gone through.
    set_up: bool,
    name: Option<PlaceName>,
    sign_up: SignUpMode,
    /// Of whom a second factor is asked; only admins are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_factor: Option<SecondFactorRule>,
    version: &'static str,
    /// Build of the page that this server serves.
    build: String,
}

/// Whether there is a place, its name and who may sign up.
#[utoipa::path(get, path = "/api/v1/place", tag = "place", responses((status = 200, body = PlaceFacts)))]
pub async fn show(admin: Result<Admin, AppError>, store: Data<Store>, assets: Data<Assets>) -> Result<Json<PlaceFacts>, AppError> {
    let place = store.read_one(place::load).await?;
    let second_factor = place.as_ref().filter(|_| admin.is_ok()).map(|place| place.second_factor);
    let (set_up, version, build) = (place.is_some(), env!("CARGO_PKG_VERSION"), assets.build());
    let (name, sign_up) = place.map_or((None, SignUpMode::Invite), |place| (Some(place.name), place.sign_up));
    Ok(Json(PlaceFacts { set_up, name, sign_up, second_factor, version, build }))
}

/// What shall change; at least one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceChange {
    name: Option<String>,
    sign_up: Option<SignUpMode>,
    /// Whoever must have one now and has none is asked to set it up, and their sockets end.
    second_factor: Option<SecondFactorRule>,
}

/// Renames the place, says who may sign up, or of whom a second factor is asked. For admins.
#[utoipa::path(patch, path = "/api/v1/place", tag = "place", request_body = PlaceChange,
    responses((status = 200, body = crate::domain::Outcome)))]
pub async fn change(admin: Admin, chat: Data<Chat>, change: Json<PlaceChange>) -> Done {
    let PlaceChange { name, sign_up, second_factor } = change.into_inner();
    let rename = name
        .map(|name| PlaceName::parse(&name).map_err(|refusal| refusal.field("name")))
        .transpose()?
        .map(|name| Action::RenamePlace { name });
    let set_sign_up = sign_up.map(|mode| Action::SetSignUp { mode });
    let set_rule = second_factor.map(|rule| Action::SetSecondFactorRule { rule });
    let mut done = None;
    for action in [rename, set_sign_up, set_rule].into_iter().flatten() {
        done = Some(chat.act(admin.by(), action).await?);
    }
    done.map(Json).ok_or_else(|| AppError::of(Code::Malformed, "Say what shall change: name, sign_up or second_factor."))
}
