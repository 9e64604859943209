//! Coming and going.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::newcomer::Newcomer;
use super::people::why_inactive;
use super::sign_up::SignedIn;
use crate::auth::{AnyReach, Door, sign_in as login};
use crate::domain::{Cause, Code, Credential, Password, Refusal, Scope, Timestamp, Username};
use crate::error::AppError;
use crate::store::{Store, place, revocations, revoked_jwts, users};

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    username: String,
    password: String,
}

/// Signs in. Whether the name or the password was wrong is not told, nor can it be measured.
#[utoipa::path(post, path = "/api/v1/sign-in", tag = "sign-in", request_body = SignIn, responses((status = 200, body = SignedIn)))]
pub async fn sign_in(newcomer: Newcomer, store: Data<Store>, door: Data<Door>, asked: Json<SignIn>) -> Result<HttpResponse, AppError> {
    let username = Username::parse(&asked.username);
    door.throttle.sign_in(username.as_ref().ok(), newcomer.address)?;
    // What no account can have fails like what no account has. It tells nothing: the rule for names and passwords is public.
    let (Ok(username), Ok(password)) = (username, Password::parse(&asked.password)) else {
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
    let proved = found.filter(|_| fits).ok_or_else(failed)?;
    if !proved.user.active {
        // Only who knows the password is told that the account is there, and what has become of it.
        return Err(why_inactive(&store, proved.user.id).await?.into());
    }

    let (device, me) = (newcomer.device(&door.seen)?, proved.user.clone());
    let session = store
        .write(move |tx| {
            if !users::still_holds(tx, &proved)? {
                return Err(failed().into());
            }
            device.store(tx, proved.user.id)
        })
        .await?;
    newcomer.give_cookie(&session, &me)?;
    Ok(HttpResponse::Ok().json(SignedIn { me }))
}

fn failed() -> Refusal {
    Refusal::of(Code::SignInFailed, "Username or password is wrong.")
}

/// Signs out: the credential that this request came with, and its sockets, end. Also right for who was not signed in.
#[utoipa::path(post, path = "/api/v1/sign-out", tag = "sign-in", responses((status = 204)))]
pub async fn sign_out(who: Option<AnyReach>, session: Session, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let explicit = who.map(|AnyReach(user)| (user.credential(), user.expires_at()));
    match explicit {
        Some((Credential::Jwt(key), expires_at)) => {
            let until = expires_at.unwrap_or_else(Timestamp::now);
            store.write(move |tx| revoked_jwts::revoke(tx, key, until)).await?;
        }
        Some((credential @ Credential::Token(_), _)) => {
            store.write(move |tx| revocations::revoke(tx, Scope::Credential(credential), Cause::TokenRevoked)).await?;
        }
        // Also a login session whose account may do nothing any more, which no extractor lets through.
        Some((Credential::Login(_), _)) | None => {
            if let Some(login) = login::of_cookie(&session)? {
                let scope = Scope::Credential(Credential::Login(login));
                store.write(move |tx| revocations::revoke(tx, scope, Cause::SignedOut)).await?;
                session.purge();
            }
        }
    }
    Ok(HttpResponse::NoContent().finish())
}
