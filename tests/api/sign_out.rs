//! What ended stays ended.

use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;

use crate::support::{App, PASSWORD, Person, Raw, on_both};

on_both![
    signing_out_ends_the_cookie_for_good,
    the_cookie_from_before_sign_in_is_dead,
    a_second_sign_in_replaces_the_first_of_the_same_browser,
    a_slow_request_does_not_bring_the_session_back,
    a_slow_sign_in_does_not_bring_the_old_session_back,
    a_cookie_says_what_it_must,
];

/// Signs in and takes the cookie, as a thief would.
async fn stolen_cookie(person: &Person) -> String {
    let answer = person.post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await;
    cookie(answer.headers[SET_COOKIE].to_str().unwrap())
}

fn cookie(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

/// Asks who it is with exactly this cookie.
async fn opens(app: &App, cookie: &str) -> bool {
    let thief = app.stranger();
    let answer = thief.send(thief.request(Method::GET, "/me").header(COOKIE, cookie)).await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{answer:?}");
    answer.status == 200
}

async fn signing_out_ends_the_cookie_for_good(app: App) {
    app.owner().await;
    let olga = app.stranger();
    let stolen = stolen_cookie(&olga).await;
    assert!(opens(&app, &stolen).await);
    let answer = olga.do_post("/sign-out").await;
    let removed = answer.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(removed.starts_with("snug=;") && removed.contains("Max-Age=0"), "{removed}");
    answer.is(204);
    olga.is_signed_out().await;
    assert!(!opens(&app, &stolen).await);
    olga.do_post("/sign-out").await.is(204);
    app.stranger().do_post("/sign-out").await.is(204);
}

async fn the_cookie_from_before_sign_in_is_dead(app: App) {
    let olga = app.owner().await;
    app.member(&olga, "mallory").await;
    // Mallory plants the cookie of her own session in Olga's browser, and Olga signs in with it there.
    let mallory = app.stranger();
    let answer = mallory.post("/sign-in", json!({"username": "mallory", "password": PASSWORD})).await;
    let planted = cookie(answer.headers[SET_COOKIE].to_str().unwrap());
    let browser = app.stranger();
    let sign_in =
        browser.request(Method::POST, "/sign-in").header(COOKIE, &planted).json(&json!({"username": "olga", "password": PASSWORD}));
    let answer = browser.send(sign_in).await;
    let given = cookie(answer.headers[SET_COOKIE].to_str().unwrap());
    answer.is(200);
    assert_ne!(planted, given);
    assert!(opens(&app, &given).await);
    assert!(!opens(&app, &planted).await);
}

async fn a_second_sign_in_replaces_the_first_of_the_same_browser(app: App) {
    app.owner().await;
    let olga = app.stranger();
    let first = stolen_cookie(&olga).await;
    let before = olga.get("/me/sessions").await.is(200).as_array().unwrap().len();
    let second = stolen_cookie(&olga).await;
    assert!(!opens(&app, &first).await && opens(&app, &second).await);
    assert_eq!(olga.get("/me/sessions").await.is(200).as_array().unwrap().len(), before, "the first one still counts as a device");
}

/// A request whose body stays away until `Raw::finish`.
async fn slow(app: &App, method: &str, path: &str, cookie: &str, body: &str) -> Raw {
    let host = app.url.trim_start_matches("http://");
    let length = body.len();
    Raw::begin(
        app,
        &format!(
            "{method} /api/v1{path} HTTP/1.1\nHost: {host}\nOrigin: http://{host}\nCookie: {cookie}\nConnection: close\n\
             Expect: 100-continue\nContent-Type: application/json\nContent-Length: {length}\n\n"
        ),
    )
    .await
}

async fn a_slow_request_does_not_bring_the_session_back(app: App) {
    app.owner().await;
    let olga = app.stranger();
    let mut were_in = 0;
    for _ in 0..20 {
        let stolen = stolen_cookie(&olga).await;
        let body = r#"{"display_name": "Still here"}"#;
        let mut waiting = slow(&app, "PATCH", "/me", &stolen, body).await;
        waiting.is_awaited().await;
        olga.is_signed_in().await;
        olga.do_post("/sign-out").await.is(204);
        let answer = waiting.finish(body).await;
        were_in += usize::from(answer.starts_with("HTTP/1.1 200"));
        assert!(!opens(&app, &stolen).await);
        for set in answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            assert!(!opens(&app, &cookie(set)).await);
        }
    }
    assert!(were_in > 0, "no request was let in before its sign-out, so this has shown nothing");
}

async fn a_slow_sign_in_does_not_bring_the_old_session_back(app: App) {
    let owner = app.owner().await;
    let olga = app.stranger();
    for _ in 0..10 {
        let stolen = stolen_cookie(&olga).await;
        let body = json!({"username": "olga", "password": PASSWORD}).to_string();
        let mut waiting = slow(&app, "POST", "/sign-in", &stolen, &body).await;
        waiting.is_awaited().await;
        olga.do_post("/sign-out").await.is(204);
        let answer = waiting.finish(&body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(!opens(&app, &stolen).await);
        // It signed in, and that is a new device: it is ended like any other.
        let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        assert!(opens(&app, &cookie(set)).await);
        owner.delete("/me/sessions").await.is(204);
        assert!(!opens(&app, &cookie(set)).await);
    }
}

async fn a_cookie_says_what_it_must(app: App) {
    app.owner().await;
    let answer = app.stranger().post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await;
    let set = answer.headers[SET_COOKIE].to_str().unwrap();
    for part in ["snug=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(set.contains(part), "{part} is not in {set}");
    }
    assert!(!set.contains("Secure") && !set.contains("Domain"), "{set}");
    // Signed: another handle in the same cookie is not even looked up.
    let forged = cookie(set).replacen('=', "=A", 1);
    assert!(!opens(&app, &forged).await);
}
