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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ClientAddress;
    use crate::auth::credentials::Proof;
    use crate::chat::commands::RevocationNumber;
    use crate::domain::{DisplayName, Grant, PlaceName, PlaceRole, RoomId, SecondFactorRule, SignUpMode, User, UserId, Username};
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

    fn by(credential: Credential) -> CurrentUser {
        let user = User {
            id: UserId::new(1),
            username: Username::parse("olga").unwrap(),
            display_name: DisplayName::parse("Olga").unwrap(),
            role: PlaceRole::Member,
            active: true,
        };
        let proof = Proof { user, second_factor_missing: false, credential, grant: Grant::FULL, expires_at: None };
        let address = ClientAddress(std::net::Ipv4Addr::LOCALHOST.into());
        CurrentUser::from_proof(proof, address, RevocationNumber::default())
    }

    #[actix_web::test]
    async fn only_the_one_whose_cookie_it_was_gets_what_was_read_along() {
        let scope = |who: CurrentUser| {
            ALONG.scope(Cell::new(None), async move {
                assert!(is_wanted());
                put(LAPTOP, rooms());
                (take(&who), take(&who))
            })
        };
        assert_eq!(scope(by(Credential::Login(LAPTOP))).await, (Some(rooms()), None), "once");
        assert_eq!(scope(by(Credential::Login(LoginSessionId::new(11)))).await.0, None);
        assert_eq!(scope(by(Credential::Token(crate::domain::TokenId::new(10)))).await.0, None);
    }

    #[actix_web::test]
    async fn outside_a_handshake_nothing_is_read_along() {
        assert!(!is_wanted());
        put(LAPTOP, rooms());
        assert_eq!(take(&by(Credential::Login(LAPTOP))), None);
    }
}
