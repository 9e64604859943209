//! Coming and going.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::newcomer::Newcomer;
use super::people::why_inactive;
use super::second_factor::Given;
use super::sign_up::SignedIn;
use crate::auth::{AtTheDoor, Door};
use crate::domain::{AuditKind, Cause, Code, Credential, Origin, Password, Refusal, Scope, Timestamp, UserId, Username};
use crate::error::AppError;
use crate::store::{Connection, Store, StoreError, audit, place, revocations, revoked_jwts, second_factors, users};

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    username: String,
    password: String,
    /// A code of the second factor, or a recovery code; asked for where the account has one.
    code: Option<String>,
}

/// Signs in. Whether the name or the password was wrong is not told, nor can it be measured.
#[utoipa::path(post, path = "/api/v1/sign-in", tag = "sign-in", request_body = SignIn, responses((status = 200, body = SignedIn)))]
pub async fn sign_in(newcomer: Newcomer, store: Data<Store>, door: Data<Door>, asked: Json<SignIn>) -> Result<HttpResponse, AppError> {
    let username = Username::parse(&asked.username);
    door.throttle.sign_in(username.as_ref().ok(), newcomer.address)?;
    // What no account can have fails like what no account has. It tells nothing: the rule for names and passwords is public.
    let (Ok(username), Ok(password)) = (username, Password::parse(&asked.password)) else {
        door.failed.one_more(None, newcomer.address);
        return Err(failed().into());
    };
    let found = store
        .read(move |conn| match place::load(conn)? {
            Some(_) => users::credentials(conn, &username),
            None => Err(Refusal::of(Code::NotSetUp, "This place has not been set up yet.").into()),
        })
        .await?;
    let stored = found.as_ref().map(|credentials| credentials.password_hash.clone());
    let fits = door.passwords.verify(password, stored).await?;
    let account = found.as_ref().map(|credentials| credentials.user.id);
    let Some(proved) = found.filter(|_| fits) else {
        door.failed.one_more(account, newcomer.address);
        return Err(failed().into());
    };
    if !proved.user.active {
        // Only who knows the password is told that the account is there, and what has become of it.
        return Err(why_inactive(&store, proved.user.id).await?.into());
    }

    let given = second_factor(&store, &door, proved.user.id, asked.code.as_deref()).await?;
    let (device, me) = (newcomer.device(&door.seen)?, proved.user.clone());
    let (account, address) = (proved.user.id, newcomer.address);
    let session = store
        .write(move |tx| {
            if !users::still_holds(tx, &proved)? {
                return Err(failed().into());
            }
            match &given {
                Some(given) => given.spend(tx, proved.user.id)?,
                // Set up while the password was looked at.
                None if has_second_factor(tx, proved.user.id)? => return Err(code_needed().into()),
                None => {}
            }
            device.store(tx, proved.user.id)
        })
        .await
        .inspect_err(|error| {
            if matches!(error, StoreError::Refused(refusal) if refusal.code == Code::SecondFactorWrong) {
                door.failed.one_more(Some(account), address);
            }
        })?;
    newcomer.give_cookie(&session, &me)?;
    Ok(HttpResponse::Ok().json(SignedIn { me }))
}

/// The code that came with the sign-in, where the account asks for one.
async fn second_factor(store: &Store, door: &Door, user: UserId, code: Option<&str>) -> Result<Option<Given>, AppError> {
    match (store.read(move |conn| has_second_factor(conn, user)).await?, code) {
        (false, _) => Ok(None),
        (true, None) => Err(code_needed().into()),
        (true, Some(code)) => Given::read(store, door, user, code).await.map(Some),
    }
}

fn has_second_factor(conn: &mut Connection, user: UserId) -> Result<bool, StoreError> {
    Ok(second_factors::find(conn, user)?.is_some_and(|factor| factor.confirmed_at.is_some()))
}

fn code_needed() -> Refusal {
    Refusal::of(Code::SecondFactorNeeded, "Type the code that your authenticator app shows, or a recovery code.").field("code")
}

fn failed() -> Refusal {
    Refusal::of(Code::SignInFailed, "Username or password is wrong.")
}

/// Signs out: the credential that this request came with, and its sockets, end. Also right for who was not signed in.
#[utoipa::path(post, path = "/api/v1/sign-out", tag = "sign-in", responses((status = 204)))]
pub async fn sign_out(who: Result<AtTheDoor, AppError>, session: Session, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let AtTheDoor(user) = match who {
        Ok(who) => who,
        Err(stranger) if stranger.code() == Code::Unauthenticated => return Ok(HttpResponse::NoContent().finish()),
        Err(refused) => return Err(refused),
    };
    let (by, until) = (user.by(), user.expires_at().unwrap_or_else(Timestamp::now));
    store
        .write(move |tx| {
            match by.credential {
                Credential::Jwt(key) => revoked_jwts::revoke(tx, key, until)?,
                Credential::Token(_) => revocations::revoke(tx, Scope::Credential(by.credential), Cause::TokenRevoked)?,
                Credential::Login(_) => revocations::revoke(tx, Scope::Credential(by.credential), Cause::SignedOut)?,
            }
            let who = audit::account(tx, by.user)?;
            audit::record(tx, Origin::from(&by), AuditKind::SignedOut, who, &json!({}))
        })
        .await?;
    if let Credential::Login(_) = by.credential {
        session.purge();
    }
    Ok(HttpResponse::NoContent().finish())
}
