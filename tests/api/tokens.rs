//! API tokens and tickets: what programs come with.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, App, Person, on_both};

on_both![
    a_token_is_shown_once_and_speaks_for_its_owner,
    an_explicit_credential_counts_and_the_cookie_beside_it_does_not,
    a_token_that_reads_changes_nothing,
    a_token_for_one_room_sees_no_other,
    a_token_without_admin_access_runs_no_place,
    a_token_makes_no_tokens,
    a_revoked_token_opens_nothing,
    everything_else_ends_when_the_password_changes,
    a_token_signs_itself_out,
    admins_see_and_end_the_tokens_of_others,
    a_ticket_is_no_bearer,
];

async fn makes_token(person: &Person, terms: Value) -> (i64, String) {
    let made = person.post("/me/tokens", terms).await.is(201);
    (made["id"].as_i64().unwrap(), made["token"].as_str().unwrap().to_owned())
}

/// A program that comes with this token and no cookie.
struct Program<'a> {
    person: Person,
    token: &'a str,
}

impl<'a> Program<'a> {
    fn new(app: &App, token: &'a str) -> Self {
        Self { person: app.stranger(), token }
    }

    async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.person.request(method, path).bearer_auth(self.token).header(header::USER_AGENT, "build-bot/1");
        self.person.send(if let Some(body) = body { request.json(&body) } else { request }).await
    }

    async fn gets(&self, path: &str) -> Answer {
        self.asks(Method::GET, path, None).await
    }
}

async fn a_token_is_shown_once_and_speaks_for_its_owner(app: App) {
    let olga = app.owner().await;
    let (id, token) = makes_token(&olga, json!({"name": "build bot", "access": "write"})).await;
    assert!(token.starts_with("snug_") && token.len() == 48, "{token}");
    let listed = olga.get("/me/tokens").await.is(200);
    assert!(!listed.to_string().contains(&token));
    assert_eq!((listed[0]["id"].as_i64(), &listed[0]["name"], &listed[0]["room"]), (Some(id), &json!("build bot"), &Value::Null));
    assert_eq!(listed[0]["last_used_at"], Value::Null);

    let bot = Program::new(&app, &token);
    let me = bot.gets("/me").await.is(200);
    assert_eq!(me["me"]["id"].as_i64(), Some(olga.id));
    assert_eq!(me.get("login_session"), None);
    let made = bot.asks(Method::POST, "/rooms", Some(json!({"name": "builds", "visibility": "public"}))).await.is(201);
    assert_eq!(made["room"]["name"], "builds");

    app.edge.door.seen.flush(&app.edge.store).await.unwrap();
    let listed = olga.get("/me/tokens").await.is(200);
    assert!(listed[0]["last_used_at"].is_i64());
    assert_eq!((&listed[0]["last_used_from"], &listed[0]["last_agent"]), (&json!("127.0.0.1"), &json!("build-bot/1")));
}

async fn an_explicit_credential_counts_and_the_cookie_beside_it_does_not(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let (_, token) = makes_token(&bob, json!({"name": "bot", "access": "read"})).await;
    let both = olga.request(Method::GET, "/me").bearer_auth(&token);
    assert_eq!(olga.send(both).await.is(200)["me"]["id"].as_i64(), Some(bob.id));

    for bad in ["snug_nothing", "a.b.c", "ticket_x"] {
        let request = olga.request(Method::GET, "/me").bearer_auth(bad);
        let answer = olga.send(request).await.refuses(401, "unauthenticated");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer", "{bad:?}");
    }
    let twice = olga.request(Method::GET, "/me").bearer_auth(&token).bearer_auth(&token);
    olga.send(twice).await.refuses(400, "malformed");
    let proxys = olga.request(Method::GET, "/me").basic_auth("proxy", Some("password"));
    assert_eq!(olga.send(proxys).await.is(200)["me"]["id"].as_i64(), Some(olga.id), "another scheme is a proxy's business");
}

async fn a_token_that_reads_changes_nothing(app: App) {
    let olga = app.owner().await;
    let general = olga.get("/rooms").await.is(200)[0]["id"].clone();
    let (_, token) = makes_token(&olga, json!({"name": "reader", "access": "read"})).await;
    let reader = Program::new(&app, &token);
    for path in ["/rooms".to_owned(), "/users".to_owned(), format!("/rooms/{general}/messages"), format!("/rooms/{general}/members")] {
        reader.gets(&path).await.is(200);
    }
    let post = json!({"client_id": crate::support::client_id(), "body": "hi"});
    for (method, path, body) in [
        (Method::POST, format!("/rooms/{general}/messages"), Some(post)),
        (Method::PUT, format!("/rooms/{general}/read"), Some(json!({"number": 1}))),
        (Method::POST, format!("/rooms/{general}/typing"), None),
        (Method::POST, "/rooms".to_owned(), Some(json!({"name": "x", "visibility": "public"}))),
        (Method::PATCH, "/me".to_owned(), Some(json!({"display_name": "x"}))),
        (Method::PATCH, "/place".to_owned(), Some(json!({"name": "x"}))),
    ] {
        reader.asks(method, &path, body).await.refuses(403, "token_scope");
    }
    assert_eq!(olga.get(&format!("/rooms/{general}/messages")).await.is(200)["messages"], json!([]));
}

async fn a_token_for_one_room_sees_no_other(app: App) {
    let olga = app.owner().await;
    let general = olga.get("/rooms").await.is(200)[0]["id"].clone();
    let den = olga.post("/rooms", json!({"name": "den", "visibility": "private"})).await.is(201)["room"]["id"].clone();
    let (_, token) = makes_token(&olga, json!({"name": "den bot", "access": "admin", "room": den})).await;
    let bot = Program::new(&app, &token);
    let rooms = bot.gets("/rooms").await.is(200);
    assert_eq!(rooms.as_array().unwrap().iter().map(|room| &room["id"]).collect::<Vec<_>>(), [&den]);
    bot.gets(&format!("/rooms/{den}/messages")).await.is(200);
    let post = || json!({"client_id": crate::support::client_id(), "body": "hi"});
    bot.asks(Method::POST, &format!("/rooms/{den}/messages"), Some(post())).await.is(201);
    for path in ["", "/messages", "/members", "/events?seq=0&tag=0"] {
        bot.gets(&format!("/rooms/{general}{path}")).await.refuses(404, "not_found");
    }
    bot.asks(Method::POST, &format!("/rooms/{general}/messages"), Some(post())).await.refuses(404, "not_found");
    for path in ["/users", "/rooms/public", "/presence", "/invites"] {
        bot.gets(path).await.refuses(403, "token_scope");
    }
    bot.asks(Method::POST, "/rooms", Some(json!({"name": "x", "visibility": "public"}))).await.refuses(403, "token_scope");
    let bob = app.member(&olga, "bob").await;
    bob.post("/me/tokens", json!({"name": "spy", "access": "read", "room": den})).await.refuses(404, "not_found");
}

async fn a_token_without_admin_access_runs_no_place(app: App) {
    let olga = app.owner().await;
    let (_, token) = makes_token(&olga, json!({"name": "bot", "access": "write"})).await;
    let bot = Program::new(&app, &token);
    bot.gets("/invites").await.refuses(403, "forbidden");
    bot.asks(Method::PATCH, "/place", Some(json!({"name": "Mine"}))).await.refuses(403, "forbidden");
    let (_, token) = makes_token(&olga, json!({"name": "admin", "access": "admin"})).await;
    let admin = Program::new(&app, &token);
    admin.asks(Method::PATCH, "/place", Some(json!({"name": "Ours"}))).await.is(200);
}

async fn a_token_makes_no_tokens(app: App) {
    let olga = app.owner().await;
    let (id, token) = makes_token(&olga, json!({"name": "bot", "access": "admin"})).await;
    let bot = Program::new(&app, &token);
    let terms = json!({"name": "child", "access": "read"});
    bot.asks(Method::POST, "/me/tokens", Some(terms)).await.refuses(403, "forbidden");
    bot.asks(Method::DELETE, &format!("/me/tokens/{id}"), None).await.refuses(403, "forbidden");
    bot.gets("/me/sessions").await.refuses(403, "forbidden");
    let change = json!({"current": crate::support::PASSWORD, "new": "a wholly other secret"});
    bot.asks(Method::POST, "/me/password", Some(change)).await.refuses(403, "forbidden");
}

async fn a_revoked_token_opens_nothing(app: App) {
    let olga = app.owner().await;
    let (id, token) = makes_token(&olga, json!({"name": "bot", "access": "write"})).await;
    let (_, other) = makes_token(&olga, json!({"name": "other", "access": "write"})).await;
    olga.delete(&format!("/me/tokens/{id}")).await.is(204);
    Program::new(&app, &token).gets("/me").await.refuses(401, "unauthenticated");
    Program::new(&app, &other).gets("/me").await.is(200);
    olga.delete(&format!("/me/tokens/{id}")).await.refuses(404, "not_found");
    let bob = app.member(&olga, "bob").await;
    let (bobs, _) = makes_token(&bob, json!({"name": "bot", "access": "write"})).await;
    olga.delete(&format!("/me/tokens/{bobs}")).await.refuses(404, "not_found");
}

async fn everything_else_ends_when_the_password_changes(app: App) {
    let olga = app.owner().await;
    let (_, token) = makes_token(&olga, json!({"name": "bot", "access": "write"})).await;
    olga.delete("/me/sessions").await.is(204);
    Program::new(&app, &token).gets("/me").await.is(200);
    let change = json!({"current": crate::support::PASSWORD, "new": "a wholly other secret"});
    olga.post("/me/password", change).await.is(204);
    Program::new(&app, &token).gets("/me").await.refuses(401, "unauthenticated");
    olga.is_signed_in().await;
}

async fn a_token_signs_itself_out(app: App) {
    let olga = app.owner().await;
    for access in ["read", "admin"] {
        let (_, token) = makes_token(&olga, json!({"name": "bot", "access": access})).await;
        let bot = Program::new(&app, &token);
        bot.asks(Method::POST, "/sign-out", None).await.is(204);
        bot.gets("/me").await.refuses(401, "unauthenticated");
    }
    olga.is_signed_in().await;
}

async fn admins_see_and_end_the_tokens_of_others(app: App) {
    let olga = app.owner().await;
    let bob = app.member(&olga, "bob").await;
    let (id, token) = makes_token(&bob, json!({"name": "bot", "access": "write"})).await;
    let listed = olga.get(&format!("/users/{}/tokens", bob.id)).await.is(200);
    assert_eq!(listed[0]["name"], "bot");
    bob.get(&format!("/users/{}/tokens", olga.id)).await.refuses(403, "forbidden");
    olga.delete(&format!("/users/{}/tokens/{id}", olga.id)).await.refuses(404, "not_found");
    olga.delete(&format!("/users/{}/tokens/{id}", bob.id)).await.is(204);
    Program::new(&app, &token).gets("/me").await.refuses(401, "unauthenticated");
}

async fn a_ticket_is_no_bearer(app: App) {
    let olga = app.owner().await;
    let made = olga.do_post("/ws-ticket").await.is(201);
    let ticket = made["ticket"].as_str().unwrap();
    Program::new(&app, ticket).gets("/me").await.refuses(401, "unauthenticated");
    app.stranger().do_post("/ws-ticket").await.refuses(401, "unauthenticated");
}
