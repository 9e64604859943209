//! Beginning and ending a login session from inside a handler.

use std::time::Duration;

use actix_identity::Identity;
use actix_session::Session;
use actix_web::{HttpMessage, HttpRequest};
use serde_json::json;

use super::agent::agent_of;
use super::login_session::LoginState;
use super::{ClientAddress, LastSeen};
use crate::domain::{AuditKind, Cause, Credential, LoginSessionId, Origin, Scope, Timestamp, User, UserId};
use crate::error::AppError;
use crate::store::login_sessions::{self, NewLogin};
use crate::store::{StoreError, Transaction, audit, revocations};

/// The device that a person signs in with, and the login session it replaces.
#[derive(Debug, Clone)]
pub struct Device {
    address: ClientAddress,
    agent: String,
    lifetime: Duration,
    before: Option<LoginSessionId>,
}

/// A stored sign-in, waiting for its cookie.
#[derive(Debug, Clone)]
pub struct NewSession {
    id: LoginSessionId,
    expires_at: Timestamp,
}

impl Device {
    /// The device behind a request.
    ///
    /// # Errors
    /// Where the store could not tell which login session the request's cookie opens: that one must end by the sign-in.
    pub fn of(request: &HttpRequest, session: &Session, address: ClientAddress, seen: &LastSeen) -> Result<Self, AppError> {
        Ok(Self {
            address,
            agent: agent_of(request.headers()),
            lifetime: seen.lifetime(),
            before: LoginState::of(session)?.map(|login| login.id),
        })
    }

    /// Stores the sign-in, and ends the one that this browser had before: its cookie will be gone, so nobody could end it later.
    ///
    /// # Errors
    /// What the database answers.
    pub fn store(&self, tx: &mut Transaction<'_>, user: UserId) -> Result<NewSession, StoreError> {
        if let Some(before) = self.before {
            revocations::revoke(tx, Scope::Credential(Credential::Login(before)), Cause::SignedOut)?;
        }
        let expires_at = tx.now().after(self.lifetime);
        let new = NewLogin { user, address: self.address.0.to_string(), agent: self.agent.clone(), expires_at };
        let id = login_sessions::create(tx, &new)?;
        let origin = Origin { credential: Some(Credential::Login(id)), ..Origin::newcomer(user, self.address.0) };
        let who = audit::account(tx, user)?;
        audit::record(tx, origin, AuditKind::SignedIn, who, &json!({"agent": self.agent}))?;
        Ok(NewSession { id, expires_at })
    }
}

/// Gives the response a new cookie for the stored sign-in. Everything that the session held before is gone, and so is the handle that
/// led to it: a cookie that someone planted before the sign-in opens nothing (session fixation).
///
/// # Errors
/// [`Code::Internal`](crate::domain::Code::Internal) where the state cannot be written as JSON.
pub fn give_cookie(request: &HttpRequest, session: &Session, new: &NewSession, user: &User) -> Result<(), AppError> {
    session.clear();
    LoginState::put(session, new.id, user.clone(), new.expires_at).map_err(|cause| AppError::internal(&cause))?;
    Identity::login(&request.extensions(), user.id.to_string()).map_err(|cause| AppError::internal(&cause))?;
    session.renew();
    Ok(())
}
