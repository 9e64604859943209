//! An echo that goes through the same reader, session and outbox as the product; only what it says differs. For the conformance tests
//! (Autobahn); not in a release.

use actix::Context;
use actix_web::{HttpRequest, HttpResponse};

use super::relay::RelayHandle;
use super::serving::admit;
use super::session::{Session, Talk};
use super::upgrade::handshake;
use crate::chat::Frame;
use crate::domain::{Limits, SessionId};
use crate::error::AppError;

/// Says what it hears.
pub(super) struct Echo;

impl Talk for Echo {
    const BINARY: bool = true;

    fn begin(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) {
        session.open(None, ctx);
    }

    fn text(session: &mut Session<Self>, text: String, _: &mut Context<Session<Self>>) {
        session.push(Frame::data(true, text.as_bytes()));
    }

    fn binary(session: &mut Session<Self>, bytes: Vec<u8>, _: &mut Context<Session<Self>>) {
        session.push(Frame::data(false, &bytes));
    }

    fn ended(&mut self, _: SessionId) {}
}

/// Upgrades anyone.
///
/// # Errors
/// What is no proper handshake.
pub async fn echo(request: HttpRequest) -> Result<HttpResponse, AppError> {
    let Some((relay, limits)) = request.app_data::<RelayHandle>().zip(request.app_data::<Limits>()) else {
        return Err(AppError::internal(&"no relay or limits among the app data"));
    };
    let (relay, limits) = (relay.clone(), limits.clone());
    Ok(admit(handshake(&request)?, move |connection| Session::start(Echo, connection, &limits, relay)))
}
