//! What a handshake reads along with its identity: one trip to the database where there would be two.
//!
//! It lies here for as long as the request is handled, since the session layer, which reads it, knows no request to leave it with.

use std::cell::Cell;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::CurrentUser;
use crate::domain::{Credential, LoginSessionId};
use crate::store::rooms::OwnRooms;

tokio::task_local! {
    /// Whose cookie it was, too: another credential may have been presented beside it, and goes before it.
    static ALONG: Cell<Option<(LoginSessionId, OwnRooms)>>;
}

/// Middleware around the session layer of sockets.
///
/// # Errors
/// Those of what it is around.
pub async fn read_along<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    ALONG.scope(Cell::new(None), next.call(request)).await
}

/// Whether this request wants its user's rooms as well.
pub(super) fn is_wanted() -> bool {
    ALONG.try_with(|_| ()).is_ok()
}

/// They have been read, in the same snapshot as the identity.
pub(super) fn put(login: LoginSessionId, rooms: OwnRooms) {
    // Nobody wants them any more where the request is gone.
    let _ = ALONG.try_with(|along| along.set(Some((login, rooms))));
}

/// The rooms of this user, read in the same snapshot as their identity. `None` where that is not the cookie's.
pub fn take(who: &CurrentUser) -> Option<OwnRooms> {
    let (login, rooms) = ALONG.try_with(Cell::take).ok().flatten()?;
    (who.credential() == Credential::Login(login)).then_some(rooms)
}
