//! The only way from a request to a user.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_identity::{Identity, IdentityMiddleware};
use actix_session::Session;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};

use super::ClientAddress;
use super::credentials::{Explicit, Proof};
use super::login_session::{IDENTITY_KEY, LoginState, Unanswered};
use crate::chat::Chat;
use crate::chat::commands::RevocationNumber;
use crate::domain::{Access, By, Code, Credential, Grant, LoginSessionId, Refusal, RoomId, Timestamp, User, UserId};
use crate::error::AppError;

/// Someone whose identity is proved, for as long as this request. Nothing but the extractor can make one, so a handler that takes one
/// cannot be reached by a stranger, and a socket, which is started with one, cannot be opened by one.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    user: User,
    second_factor_missing: bool,
    credential: Credential,
    grant: Grant,
    expires_at: Option<Timestamp>,
    address: ClientAddress,
    as_of: RevocationNumber,
}

impl CurrentUser {
    /// Who.
    pub const fn id(&self) -> UserId {
        self.user.id
    }

    /// The account as it was when the request came.
    pub const fn user(&self) -> &User {
        &self.user
    }

    /// What proved it.
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// How far that reaches.
    pub const fn grant(&self) -> Grant {
        self.grant
    }

    /// Who asks for a change.
    pub const fn by(&self) -> By {
        By { user: self.user.id, credential: self.credential, grant: self.grant, address: self.address.0 }
    }

    /// When the credential ends: `None` for a token that ends only when it is revoked. A sign-in ends if it is not used any more.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The node's revocations that had been applied before the credential was read.
    pub const fn as_of(&self) -> RevocationNumber {
        self.as_of
    }

    /// From where.
    pub const fn address(&self) -> ClientAddress {
        self.address
    }

    /// Whether the place asks for a second factor that they do not have. Only [`AtTheDoor`] lets such a one in.
    pub const fn second_factor_missing(&self) -> bool {
        self.second_factor_missing
    }

    /// The same person by a fresh credential, for a socket that goes on.
    ///
    /// # Errors
    /// [`Code::Forbidden`] where it is another person's, or reaches less or further than what opened the socket;
    /// [`Code::SecondFactorMissing`].
    pub fn refreshed(&self, proof: Proof, as_of: RevocationNumber) -> Result<Self, Refusal> {
        if proof.user.id != self.user.id || proof.grant != self.grant {
            return Err(Refusal::of(Code::Forbidden, "The fresh token must be the same person's, and reach as far."));
        }
        Self::from_proof(proof, self.address, as_of).admitted()
    }

    fn from_proof(proof: Proof, address: ClientAddress, as_of: RevocationNumber) -> Self {
        let Proof { user, second_factor_missing, credential, grant, expires_at } = proof;
        Self { user, second_factor_missing, credential, grant, expires_at, address, as_of }
    }

    fn admitted(self) -> Result<Self, Refusal> {
        if self.second_factor_missing {
            return Err(Refusal::of(Code::SecondFactorMissing, "This place asks for a second factor. Set yours up first."));
        }
        Ok(self)
    }

    fn of(request: &HttpRequest, payload: &mut Payload) -> Result<Self, AppError> {
        Ok(Self::at_the_door(request, payload)?.admitted()?)
    }

    fn at_the_door(request: &HttpRequest, payload: &mut Payload) -> Result<Self, AppError> {
        let Some(as_of) = request.extensions().get::<RevocationNumber>().copied() else {
            return Err(AppError::internal(&"no revocation number was noted before the credential was read"));
        };
        let explicit = request.extensions().get::<Explicit>().cloned();
        let proof = match explicit {
            Some(Explicit(proved)) => proved?,
            None => of_cookie(request, payload)?,
        };
        Ok(Self::from_proof(proof, ClientAddress::of(request), as_of))
    }

    /// Every unsafe method changes something, so what may only read stops here, whatever the route.
    fn within_access(request: &HttpRequest, payload: &mut Payload) -> Result<Self, AppError> {
        let user = Self::of(request, payload)?;
        if request.method().is_safe() || user.grant.access >= Access::Write { Ok(user) } else { Err(Refusal::token_scope().into()) }
    }

    /// A token for one room opens nothing but what asks for it by [`InRoom`] or [`AnyReach`].
    fn everywhere(request: &HttpRequest, payload: &mut Payload) -> Result<Self, AppError> {
        match Self::within_access(request, payload)? {
            Self { grant: Grant { room: Some(_), .. }, .. } => Err(Refusal::token_scope().into()),
            user => Ok(user),
        }
    }
}

fn of_cookie(request: &HttpRequest, payload: &mut Payload) -> Result<Proof, AppError> {
    let session = Session::from_request(request, payload).into_inner().map_err(|cause| AppError::internal(&cause))?;
    let login = LoginState::of(&session)?.ok_or_else(stranger)?;
    let identity = Identity::from_request(request, payload).into_inner().ok().and_then(|identity| identity.id().ok());
    if identity.as_deref() != Some(login.user.id.to_string().as_str()) {
        return Err(stranger().into());
    }
    let (credential, expires_at) = (Credential::Login(login.id), Some(login.expires_at()));
    Ok(Proof { user: login.user, second_factor_missing: login.second_factor_missing, credential, grant: Grant::FULL, expires_at })
}

fn stranger() -> Refusal {
    Refusal::of(Code::Unauthenticated, "Sign in first.")
}

impl From<Unanswered> for AppError {
    fn from(_: Unanswered) -> Self {
        Refusal::of(Code::Unavailable, "The server cannot tell at this moment who you are.").retry_after_ms(2_000).into()
    }
}

impl FromRequest for CurrentUser {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Self::everywhere(request, payload))
    }
}

/// A [`CurrentUser`] however far their credential reaches. Whoever takes one asks for its grant.
#[derive(Debug, Clone)]
pub struct AnyReach(pub CurrentUser);

impl FromRequest for AnyReach {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(CurrentUser::of(request, payload).map(Self))
    }
}

/// A [`CurrentUser`] whose credential reaches the room in the path (`{id}`). To a token for another room it is not there.
#[derive(Debug, Clone)]
pub struct InRoom(CurrentUser);

impl Deref for InRoom {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl FromRequest for InRoom {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let asked = request.match_info().get("id").and_then(|id| id.parse().ok()).map(RoomId::new);
        ready(CurrentUser::within_access(request, payload).and_then(|user| match user.grant().room {
            Some(only) if asked != Some(only) => Err(Refusal::not_found().into()),
            Some(_) | None => Ok(Self(user)),
        }))
    }
}

/// A [`CurrentUser`] who runs the place, by a credential that reaches that far.
#[derive(Debug, Clone)]
pub struct Admin(CurrentUser);

impl Deref for Admin {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl FromRequest for Admin {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(CurrentUser::everywhere(request, payload).and_then(|user| {
            let may = user.user().role.runs_the_place() && user.grant().access == Access::Admin;
            if may { Ok(Self(user)) } else { Err(Refusal::forbidden().into()) }
        }))
    }
}

/// A [`CurrentUser`] who signed in, and did not come by a token: for what changes how the account is entered. A token that leaked
/// must not be able to make itself more tokens, or another password.
#[derive(Debug, Clone)]
pub struct InPerson {
    user: CurrentUser,
    login: LoginSessionId,
}

impl InPerson {
    /// By which sign-in.
    pub const fn login(&self) -> LoginSessionId {
        self.login
    }

    fn signed_in(user: CurrentUser) -> Result<Self, AppError> {
        match user.credential() {
            Credential::Login(login) => Ok(Self { user, login }),
            Credential::Token(_) | Credential::Jwt(_) => {
                Err(AppError::of(Code::Forbidden, "Only someone who has signed in on the page may do this, and no token."))
            }
        }
    }
}

impl Deref for InPerson {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.user
    }
}

impl FromRequest for InPerson {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(CurrentUser::of(request, payload).and_then(Self::signed_in))
    }
}

/// A [`CurrentUser`] who may still lack the second factor that the place asks for. For saying who one is, and for going away; whatever
/// else takes one is a hole.
#[derive(Debug, Clone)]
pub struct AtTheDoor(pub CurrentUser);

impl FromRequest for AtTheDoor {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(CurrentUser::at_the_door(request, payload).map(Self))
    }
}

/// [`InPerson`] for who may still lack the second factor: for setting it up.
#[derive(Debug, Clone)]
pub struct Enrolling(InPerson);

impl Deref for Enrolling {
    type Target = InPerson;

    fn deref(&self) -> &InPerson {
        &self.0
    }
}

impl FromRequest for Enrolling {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(CurrentUser::at_the_door(request, payload).and_then(InPerson::signed_in).map(Self))
    }
}

/// Middleware in front of the session layer: notes how many revocations the node has applied before the credential is read.
pub async fn note_revocations<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    if let Some(chat) = request.app_data::<web::Data<Chat>>() {
        let as_of = chat.revocation_number();
        request.extensions_mut().insert(as_of);
    }
    next.call(request).await
}

/// actix-identity over our session state. No visit deadline: it would write to the session with each request.
pub fn identity_middleware() -> IdentityMiddleware {
    IdentityMiddleware::builder().id_key(IDENTITY_KEY).build()
}
