//! Coming and going.

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::newcomer::Newcomer;
use super::sign_up::SignedIn;
use crate::auth::{Door, sign_in as login};
use crate::domain::{Cause, Code, Credential, Password, Refusal, Scope, Username};
use crate::error::AppError;
use crate::store::{Store, login_sessions, place, users};

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
    let proved = found.filter(|credentials| fits && credentials.user.active).ok_or_else(failed)?;

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

/// Signs out: the cookie, the login session behind it and its sockets end. Also right for who was not signed in.
#[utoipa::path(post, path = "/api/v1/sign-out", tag = "sign-in", responses((status = 204)))]
pub async fn sign_out(session: Session, store: Data<Store>) -> Result<HttpResponse, AppError> {
    if let Some(login) = login::of_cookie(&session)? {
        store.write(move |tx| login_sessions::revoke(tx, Scope::Credential(Credential::Login(login)), Cause::SignedOut)).await?;
        session.purge();
    }
    Ok(HttpResponse::NoContent().finish())
}
