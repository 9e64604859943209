//! Headers that every answer carries.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::auth::Site;
use crate::domain::{Code, Refusal};
use crate::error::AppError;

/// For answers that bring their own, the page and the API browser, this is already there.
const DEFAULTS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
];

/// A year of https, for whoever came by it once. Without `includeSubDomains`: other names below this one are not ours to decide about.
const BY_HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Middleware, the outermost: sets what is not set, and gives a body to the empty error of a layer that failed.
pub async fn harden(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let by_https = request.app_data::<Data<Site>>().is_some_and(|site| site.is_https());
    let mut response = next.call(request).await.map_err(problem)?.map_into_boxed_body();
    set_defaults(response.headers_mut());
    if by_https {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, BY_HTTPS_ONLY);
    }
    Ok(response)
}

fn set_defaults(headers: &mut HeaderMap) {
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// The session layer answers a cookie that could not be stored with an error of its own, whose body is empty. It has logged the cause.
fn problem(error: Error) -> Error {
    if error.as_error::<AppError>().is_some() {
        return error;
    }
    let status = error.as_response_error().status_code();
    if status.is_server_error() {
        AppError::from(Refusal::of(Code::Unavailable, "The sign-in could not be stored; try again in a moment.").retry_after_ms(2_000))
            .into()
    } else {
        AppError::of(Code::Malformed, "The request cannot be read.").with_status(status).into()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;
    use actix_web::error::InternalError;

    use super::*;

    #[actix_web::test]
    async fn an_empty_error_of_a_layer_becomes_a_problem() {
        let layers = InternalError::from_response("cause", HttpResponse::InternalServerError().finish());
        let response = problem(layers.into()).error_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
        let own = problem(AppError::of(Code::NotFound, "Nothing.").into());
        assert_eq!(own.error_response().status(), 404);
    }
}
