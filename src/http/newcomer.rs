//! Someone at the door: not signed in yet, or about to be someone else.

use std::future::{Ready, ready};

use actix_session::Session;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::auth::sign_in::{self, Device, NewSession};
use crate::auth::{ClientAddress, LastSeen};
use crate::domain::User;
use crate::error::AppError;

/// The request of someone who may be signed in by it.
pub struct Newcomer {
    request: HttpRequest,
    session: Session,
    pub(super) address: ClientAddress,
}

impl Newcomer {
    /// What is noted of the device.
    pub(super) fn device(&self, seen: &LastSeen) -> Result<Device, AppError> {
        Device::of(&self.request, &self.session, self.address, seen)
    }

    /// Signs in by the cookie of the answer.
    pub(super) fn give_cookie(&self, new: &NewSession, user: &User) -> Result<(), AppError> {
        sign_in::give_cookie(&self.request, &self.session, new, user)
    }
}

impl FromRequest for Newcomer {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let session = Session::from_request(request, payload).into_inner();
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(session.and_then(|session| Ok(Self { request: request.clone(), session, address: address? })))
    }
}
