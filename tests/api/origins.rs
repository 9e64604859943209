//! Which calls are let in.

use serde_json::json;
use snug::config::{Config, WebOrigin};

use crate::support::{App, Database, PASSWORD, Raw, tell, tell_with};

/// The status and the code of a request made of these headers.
async fn asks(app: &App, line: &str, headers: &str, body: &str) -> (u16, String) {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\n", body.len()) };
    let answer = Raw::begin(app, &format!("{line} HTTP/1.1\n{headers}{length}Connection: close\n\n")).await.finish(body).await;
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let code = answer.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (status, code.to_owned())
}

/// A cookie of Olga's.
async fn cookie(app: &App) -> String {
    let answer = app.stranger().post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await;
    answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[test]
fn changes_and_sockets_are_only_for_our_own_pages() {
    tell(Database::sqlite, |app| async move {
        app.owner().await;
        let host = app.url.trim_start_matches("http://").to_owned();
        let cookie = cookie(&app).await;
        let (json, body) = ("Content-Type: application/json\n", r#"{"display_name": "Olga"}"#);
        for (headers, change, socket) in [
            (format!("Host: {host}\nCookie: {cookie}\nOrigin: http://{host}\n"), (200, ""), (101, "")),
            (format!("Host: {host}\nCookie: {cookie}\nOrigin: http://{host}\nSec-Fetch-Site: same-origin\n"), (200, ""), (101, "")),
            (format!("Host: {host}\nCookie: {cookie}\nSec-Fetch-Site: same-origin\n"), (200, ""), (403, "origin_refused")),
            (format!("Host: {host}\nCookie: {cookie}\n"), (403, "origin_refused"), (403, "origin_refused")),
            (format!("Host: {host}\nCookie: {cookie}\nOrigin: null\n"), (403, "origin_refused"), (403, "origin_refused")),
            (format!("Host: {host}\nCookie: {cookie}\nOrigin: https://{host}\n"), (403, "origin_refused"), (403, "origin_refused")),
            (format!("Host: {host}\nCookie: {cookie}\nOrigin: http://evil.example\n"), (403, "origin_refused"), (403, "origin_refused")),
            (
                format!("Host: {host}\nCookie: {cookie}\nOrigin: http://{host}.evil.example\n"),
                (403, "origin_refused"),
                (403, "origin_refused"),
            ),
            (format!("Host: {host}\nOrigin: http://{host}\n"), (401, "unauthenticated"), (401, "unauthenticated")),
            (format!("Host: {host}\n"), (401, "unauthenticated"), (401, "unauthenticated")),
            (format!("Host: evil.example\nCookie: {cookie}\nOrigin: http://evil.example\n"), (421, "host_refused"), (421, "host_refused")),
            // The HTTP parser itself refuses this one.
            (format!("Host: {host}\nHost: evil.example\nCookie: {cookie}\n"), (400, ""), (400, "")),
        ] {
            let answer = asks(&app, "PATCH /api/v1/me", &format!("{headers}{json}"), body).await;
            assert_eq!((answer.0, answer.1.as_str()), change, "change, {headers}");
            let upgrade =
                "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n";
            if socket.0 != 101 {
                let answer = asks(&app, "GET /ws", &format!("{headers}{upgrade}"), "").await;
                assert_eq!((answer.0, answer.1.as_str()), socket, "socket, {headers}");
            }
        }
    });
}

#[test]
fn a_script_without_a_cookie_signs_in_without_an_origin() {
    tell(Database::sqlite, |app| async move {
        app.owner().await;
        assert!(!app.stranger().get("/place").await.headers.contains_key("strict-transport-security"), "there is no https here");
        let host = app.url.trim_start_matches("http://");
        let body = json!({"username": "olga", "password": PASSWORD}).to_string();
        let headers = format!("Host: {host}\nContent-Type: application/json\n");
        assert_eq!(asks(&app, "POST /api/v1/sign-in", &headers, &body).await.0, 200);
        let cross_site = format!("{headers}Sec-Fetch-Site: cross-site\n");
        assert_eq!(asks(&app, "POST /api/v1/sign-in", &cross_site, &body).await, (403, "origin_refused".to_owned()));
        let as_text = format!("Host: {host}\nContent-Type: text/plain\n");
        assert_eq!(asks(&app, "POST /api/v1/sign-in", &as_text, &body).await, (415, "unsupported_media_type".to_owned()));
    });
}

#[test]
fn behind_its_public_url_it_answers_to_no_other_name() {
    let public = |config: &mut Config| config.site.public_url = WebOrigin::parse("https://chat.example");
    tell_with(Database::sqlite, public, |app| async move {
        let host = app.url.trim_start_matches("http://").to_owned();
        let setup = crate::support::wizard(app.code.as_deref().unwrap()).to_string();
        let json = "Content-Type: application/json\n";
        for (headers, expected) in [
            (format!("Host: {host}\n"), (421, "host_refused")),
            ("Host: chat.example\nOrigin: http://chat.example\n".to_owned(), (403, "origin_refused")),
            ("Host: chat.example\nOrigin: https://chat.example\n".to_owned(), (201, "")),
        ] {
            let answer = asks(&app, "POST /api/v1/setup", &format!("{headers}{json}"), &setup).await;
            assert_eq!((answer.0, answer.1.as_str()), expected, "{headers}");
        }
        // Health is asked by machines that know no name.
        assert_eq!(asks(&app, "GET /healthz", &format!("Host: {host}\n"), "").await.0, 200);
        assert_eq!(asks(&app, "GET /readyz", "Host: anything\n", "").await.0, 200);
        let body = json!({"username": "olga", "password": PASSWORD}).to_string();
        let head =
            format!("POST /api/v1/sign-in HTTP/1.1\nHost: chat.example\n{json}Connection: close\nContent-Length: {}\n\n", body.len());
        let answer = Raw::begin(&app, &head).await.finish(&body).await;
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        assert!(cookie.starts_with("__Host-snug=") && cookie.contains("; Secure") && cookie.contains("Path=/"), "{cookie}");
        assert!(answer.lines().any(|line| line == "strict-transport-security: max-age=31536000"), "{answer}");
    });
}
