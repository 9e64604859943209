//! What cannot even be read is refused in the same form as everything else.

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{JsonConfig, PathConfig, QueryConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::{Code, Limits, Refusal};
use crate::error::AppError;

/// JSON bodies up to the limit; it counts what comes out of a compressed one.
pub fn body_config(limits: &Limits) -> JsonConfig {
    JsonConfig::default().limit(limits.frame_bytes).error_handler(|error, _| AppError::from(error).into())
}

/// Ids in the path.
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|error, _| AppError::from(error).into())
}

/// What follows the `?`.
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| AppError::from(error).into())
}

/// No such route.
pub async fn not_found() -> HttpResponse {
    AppError::of(Code::NotFound, "There is nothing at this address.").respond()
}

/// The route exists, but not for this method.
pub fn method_not_allowed(request: &HttpRequest, methods: &[&str]) -> HttpResponse {
    // What answers GET answers HEAD, without the body.
    let allowed = methods.join(", ").replacen("GET", "GET, HEAD", 1);
    let refusal = Refusal::of(Code::MethodNotAllowed, format!("{} is not possible here, only {allowed}.", request.method()));
    let mut response = AppError::from(refusal).respond();
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
