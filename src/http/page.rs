//! The page and its files.

use actix_web::http::Method;
use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, HeaderValue, IfNoneMatch};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{method_not_allowed, not_found};
use crate::assets::{Asset, Assets, Coding};
use crate::auth::Site;

/// Kept by the browser for as long as it likes: another build has another address.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Asked about each time it is needed.
const ASK: &str = "no-cache";

/// A file below `/static/<build>/`. Files of another build are not here: under their address a browser would keep the wrong ones for ever.
pub async fn file(request: HttpRequest, path: Path<(String, String)>, assets: Data<Assets>) -> HttpResponse {
    let (build, path) = path.into_inner();
    let snapshot = assets.now();
    // While someone works on the page the files change between two requests of one page, and nothing may be kept.
    let (fits, keep) = if cfg!(debug_assertions) { (true, ASK) } else { (build == snapshot.build(), FOR_EVER) };
    match snapshot.file(&path).filter(|_| fits) {
        Some(file) => send(&request, file, keep),
        None => not_found().await,
    }
}

/// Every other address: the page, which knows what to show there.
pub async fn page(request: HttpRequest, assets: Data<Assets>, site: Data<Site>) -> HttpResponse {
    if !is_page(request.path()) {
        return not_found().await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed(&request, &["GET"]);
    }
    let snapshot = assets.now();
    let Some(index) = snapshot.index() else { return not_found().await };
    let mut response = send(&request, index, ASK);
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let headers = response.headers_mut();
    if let Ok(csp) = HeaderValue::from_str(&content_security_policy(&site.address(host))) {
        headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    }
    headers.insert(header::PERMISSIONS_POLICY, HeaderValue::from_static(NO_PERMISSIONS));
    response
}

/// What the page never asks a browser for.
const NO_PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// What looks like a file is not a page: a missing icon should be missing and not a page full of text.
fn is_page(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !last.contains('.') && !["/api/", "/static/"].iter().any(|other| path.starts_with(other))
}

/// Own scripts and styles only, nothing written into the page, no text taken for HTML except by the page's one policy. Old Safari does not
/// count a WebSocket of the same host as `'self'`, so it is named.
fn content_security_policy(address: &str) -> String {
    let socket = address.replacen("http", "ws", 1);
    format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' {socket}; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types snug"
    )
}

fn send(request: &HttpRequest, file: &Asset, keep: &'static str) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, keep))
        .insert_header((header::ETAG, file.etag.as_str()))
        .insert_header((header::VARY, "Accept-Encoding"));
    if is_known(request, file) {
        return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(file.media_type.as_str());
    match coding(request, file) {
        Some((name, bytes)) => response.insert_header(name).body(bytes.clone()),
        None => response.body(file.bytes.clone()),
    }
}

fn is_known(request: &HttpRequest, file: &Asset) -> bool {
    let Ok(own) = file.etag.parse::<EntityTag>() else { return false };
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&own)),
        Err(_) => false,
    }
}

/// The best coding that the browser takes and the file has.
fn coding<'a>(request: &HttpRequest, file: &'a Asset) -> Option<(ContentEncoding, &'a bytes::Bytes)> {
    request.headers().get(header::ACCEPT_ENCODING)?;
    let takes = AcceptEncoding::parse(request).ok()?;
    let offers = [(Encoding::brotli(), ContentEncoding::Brotli, Coding::Brotli), (Encoding::gzip(), ContentEncoding::Gzip, Coding::Gzip)];
    offers.into_iter().find_map(|(offer, name, coding)| {
        let taken = takes.negotiate([offer.clone()].iter()) == Some(offer);
        file.coded(coding).filter(|_| taken).map(|bytes| (name, bytes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_what_is_not_one() {
        for page in ["/", "/setup", "/join/abc", "/room/7/12", "/settings", "/sign-in"] {
            assert!(is_page(page), "{page}");
        }
        for other in ["/favicon.ico", "/robots.txt", "/api/v1/nothing", "/static/x/y", "/wp-login.php"] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[test]
    fn the_page_may_open_a_socket_to_its_own_host_only() {
        assert!(content_security_policy("https://chat.example").contains("connect-src 'self' wss://chat.example;"));
        assert!(content_security_policy("http://192.168.1.20:8080").contains("connect-src 'self' ws://192.168.1.20:8080;"));
    }
}
