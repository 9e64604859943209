//! The page and its files.

use actix_web::http::Method;
use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, HeaderValue, IfNoneMatch};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{method_not_allowed, not_found};
use crate::assets::{Asset, Assets, Coding, Snapshot};
use crate::auth::Site;

/// Kept by the browser for as long as it likes: another build has another address.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Asked about each time it is needed.
const ASK: &str = "no-cache";

/// A file below `/static/<build>/`. Files of another build are not here: under their address a browser would keep the wrong ones for ever.
pub async fn file(request: HttpRequest, path: Path<(String, String)>, assets: Data<Assets>) -> HttpResponse {
    let (build, path) = path.into_inner();
    match find(&assets.now(), &build, &path, cfg!(debug_assertions)) {
        Some((file, keep)) => send(&request, file, keep),
        None => not_found().await,
    }
}

/// While someone works on the page the files change between two requests of one page: then any build will do, and nothing may be kept.
fn find<'a>(files: &'a Snapshot, build: &str, path: &str, in_the_making: bool) -> Option<(&'a Asset, &'static str)> {
    let fits = in_the_making || build == files.build();
    files.file(path).filter(|_| fits).map(|file| (file, if in_the_making { ASK } else { FOR_EVER }))
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
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    fn files() -> Snapshot {
        let files = Snapshot::of([("app.js".to_owned(), "export default 1;\n".repeat(50).into())].into());
        files.compress();
        files
    }

    #[test]
    fn only_files_of_this_build_are_kept_for_ever() {
        let files = files();
        let keep = |build, path, in_the_making| find(&files, build, path, in_the_making).map(|(_, keep)| keep);
        assert_eq!(keep(files.build(), "app.js", false), Some(FOR_EVER));
        assert_eq!(keep("another", "app.js", false), None);
        assert_eq!(keep(files.build(), "other.js", false), None);
        assert_eq!(keep("another", "app.js", true), Some(ASK));
    }

    #[actix_web::test]
    async fn a_file_goes_out_in_the_best_coding_that_is_taken() {
        let files = files();
        let file = files.file("app.js").unwrap();
        for (takes, coding) in
            [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("gzip;q=0", ""), ("identity", ""), ("", "")]
        {
            let request = TestRequest::get().insert_header((header::ACCEPT_ENCODING, takes)).to_http_request();
            let response = send(&request, file, FOR_EVER);
            let given = response.headers().get(header::CONTENT_ENCODING).map_or("", |coding| coding.to_str().unwrap());
            assert_eq!(given, coding, "{takes}");
            assert_eq!(response.headers().get(header::VARY).unwrap(), "Accept-Encoding");
            assert_eq!(response.headers().get(header::CONTENT_TYPE).unwrap(), "text/javascript; charset=utf-8");
            let sent = to_bytes(response.into_body()).await.unwrap();
            assert_eq!(sent.len() < file.bytes.len(), !coding.is_empty(), "{takes}");
        }
        assert!(send(&TestRequest::get().to_http_request(), file, FOR_EVER).headers().get(header::CONTENT_ENCODING).is_none());
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let files = files();
        let file = files.file("app.js").unwrap();
        for (has, status) in [(file.etag.as_str(), 304), ("\"other\"", 200), ("*", 304), ("junk", 200)] {
            let request = TestRequest::get().insert_header((header::IF_NONE_MATCH, has)).to_http_request();
            assert_eq!(send(&request, file, FOR_EVER).status(), status, "{has}");
        }
    }

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
