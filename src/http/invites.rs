//! Invite links.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::{Admin, Site, secret};
use crate::domain::{AuditKind, Code, DisplayName, InviteId, Origin, PlaceName, PlaceRole, Refusal, RoomId, Timestamp, UserId};
use crate::error::AppError;
use crate::store::audit::{self, Subject};
use crate::store::invites::{self, NewInvite};
use crate::store::{Store, StoreError, place};

/// A new link. The token is shown this once; what is stored is its hash.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteLink {
    id: InviteId,
    token: String,
    url: String,
}

impl InviteLink {
    pub(super) fn new(id: InviteId, token: String, site: &Site, host: Option<&str>) -> Self {
        Self { id, url: format!("{}/join/{token}", site.address(host)), token }
    }
}

/// What someone with the link is shown before they sign up.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteFacts {
    place_name: PlaceName,
    invited_by: DisplayName,
}

/// What a link leads to.
#[utoipa::path(get, path = "/api/v1/invites/{invite}", tag = "invites", params(("invite" = String, Path, description = "The token of the link.")),
    responses((status = 200, body = InviteFacts)))]
pub async fn preview(token: Path<String>, store: Data<Store>) -> Result<Json<InviteFacts>, AppError> {
    let hash = secret::hash(&token);
    let found = store.read(move |conn| Ok((invites::opens(conn, hash)?, place::load(conn)?))).await?;
    match found {
        (Some(invite), Some(place)) => Ok(Json(InviteFacts { place_name: place.name, invited_by: invite.invited_by })),
        _ => Err(AppError::from(invalid()).with_status(actix_web::http::StatusCode::NOT_FOUND)),
    }
}

/// The one answer for a link that was never made, is used up, has expired or was ended.
pub(super) fn invalid() -> Refusal {
    Refusal::of(Code::InviteInvalid, "This invite link does not work, or no longer. Ask for a new one.").field("invite")
}

/// A link as admins see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invite {
    id: InviteId,
    created_by: UserId,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    uses_left: Option<i32>,
    used: i32,
    /// What newcomers become.
    role: PlaceRole,
    /// Where they land beside the default rooms; guests land nowhere else.
    rooms: Vec<RoomId>,
}

/// The links that work. For admins.
#[utoipa::path(get, path = "/api/v1/invites", tag = "invites", responses((status = 200, body = Vec<Invite>)))]
pub async fn list(_: Admin, store: Data<Store>) -> Result<Json<Vec<Invite>>, AppError> {
    let shown = |invite: invites::Invite| {
        let invites::Invite { id, created_by, created_at, expires_at, uses_left, used, role, rooms } = invite;
        Invite { id, created_by, created_at, expires_at, uses_left, used, role, rooms }
    };
    Ok(Json(store.read(invites::list).await?.into_iter().map(shown).collect()))
}

/// For whom and where to the link shall lead, and how far.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInviteLink {
    /// Seconds, one minute to one year; without it the link works until it is ended.
    #[schema(minimum = 60, maximum = 31_536_000)]
    expires_in_s: Option<u64>,
    /// How many people it lets in, up to 10,000; without it any number.
    #[schema(minimum = 1, maximum = 10_000)]
    uses: Option<i32>,
    /// What newcomers become: members where it is not given. Only owners invite admins, and nobody owners.
    #[serde(default = "member")]
    #[schema(default = "member")]
    role: PlaceRole,
    /// Rooms they land in beside the default ones, which the maker of the link may bring people into. Guests land nowhere else and
    /// need at least one.
    #[serde(default)]
    #[schema(max_items = 50)]
    rooms: BTreeSet<RoomId>,
}

const fn member() -> PlaceRole {
    PlaceRole::Member
}

impl NewInviteLink {
    fn check(&self) -> Result<(), Refusal> {
        if self.expires_in_s.is_some_and(|seconds| !(60..=31_536_000).contains(&seconds)) {
            return Err(Refusal::of(Code::Malformed, "A link lasts one minute to one year.").field("expires_in_s"));
        }
        if self.uses.is_some_and(|uses| !(1..=10_000).contains(&uses)) {
            return Err(Refusal::of(Code::Malformed, "A link lets in 1 to 10,000 people.").field("uses"));
        }
        Ok(())
    }
}

/// Makes a link. For admins.
#[utoipa::path(post, path = "/api/v1/invites", tag = "invites", request_body = NewInviteLink,
    responses((status = 201, body = InviteLink)))]
pub async fn create(
    admin: Admin,
    request: HttpRequest,
    store: Data<Store>,
    site: Data<Site>,
    asked: Json<NewInviteLink>,
) -> Result<HttpResponse, AppError> {
    asked.check()?;
    let NewInviteLink { expires_in_s, uses: uses_left, role, rooms } = asked.into_inner();
    let (token, token_hash) = secret::generate().map_err(|cause| AppError::internal(&cause))?;
    let (by, lasts) = (admin.by(), expires_in_s.map(Duration::from_secs));
    let id = store
        .write(move |tx| {
            let expires_at = lasts.map(|lasts| tx.now().after(lasts));
            let new = NewInvite { token_hash, by: by.user, role, rooms: rooms.clone(), expires_at, uses_left };
            let id = invites::create(tx, &new)?;
            let details = json!({"expires_at": expires_at, "uses": uses_left, "role": role, "rooms": rooms});
            audit::record(tx, Origin::from(&by), AuditKind::InviteCreated, Subject::of(id.get(), ""), &details)?;
            Ok::<_, StoreError>(id)
        })
        .await?;
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    Ok(HttpResponse::Created().json(InviteLink::new(id, token, &site, host)))
}

/// Ends a link. For admins.
#[utoipa::path(delete, path = "/api/v1/invites/{invite}", tag = "invites",
    params(("invite" = i64, Path, description = "The id of the link.")), responses((status = 204)))]
pub async fn end(admin: Admin, id: Path<i64>, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (id, by) = (InviteId::new(*id), admin.by());
    store
        .write(move |tx| {
            invites::revoke(tx, id)?;
            audit::record(tx, Origin::from(&by), AuditKind::InviteEnded, Subject::of(id.get(), ""), &json!({}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
