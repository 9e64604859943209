//! The page, its files, the description of the API and health.

use reqwest::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use reqwest::{Client, Response};
use serde_json::Value;

use crate::support::{App, on_both};

on_both![the_page_is_at_every_page_address, the_api_can_be_browsed, it_says_whether_it_is_well];

async fn fetch(app: &App, path: &str) -> Response {
    Client::new().get(format!("{}{path}", app.url)).send().await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn the_page_is_at_every_page_address(app: App) {
    let build = app.stranger().get("/place").await.is(200)["build"].as_str().unwrap().to_owned();
    let mut etags = Vec::new();
    for path in ["/", "/setup", "/join/abc", "/sign-in", "/room/1", "/room/1/2", "/settings"] {
        let response = fetch(&app, path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&response, "cache-control"), "no-cache");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer");
        assert_eq!(header(&response, "cross-origin-opener-policy"), "same-origin");
        assert!(header(&response, "permissions-policy").contains("camera=()"));
        let csp = header(&response, "content-security-policy");
        for part in [
            "default-src 'self';",
            "script-src 'self';",
            "style-src 'self';",
            "object-src 'none';",
            "base-uri 'none';",
            "frame-ancestors 'none';",
            "require-trusted-types-for 'script';",
            &format!("connect-src 'self' {};", app.url.replacen("http", "ws", 1)),
        ] {
            assert!(csp.contains(part), "{part} is not in {csp}");
        }
        assert!(!csp.contains("unsafe"), "{csp}");
        etags.push(header(&response, "etag"));
        let html = response.text().await.unwrap();
        assert!(html.contains(&format!("/static/{build}/")) && !html.contains("%BUILD%"), "{html}");
    }
    etags.dedup();
    assert_eq!(etags.len(), 1);
    let again = Client::new().get(&app.url).header(IF_NONE_MATCH, &etags[0]).header(ACCEPT_ENCODING, "br, gzip").send().await.unwrap();
    assert_eq!(again.status(), 304);
    let head = Client::new().head(&app.url).send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "etag")), (200, etags[0].clone()));
    for missing in
        ["/favicon.ico", "/static/x", &format!("/static/{build}/nothing.js"), &format!("/static/{build}/../Cargo.toml"), "/api/nothing"]
    {
        assert_eq!(fetch(&app, missing).await.status(), 404, "{missing}");
    }
    let posted = Client::new().post(format!("{}/settings", app.url)).send().await.unwrap();
    assert_eq!(posted.status(), 405);
}

async fn the_api_can_be_browsed(app: App) {
    let described = app.stranger().get("/openapi.json").await.is(200);
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(described["info"]["title"], "Snug");
    let moved = fetch(&app, "/api/docs").await;
    assert_eq!((moved.status().as_u16(), moved.url().path()), (200, "/api/docs/"));
    let html = moved.text().await.unwrap();
    let mut loaded = 0;
    for address in html.split("src=\"").chain(html.split("href=\"")).skip(1).filter_map(|rest| rest.split('"').next()) {
        if address.starts_with("./") && address.len() < 80 {
            let file = fetch(&app, &format!("/api/docs/{}", &address[2..])).await;
            assert_eq!(file.status(), 200, "{address}");
            assert!(header(&file, "content-security-policy").contains("default-src 'self'"));
            loaded += 1;
        }
    }
    assert!(loaded >= 4, "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    let started = fetch(&app, "/api/docs/swagger-initializer.js").await.text().await.unwrap();
    assert!(started.contains("/api/v1/openapi.json") && started.contains(r#""validatorUrl": "none""#), "{started}");
    assert!(!started.contains("http"), "{started}");
    assert_eq!(fetch(&app, "/api/docs/nothing.js").await.status(), 404);
}

async fn it_says_whether_it_is_well(app: App) {
    for path in ["/healthz", "/readyz"] {
        let response = fetch(&app, path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.json::<Value>().await.unwrap()["status"], "ok");
    }
    app.edge.readiness.close();
    assert_eq!(fetch(&app, "/readyz").await.status(), 503);
    assert_eq!(fetch(&app, "/healthz").await.status(), 200);
}
