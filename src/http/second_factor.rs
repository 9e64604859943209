//! The second factor of one's own account.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::confirm;
use crate::auth::second_factor::{recovery_codes, recovery_hash};
use crate::auth::{Admin, ClientAddress, Door, Enrolling, InPerson};
use crate::domain::{AuditKind, By, Cause, Code, Origin, PlaceRole, Refusal, Scope, Timestamp, UserId};
use crate::error::AppError;
use crate::store::second_factors::{self, SecondFactor};
use crate::store::{Store, StoreError, Transaction, audit, revocations, users};

/// Whether there is one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Factor {
    enabled: bool,
    confirmed_at: Option<Timestamp>,
    recovery_codes_left: i64,
}

/// How one's second factor stands.
#[utoipa::path(get, path = "/api/v1/me/second-factor", tag = "second factor", responses((status = 200, body = Factor)))]
pub async fn show(user: Enrolling, store: Data<Store>) -> Result<Json<Factor>, AppError> {
    let id = user.id();
    let (factor, recovery_codes_left) =
        store.read(move |conn| Ok((second_factors::find(conn, id)?, second_factors::codes_left(conn, id)?))).await?;
    let confirmed_at = factor.and_then(|factor| factor.confirmed_at);
    Ok(Json(Factor { enabled: confirmed_at.is_some(), confirmed_at, recovery_codes_left }))
}

/// The password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithPassword {
    password: String,
}

/// The secret for the app. It is shown this once; nothing asks for it before it is confirmed.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// Base32, to be typed.
    secret: String,
    /// `otpauth://…`, to be opened.
    uri: String,
    /// A QR code of it.
    svg: String,
}

/// Begins to set up a second factor.
#[utoipa::path(post, path = "/api/v1/me/second-factor", tag = "second factor", request_body = WithPassword,
    responses((status = 201, body = Enrolment)))]
pub async fn begin(
    user: Enrolling,
    address: ClientAddress,
    store: Data<Store>,
    door: Data<Door>,
    asked: Json<WithPassword>,
) -> Result<HttpResponse, AppError> {
    confirm::password(&user, address, &store, &door, &asked.password, "password").await?;
    let id = user.id();
    let made = door.second_factors.enrol(id, user.user().username.as_str()).map_err(|cause| AppError::internal(&cause))?;
    let sealed = made.sealed;
    if !store.write(move |tx| second_factors::begin(tx, id, &sealed)).await? {
        return Err(AppError::of(Code::SecondFactorSet, "There is a second factor already; turn it off first."));
    }
    Ok(HttpResponse::Created().json(Enrolment { secret: made.secret, uri: made.uri, svg: made.svg }))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithCode {
    code: String,
}

/// Codes for when the app is lost. They are shown this once; each works once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Confirms the second factor by a first code: from now on a sign-in asks for it. Every other device and token of the account ends.
#[utoipa::path(post, path = "/api/v1/me/second-factor/confirm", tag = "second factor", request_body = WithCode,
    responses((status = 200, body = RecoveryCodes)))]
pub async fn confirm(
    user: Enrolling,
    address: ClientAddress,
    store: Data<Store>,
    door: Data<Door>,
    asked: Json<WithCode>,
) -> Result<Json<RecoveryCodes>, AppError> {
    door.throttle.sign_in(Some(&user.user().username), address)?;
    let by = user.by();
    let factor = store.read(move |conn| second_factors::find(conn, by.user)).await?.filter(|factor| factor.confirmed_at.is_none());
    let factor = factor.ok_or_else(Refusal::not_found)?;
    let step = step_of(&door, by.user, &factor, &asked.code)?.ok_or_else(wrong_code)?;
    let (codes, hashes) = new_codes()?;
    store
        .write(move |tx| {
            if !second_factors::use_step(tx, by.user, &factor.sealed_secret, step)? {
                return Err(wrong_code().into());
            }
            second_factors::confirm(tx, by.user, &hashes)?;
            changed(tx, &by, AuditKind::SecondFactorOn)
        })
        .await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }))
}

/// The password, and a code of the app or a recovery code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithBoth {
    password: String,
    code: String,
}

/// Turns the second factor off. Every other device and token of the account ends. Where the place asks for one, so do the own sockets,
/// and the next thing to do is to set up another.
#[utoipa::path(delete, path = "/api/v1/me/second-factor", tag = "second factor", request_body = WithBoth, responses((status = 204)))]
pub async fn remove(
    user: InPerson,
    address: ClientAddress,
    store: Data<Store>,
    door: Data<Door>,
    asked: Json<WithBoth>,
) -> Result<HttpResponse, AppError> {
    confirm::password(&user, address, &store, &door, &asked.password, "password").await?;
    let (by, account) = (user.by(), user.user().clone());
    let given = Given::read(&store, &door, by.user, &asked.code).await?;
    store
        .write(move |tx| {
            given.spend(tx, by.user)?;
            second_factors::remove(tx, by.user)?;
            second_factors::end_sockets_without(tx, &account)?;
            changed(tx, &by, AuditKind::SecondFactorOff)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes new recovery codes; the old ones end.
#[utoipa::path(post, path = "/api/v1/me/second-factor/recovery-codes", tag = "second factor", request_body = WithBoth,
    responses((status = 200, body = RecoveryCodes)))]
pub async fn renew_codes(
    user: InPerson,
    address: ClientAddress,
    store: Data<Store>,
    door: Data<Door>,
    asked: Json<WithBoth>,
) -> Result<Json<RecoveryCodes>, AppError> {
    confirm::password(&user, address, &store, &door, &asked.password, "password").await?;
    let by = user.by();
    let given = Given::read(&store, &door, by.user, &asked.code).await?;
    let (codes, hashes) = new_codes()?;
    store
        .write(move |tx| {
            given.spend(tx, by.user)?;
            second_factors::replace_codes(tx, by.user, &hashes)?;
            let who = audit::account(tx, by.user)?;
            audit::record(tx, Origin::from(&by), AuditKind::RecoveryCodesMade, who, &json!({}))
        })
        .await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }))
}

/// Takes somebody's second factor away, who has lost the app and the codes; all of their devices and tokens end. For admins; an owner's
/// only for owners.
#[utoipa::path(delete, path = "/api/v1/users/{id}/second-factor", tag = "second factor", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn remove_of_user(admin: Admin, id: Path<i64>, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (user, by, role) = (UserId::new(*id), admin.by(), admin.user().role);
    store
        .write(move |tx| {
            let found = users::find(tx, user)?.ok_or_else(Refusal::not_found)?;
            if found.role == PlaceRole::Owner && role != PlaceRole::Owner {
                return Err(Refusal::forbidden().into());
            }
            if !second_factors::remove(tx, user)? {
                return Err(Refusal::not_found().into());
            }
            revocations::revoke(tx, Scope::User(user), Cause::SignedOut)?;
            let who = audit::account(tx, user)?;
            audit::record(tx, Origin::from(&by), AuditKind::SecondFactorReset, who, &json!({}))
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A code that fits, to be used up in the transaction of what it is for.
#[derive(Clone)]
pub(super) enum Given {
    Step { sealed: Vec<u8>, step: u64 },
    Recovery([u8; 32]),
}

impl Given {
    /// Looks at a code of the app or a recovery code. What is no code of the app is taken for a recovery code, and is only known to be
    /// one when it is spent.
    pub(super) async fn read(store: &Store, door: &Door, user: UserId, code: &str) -> Result<Self, AppError> {
        let factor = store.read(move |conn| second_factors::find(conn, user)).await?.filter(|factor| factor.confirmed_at.is_some());
        let factor = factor.ok_or_else(Refusal::not_found)?;
        Ok(match step_of(door, user, &factor, code)? {
            Some(step) => Self::Step { sealed: factor.sealed_secret, step },
            None => Self::Recovery(recovery_hash(code)),
        })
    }

    /// Uses it up.
    ///
    /// # Errors
    /// Refused with [`Code::SecondFactorWrong`] where it was used before or is none.
    pub(super) fn spend(&self, tx: &mut Transaction<'_>, user: UserId) -> Result<(), StoreError> {
        let good = match self {
            Self::Step { sealed, step } => second_factors::use_step(tx, user, sealed, *step)?,
            Self::Recovery(hash) => second_factors::use_recovery_code(tx, user, *hash)?,
        };
        if good { Ok(()) } else { Err(wrong_code().into()) }
    }
}

fn step_of(door: &Door, user: UserId, factor: &SecondFactor, code: &str) -> Result<Option<u64>, AppError> {
    door.second_factors.check(user, &factor.sealed_secret, code, Timestamp::now()).map_err(|cause| AppError::internal(&cause))
}

fn wrong_code() -> Refusal {
    Refusal::of(Code::SecondFactorWrong, "This code is wrong or was used before. Wait for the next one.").field("code")
}

fn new_codes() -> Result<(Vec<String>, Vec<[u8; 32]>), AppError> {
    Ok(recovery_codes().map_err(|cause| AppError::internal(&cause))?.into_iter().unzip())
}

/// How one signs in has changed: what is open elsewhere was opened the old way, perhaps by somebody else.
fn changed(tx: &mut Transaction<'_>, by: &By, kind: AuditKind) -> Result<(), StoreError> {
    revocations::revoke(tx, Scope::Others { user: by.user, keep: by.credential }, Cause::SignedOut)?;
    let who = audit::account(tx, by.user)?;
    audit::record(tx, by.into(), kind, who, &json!({}))
}
