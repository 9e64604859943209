//! Middleware: proves an explicit credential before a handler asks who is calling.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::COOKIE;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::{Credentials, Presented, Proof};
use crate::auth::ClientAddress;
use crate::auth::agent::agent_of;
use crate::domain::Refusal;
use crate::error::AppError;

/// In the extensions of a request that came with an explicit credential: what it proved, or why it proved nothing.
#[derive(Debug, Clone)]
pub struct Explicit(pub(in crate::auth) Result<Proof, AppError>);

/// For the API: `Authorization: Bearer`.
///
/// # Errors
/// None of its own: a bad credential is told by whoever needs to know who is calling.
pub async fn resolve<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let presented = Presented::in_header(request.headers());
    settle(request, presented, next).await
}

/// For the socket: also a subprotocol, or a ticket in the address.
///
/// # Errors
/// As [`resolve`].
pub async fn resolve_socket<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let in_url = request.app_data::<web::Data<Credentials>>().is_some_and(|credentials| credentials.tokens_in_url());
    let presented = Presented::of_socket(request.headers(), request.query_string(), in_url);
    settle(request, presented, next).await
}

async fn settle<B: MessageBody>(
    mut request: ServiceRequest,
    presented: Result<Option<Presented>, Refusal>,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let proved = match presented {
        Ok(None) => return next.call(request).await,
        Ok(Some(presented)) => match request.app_data::<web::Data<Credentials>>().cloned() {
            Some(credentials) => {
                let (address, agent) = (ClientAddress::of(request.request()), agent_of(request.headers()));
                credentials.prove(&presented, address, Some(agent)).await
            }
            None => Err(AppError::internal(&"no Credentials among the app data")),
        },
        Err(refusal) => Err(refusal.into()),
    };
    // What was said explicitly counts, good or bad; the cookie beside it is not even looked up.
    request.headers_mut().remove(COOKIE);
    request.extensions_mut().insert(Explicit(proved));
    next.call(request).await
}
