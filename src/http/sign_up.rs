//! New accounts.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::invites::invalid;
use super::newcomer::Newcomer;
use crate::auth::secret::{self, SecretHash};
use crate::auth::{Door, refuse_common};
use crate::domain::{AuditKind, Code, DisplayName, Origin, Password, PlaceRole, Refusal, SignUpMode, User, Username};
use crate::error::AppError;
use crate::store::audit::{self, Subject};
use crate::store::place::{self, Place};
use crate::store::users::{self, NewUser};
use crate::store::{Connection, Store, StoreError, invites};

/// Who comes, and by which link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The token of an invite link; not needed where sign-up is open.
    invite: Option<String>,
    username: String,
    display_name: String,
    password: String,
}

/// Who one is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    pub(super) me: User,
}

/// Makes an account and signs it in.
#[utoipa::path(post, path = "/api/v1/sign-up", tag = "sign-in", request_body = SignUp, responses((status = 201, body = SignedIn)))]
pub async fn sign_up(newcomer: Newcomer, store: Data<Store>, door: Data<Door>, asked: Json<SignUp>) -> Result<HttpResponse, AppError> {
    door.throttle.sign_up(newcomer.address)?;
    let SignUp { invite, username, display_name, password } = asked.into_inner();
    let invite = invite.map(|token| secret::hash(&token));
    // Before anything that costs: whoever has no way in learns nothing about names and makes nobody hash.
    let place = store.read(move |conn| way_in(conn, invite)).await?;
    let (username, display_name) = (Username::parse(&username)?, DisplayName::parse(&display_name)?);
    let password = Password::parse(&password)?;
    refuse_common(&password, &[username.as_str(), place.name.as_str()])?;
    let password_hash = door.passwords.hash(password).await?;

    let (device, address) = (newcomer.device(&door.seen)?, newcomer.address);
    let new = NewUser { username, display_name, password_hash, role: PlaceRole::Member };
    let (me, session) = store
        .write(move |tx| {
            way_in(tx, invite)?;
            let me = match invite {
                Some(invite) => invites::accept(tx, invite, &new, address.0)?,
                None => users::create(tx, &new)?,
            };
            let origin = Origin::newcomer(me.id, address.0);
            let who = Subject::of(me.id.get(), me.username.as_str());
            audit::record(tx, origin, AuditKind::SignedUp, who, &json!({"by_invite": invite.is_some()}))?;
            let session = device.store(tx, me.id)?;
            Ok::<_, StoreError>((me, session))
        })
        .await?;
    newcomer.give_cookie(&session, &me)?;
    Ok(HttpResponse::Created().json(SignedIn { me }))
}

/// The place, if this invite, or the open door, leads into it.
fn way_in(conn: &mut Connection, invite: Option<SecretHash>) -> Result<Place, StoreError> {
    let place = place::load(conn)?.ok_or_else(|| Refusal::of(Code::NotSetUp, "This place has not been set up yet."))?;
    match invite {
        Some(invite) if invites::opens(conn, invite)?.is_none() => Err(invalid().into()),
        None if place.sign_up == SignUpMode::Invite => {
            Err(Refusal::of(Code::SignUpClosed, "Sign-up is by invite. Ask someone on the team for a link.").into())
        }
        Some(_) | None => Ok(place),
    }
}
