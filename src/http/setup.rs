//! The wizard, once in the life of a place.

use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::invites::InviteLink;
use super::newcomer::Newcomer;
use crate::auth::{Door, Site, refuse_common, secret};
use crate::domain::{AuditKind, Code, DisplayName, Origin, Password, PlaceName, PlaceRole, Refusal, SignUpMode, User, Username};
use crate::error::AppError;
use crate::store::audit::{self, Subject};
use crate::store::invites::{self, NewInvite};
use crate::store::place::{self, NewPlace};
use crate::store::users::NewUser;
use crate::store::{Store, StoreError};

/// The wizard's answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The one-time code that the terminal printed.
    #[schema(example = "7K2M-9QXD-3FHA")]
    code: String,
    place_name: String,
    sign_up: SignUpMode,
    username: String,
    display_name: String,
    password: String,
}

/// The owner, and the link that lets the team in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Established {
    me: User,
    invite: InviteLink,
}

/// Makes the place, its owner, `#general` and an invite link; signs the owner in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "place", request_body = SetUp, responses((status = 201, body = Established)))]
pub async fn establish(
    newcomer: Newcomer,
    request: HttpRequest,
    store: Data<Store>,
    door: Data<Door>,
    site: Data<Site>,
    asked: Json<SetUp>,
) -> Result<HttpResponse, AppError> {
    door.throttle.sign_up(newcomer.address)?;
    let SetUp { code, place_name, sign_up, username, display_name, password } = asked.into_inner();
    if store.read(place::load).await?.is_some() {
        return Err(AppError::of(Code::AlreadySetUp, "This place is set up already. Sign in, or ask for an invite link."));
    }
    if !door.setup_code.fits(&code) {
        let refusal = Refusal::of(Code::SetupCodeWrong, "This is not the code that the terminal shows.");
        return Err(refusal.field("code").into());
    }
    let name = PlaceName::parse(&place_name)?;
    let (username, display_name) = (Username::parse(&username)?, DisplayName::parse(&display_name)?);
    let password = Password::parse(&password)?;
    refuse_common(&password, &[username.as_str(), name.as_str()])?;
    let password_hash = door.passwords.hash(password).await?;

    let (device, address) = (newcomer.device(&door.seen)?, newcomer.address);
    let (token, token_hash) = secret::generate().map_err(|cause| AppError::internal(&cause))?;
    let owner = NewUser { username, display_name, password_hash, role: PlaceRole::Owner };
    let new = NewPlace { name, sign_up, owner };
    let (me, invite, session) = store
        .write(move |tx| {
            let me = place::establish(tx, &new)?;
            let invite = invites::create(tx, &NewInvite::lasting(token_hash, me.id))?;
            let origin = Origin::newcomer(me.id, address.0);
            audit::record(tx, origin, AuditKind::SetUp, Subject::of(me.id.get(), me.username.as_str()), &json!({}))?;
            let session = device.store(tx, me.id)?;
            Ok::<_, StoreError>((me, invite, session))
        })
        .await?;
    door.setup_code.spend();
    newcomer.give_cookie(&session, &me)?;
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    Ok(HttpResponse::Created().json(Established { invite: InviteLink::new(invite, token, &site, host), me }))
}
