//! What a refusal or a failure looks like over HTTP: `application/problem+json` (RFC 9457) with the stable code.

use std::fmt;

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Code, Refusal};
use crate::store::StoreError;

/// A refusal on its way to a client. Causes stay on the server: whoever knows one logs it, once, before it becomes this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppError {
    refusal: Refusal,
    status: StatusCode,
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says more than a page about it could.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The words of the status.
    title: &'static str,
    /// The HTTP status again.
    status: u16,
    /// The stable reason, for programs.
    code: Code,
    /// One sentence for a person.
    detail: String,
    /// The same sentence, under the name it has on the socket.
    message: String,
    /// Which field was refused, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// When to try again, where trying again can help; `Retry-After` says it in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl AppError {
    /// A refusal with its usual status.
    pub fn of(code: Code, message: impl Into<String>) -> Self {
        Refusal::of(code, message).into()
    }

    /// Something failed that nobody outside can mend. The cause goes into the log and no further.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::of(Code::Internal, "Something failed on the server. It is in the server's log.")
    }

    /// Answers with another status than the code's usual one.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The stable reason.
    pub const fn code(&self) -> Code {
        self.refusal.code
    }

    /// The refusal, for the one who says it in another form.
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// The whole answer.
    pub fn respond(&self) -> HttpResponse {
        let Refusal { code, message, field, retry_after_ms } = &self.refusal;
        let mut response = HttpResponse::build(self.status).json(Problem {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: *code,
            detail: message.clone(),
            message: message.clone(),
            field: *field,
            retry_after_ms: *retry_after_ms,
        });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 asks for it. Browsers open no dialogue for this scheme.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(milliseconds) = retry_after_ms {
            // Whole seconds, rounded up: coming back a moment too early would only be refused again.
            headers.insert(header::RETRY_AFTER, HeaderValue::from(milliseconds.div_ceil(1_000).max(1)));
        }
        response
    }
}

/// The status of each code. One table, without a fallback, so that a new code cannot forget its own.
const fn status(code: Code) -> StatusCode {
    match code {
        Code::Malformed => StatusCode::BAD_REQUEST,
        Code::UsernameInvalid
        | Code::DisplayNameInvalid
        | Code::PasswordInvalid
        | Code::PasswordCommon
        | Code::PlaceNameInvalid
        | Code::RoomNameInvalid
        | Code::TopicInvalid
        | Code::TokenNameInvalid
        | Code::BanReasonInvalid
        | Code::BodyEmpty
        | Code::BodyTooLong
        | Code::ClientIdInvalid
        | Code::CursorInvalid
        | Code::PeersInvalid => StatusCode::UNPROCESSABLE_ENTITY,
        Code::UsernameTaken
        | Code::RoomNameTaken
        | Code::ClientIdReused
        | Code::AlreadySetUp
        | Code::NotSetUp
        | Code::RoomArchived
        | Code::DefaultRoom
        | Code::LastOwner
        | Code::SecondFactorSet
        | Code::TooManyTokens => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Unauthenticated | Code::SignInFailed | Code::SecondFactorNeeded | Code::SecondFactorWrong => StatusCode::UNAUTHORIZED,
        Code::PasswordWrong
        | Code::SignUpClosed
        | Code::InviteInvalid
        | Code::SetupCodeWrong
        | Code::OriginRefused
        | Code::NotAMember
        | Code::TokenScope
        | Code::AccountInactive
        | Code::RoomBanned
        | Code::SecondFactorMissing
        | Code::Forbidden => StatusCode::FORBIDDEN,
        Code::HostRefused => StatusCode::MISDIRECTED_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::SlowDown | Code::TooManySockets => StatusCode::TOO_MANY_REQUESTS,
        Code::Busy | Code::Unknown | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::NotStored => StatusCode::INSUFFICIENT_STORAGE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self { status: status(refusal.code), refusal }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Refused(_) => {}
            StoreError::Busy => tracing::warn!("a request found the database too busy"),
            StoreError::NotStored(_)
            | StoreError::Unknown(_)
            | StoreError::Unavailable(_)
            | StoreError::Setup(_)
            | StoreError::Broken(_) => tracing::error!(cause = %error, "a request failed"),
        }
        Refusal::from(error).into()
    }
}

impl From<JsonPayloadError> for AppError {
    fn from(error: JsonPayloadError) -> Self {
        let too_large = |limit: usize| Self::of(Code::TooLarge, format!("A body has at most {limit} bytes."));
        match error {
            JsonPayloadError::OverflowKnownLength { limit, .. } | JsonPayloadError::Overflow { limit } => too_large(limit),
            JsonPayloadError::ContentType => {
                Self::of(Code::UnsupportedMediaType, "The body is JSON, with the header Content-Type: application/json.")
            }
            // serde's words name the field or the place in the text, and quote nothing of any other person.
            JsonPayloadError::Deserialize(cause) => Self::of(Code::Malformed, format!("The body cannot be read: {cause}.")),
            other => {
                tracing::debug!(cause = %other, "a body broke off");
                Self::of(Code::Malformed, "The body could not be read to its end.")
            }
        }
    }
}

impl From<QueryPayloadError> for AppError {
    fn from(error: QueryPayloadError) -> Self {
        match error {
            QueryPayloadError::Deserialize(cause) => {
                Self::of(Code::Malformed, format!("What follows the ? in the address cannot be read: {cause}."))
            }
            _ => Self::of(Code::Malformed, "What follows the ? in the address cannot be read."),
        }
    }
}

impl From<PathError> for AppError {
    /// An id that is not a number names nothing, like a number that nothing has.
    fn from(_: PathError) -> Self {
        Refusal::not_found().into()
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}

impl std::error::Error for AppError {}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.respond()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    #[actix_web::test]
    async fn a_refusal_is_a_problem_with_its_code_field_and_retry() {
        let refusal = Refusal::of(Code::SlowDown, "Too fast.").field("body").retry_after_ms(1_200);
        let response = AppError::from(refusal).respond();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
        let body: Value = serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
        assert_eq!(
            body,
            json!({"type": "about:blank", "title": "Too Many Requests", "status": 429, "code": "slow_down", "detail": "Too fast.",
                "message": "Too fast.", "field": "body", "retry_after_ms": 1200})
        );
    }

    #[actix_web::test]
    async fn a_cause_is_never_shown() {
        let response = AppError::internal(&"secret detail").respond();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body()).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }
}
