//! What a handshake reads along with its identity: one trip to the database where there would be two.
//!
//! It lies here for as long as the request is handled, since the session layer, which reads it, knows no request to leave it with.

use std::cell::Cell;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::domain::{Credential, LoginSessionId};
use crate::store::rooms::OwnRooms;

tokio::task_local! {
    /// Whose cookie it was, too. A credential that was presented beside a cookie has that one taken away before this
    /// (`credentials::resolve_socket`); should that ever fail, nobody gets the rooms of somebody else.
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

/// They have been read, together with the identity.
pub(super) fn put(login: LoginSessionId, rooms: OwnRooms) {
    // Where nobody wants them they are dropped.
    let _ = ALONG.try_with(|along| along.set(Some((login, rooms))));
}

/// The rooms of whoever came by this credential, read together with their identity. `None` where it is not the cookie.
pub fn take(credential: Credential) -> Option<OwnRooms> {
    let (login, rooms) = ALONG.try_with(Cell::take).ok().flatten()?;
    (credential == Credential::Login(login)).then_some(rooms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PlaceName, RoomId, SecondFactorRule, SignUpMode, TokenId};
    use crate::store::place::Place;

    const LAPTOP: LoginSessionId = LoginSessionId::new(10);

    fn rooms() -> OwnRooms {
        let place = Place {
            name: PlaceName::parse("Acme").unwrap(),
            sign_up: SignUpMode::Invite,
            second_factor: SecondFactorRule::Optional,
            epoch: String::new(),
            room: RoomId::new(1),
        };
        OwnRooms { rooms: Vec::new(), place }
    }

    #[actix_web::test]
    async fn only_the_one_whose_cookie_it_was_gets_what_was_read_along() {
        let scope = |credential| {
            ALONG.scope(Cell::new(None), async move {
                assert!(is_wanted());
                put(LAPTOP, rooms());
                (take(credential), take(credential))
            })
        };
        assert_eq!(scope(Credential::Login(LAPTOP)).await, (Some(rooms()), None), "once");
        assert_eq!(scope(Credential::Login(LoginSessionId::new(11))).await.0, None);
        assert_eq!(scope(Credential::Token(TokenId::new(10))).await.0, None);
    }

    #[actix_web::test]
    async fn outside_a_handshake_nothing_is_read_along() {
        assert!(!is_wanted());
        put(LAPTOP, rooms());
        assert_eq!(take(Credential::Login(LAPTOP)), None);
    }
}
