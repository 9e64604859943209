//! The gate in front of everything that a browser can reach.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::Site;
use super::site::Call;
use crate::domain::{Code, Refusal};
use crate::error::AppError;

/// Middleware: refuses foreign hosts, origins and body types before anything looks at the request.
pub async fn gate(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let site = request.app_data::<web::Data<Site>>();
    let admitted = match site {
        Some(site) => site.admit(&call(&request, site.cookie_name())).and_then(|()| json_only(request.method(), request.headers())),
        None => return Err(AppError::internal(&"no Site among the app data").into()),
    };
    match admitted {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(refusal) => Ok(request.into_response(AppError::from(refusal).respond())),
    }
}

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

fn call<'a>(request: &'a ServiceRequest, cookie: &str) -> Call<'a> {
    let headers = request.headers();
    Call {
        changes: !request.method().is_safe(),
        upgrades: headers.contains_key(header::UPGRADE),
        with_cookie: has_cookie(headers, cookie),
        host: only(headers, &header::HOST),
        origin: only(headers, &header::ORIGIN),
        fetch_site: only(headers, &FETCH_SITE),
    }
}

/// Whether a cookie of this name is there. Not by `request.cookie`, which keeps what it has parsed: a request with an explicit
/// credential loses its cookies behind the gate.
fn has_cookie(headers: &HeaderMap, name: &str) -> bool {
    let cookies = headers.get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).any(|cookie| cookie.split_once('=').is_some_and(|(own, _)| own.trim() == name))
}

/// The one value of a header. A header that comes twice, or in other characters than ASCII, is taken for an empty one, which fits
/// nothing: two readers of one request must not be able to see two different hosts.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let first = values.next()?;
    Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
}

/// A form of another site can send text or form fields without asking first, but not JSON.
fn json_only(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
    if method.is_safe() || !has_body || only(headers, &header::CONTENT_TYPE).is_some_and(is_json) {
        return Ok(());
    }
    Err(Refusal::of(Code::UnsupportedMediaType, "The body is JSON, with the header Content-Type: application/json."))
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpMessage, HttpResponse, test};

    use super::*;

    #[actix_web::test]
    async fn the_gate_answers_before_the_handler() {
        let app = test::init_service(
            App::new()
                .app_data(web::Data::new(Site::default()))
                .service(web::scope("").wrap(from_fn(gate)).default_service(web::to(HttpResponse::Ok))),
        )
        .await;
        let post = |headers: &[(&'static str, &'static str)]| {
            headers.iter().fold(test::TestRequest::post().uri("/x"), |request, header| request.append_header(*header))
        };
        let host = ("host", "localhost");
        let json = ("content-type", "application/json; charset=utf-8");
        for (request, status) in [
            (post(&[host]), 200),
            (post(&[host, json]).set_payload("{}"), 200),
            (post(&[host, ("content-type", "text/plain"), ("content-length", "2")]), 415),
            (post(&[host, ("content-length", "2")]), 415),
            (post(&[host, ("transfer-encoding", "chunked")]), 415),
            (post(&[host, ("cookie", "snug=x")]), 403),
            (post(&[host, ("cookie", "snug=x"), ("origin", "http://localhost")]), 200),
            (post(&[host, ("origin", "http://localhost"), ("origin", "http://evil.example")]), 403),
            (post(&[host, ("host", "evil.example")]), 421),
            (post(&[("host", "evil.example")]), 421),
        ] {
            let request = request.to_request();
            let case = format!("{:?}", request.headers());
            assert_eq!(test::call_service(&app, request).await.status(), status, "{case}");
        }
    }
}
