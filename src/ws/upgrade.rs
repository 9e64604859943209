//! `GET /ws`: the only door to a session.
//!
//! The gate in front (`auth::gate`) has refused foreign hosts and origins, and the extractor has refused strangers, before this runs. How
//! many sockets a person may have is the centre's to say; it lets the newest in and ends the oldest.

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::addresses::Addresses;
use super::relay::RelayHandle;
use super::serving::{admit, leaves_http};
use super::session::{Desk, Session};
use crate::auth::{AnyReach, ClientAddress, read_along};
use crate::domain::{Code, Refusal};
use crate::error::AppError;

/// The protocol's name, for clients that offer one.
const PROTOCOL: &str = "snug.v1";

/// Upgrades the request of someone whose identity is proved.
///
/// # Errors
/// What is no proper handshake of version 13, and an address with too many sockets. Strangers and foreign origins never come this far.
pub async fn upgrade(
    AnyReach(who): AnyReach,
    address: ClientAddress,
    addresses: Data<Addresses>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let Some((relay, desk)) = request.app_data::<RelayHandle>().zip(Desk::of(&request)) else {
        return Err(AppError::internal(&"no relay or desk among the app data"));
    };
    let (relay, answer) = (relay.clone(), handshake(&request)?);
    let (place, read) = (addresses.enter(address)?, read_along::take(who.credential()));
    Ok(admit(answer, move |connection| Session::of(who, read, place, desk, relay, connection)))
}

/// Checks the handshake and begins the answer.
pub(super) fn handshake(request: &HttpRequest) -> Result<actix_web::HttpResponseBuilder, AppError> {
    check(request.headers())?;
    if !leaves_http(request) {
        return Err(AppError::of(Code::Malformed, "A handshake has no body and asks for websocket alone."));
    }
    ws::handshake_with_protocols(request, &[PROTOCOL])
        .map_err(|error| AppError::of(Code::Malformed, format!("No WebSocket handshake: {error}.")))
}

/// What actix-web-actors lets through: versions before the standard, and any text as a key.
fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let refuse = |what: &str| Err(Refusal::of(Code::Malformed, what));
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return refuse("Only WebSocket version 13 (RFC 6455) is spoken here.");
    }
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY);
    match (keys.next().map(|key| STANDARD.decode(key)), keys.next()) {
        (Some(Ok(key)), None) if key.len() == 16 => Ok(()),
        _ => refuse("A Sec-WebSocket-Key is 16 bytes in base64."),
    }
}
