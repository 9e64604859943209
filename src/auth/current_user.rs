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
use super::login_session::{IDENTITY_KEY, LoginState, Unanswered};
use crate::chat::Chat;
use crate::chat::commands::RevocationNumber;
use crate::domain::{Access, By, Code, Credential, Grant, LoginSessionId, Refusal, Timestamp, User, UserId};
use crate::error::AppError;

/// Someone whose identity is proved, for as long as this request. Nothing but the extractor can make one, so a handler that takes one
/// cannot be reached by a stranger, and a socket, which is started with one, cannot be opened by one.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    user: User,
    credential: Credential,
    grant: Grant,
    expires_at: Timestamp,
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

    /// When the credential ends; a sign-in does so only if it is not used any more.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The node's revocations that had been applied before the credential was read.
    pub const fn as_of(&self) -> RevocationNumber {
        self.as_of
    }

    fn of(request: &HttpRequest, payload: &mut Payload) -> Result<Self, AppError> {
        let session = Session::from_request(request, payload).into_inner().map_err(|cause| AppError::internal(&cause))?;
        let login = LoginState::of(&session)?.ok_or_else(stranger)?;
        let identity = Identity::from_request(request, payload).into_inner().ok().and_then(|identity| identity.id().ok());
        if identity.as_deref() != Some(login.user.id.to_string().as_str()) {
            return Err(stranger().into());
        }
        let address = ClientAddress::of(request);
        let Some(as_of) = request.extensions().get::<RevocationNumber>().copied() else {
            return Err(AppError::internal(&"no revocation number was noted before the credential was read"));
        };
        let (credential, expires_at) = (Credential::Login(login.id), login.expires_at());
        Ok(Self { user: login.user, credential, grant: Grant::FULL, expires_at, address, as_of })
    }
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
        ready(Self::of(request, payload))
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
        ready(CurrentUser::of(request, payload).and_then(|user| {
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
        ready(CurrentUser::of(request, payload).and_then(|user| match user.credential() {
            Credential::Login(login) => Ok(Self { user, login }),
            Credential::Token(_) | Credential::Jwt(_) => {
                Err(AppError::of(Code::Forbidden, "Only someone who has signed in on the page may do this, and no token."))
            }
        }))
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
