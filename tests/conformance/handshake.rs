//! Who gets a socket: one row for each thing that somebody may come with.

use std::time::Duration;

use serde_json::{Value, json};

use super::person::Person;
use super::place::Place;
use super::report::Report;
use super::server::Servers;
use super::socket::{Opening, Socket};
use super::template::Vars;
use super::tokens::{Provider, now};

/// What came of a handshake: whose socket it is, or the status of the refusal.
fn outcome(opened: &Result<Socket, u16>) -> Value {
    match opened {
        Ok(socket) => socket.user(),
        Err(status) => json!({"refused": status}),
    }
}

struct Table {
    place: Place,
    report: Report,
}

impl Table {
    async fn new(title: &str) -> Self {
        Self { place: Place::at(Servers::one()).await, report: Report::of(title) }
    }

    fn opening(&self) -> Opening {
        Opening::at(&self.place.servers.adapter, self.url())
    }

    fn url(&self) -> &str {
        &self.place.servers.nodes[0]
    }

    /// As the server's own page asks, with this cookie.
    fn by_cookie(&self, cookie: &str) -> Opening {
        self.opening().header("origin", self.url()).cookie(cookie)
    }

    fn by_bearer(&self, token: &str) -> Opening {
        self.opening().header("authorization", &format!("Bearer {token}"))
    }

    fn by_ticket(&self, ticket: &str) -> Opening {
        Opening::by_ticket(&self.place.servers.adapter, self.url(), ticket)
    }

    async fn opens_for(&mut self, what: &str, opening: Opening, who: &Person) -> Option<Socket> {
        let opened = opening.open().await;
        self.report.row(what, &outcome(&opened), &who.var("user"));
        opened.ok()
    }

    async fn is_refused(&mut self, what: &str, opening: Opening, refusal: &str) {
        let status = self.place.adapter().refusal(refusal);
        self.report.row(what, &outcome(&opening.open().await), &json!({"refused": status}));
    }

    async fn ticket(&self, person: &Person) -> String {
        person.does("make_ticket").await;
        person.text("ticket")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_opens_a_socket_for_as_long_as_its_session_lives() {
    let mut table = Table::new("handshake by cookie").await;
    let (bob, carol) = (table.place.member("bob").await, table.place.member("carol").await);
    table.is_refused("nothing at all", table.opening(), "stranger").await;
    table.is_refused("no cookie, from the own page", table.by_cookie(""), "stranger").await;
    let named = |value: &str| format!("{}={value}", bob.adapter.cookie);
    table.is_refused("a junk cookie", table.by_cookie(&named("junk")), "stranger").await;
    table.is_refused("an empty cookie", table.by_cookie(&named("")), "stranger").await;
    let mut altered = bob.cookie();
    let last = altered.pop().unwrap();
    altered.push(if last == 'A' { 'B' } else { 'A' });
    // The last character of base64 may carry bits that count for nothing, so one in the middle is changed too.
    let middle = altered.len() / 2;
    let other = if altered.as_bytes()[middle] == b'x' { "y" } else { "x" };
    altered.replace_range(middle..=middle, other);
    table.is_refused("a cookie with another letter in it", table.by_cookie(&altered), "stranger").await;
    table.opens_for("a good cookie", bob.opening(), &bob).await;
    table.opens_for("another user's cookie is the other user's socket", carol.opening(), &carol).await;

    let stolen = carol.cookie();
    carol.does("sign_out").await;
    table.is_refused("the cookie of a session that was signed out", table.by_cookie(&stolen), "stranger").await;

    bob.does("device").await;
    let past = Vars::default().with("device", bob.var("device")).with("at", 1);
    if table.place.servers.sql("expire_device", &past) {
        table.is_refused("the cookie of a session that has expired", bob.opening(), "stranger").await;
    } else {
        table.report.not_tried("the cookie of a session that has expired", "the server was not started here");
    }
    table.report.ends();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_opens_one_socket_within_thirty_seconds() {
    let mut table = Table::new("handshake by ticket").await;
    if !table.place.adapter().offers("make_ticket") {
        table.report.not_tried("tickets", "the server has none");
        return table.report.ends();
    }
    let (bob, carol) = (table.place.member("bob").await, table.place.member("carol").await);
    let (waits, used) = (table.ticket(&bob).await, table.ticket(&bob).await);
    let waiting = tokio::spawn(tokio::time::sleep(Duration::from_secs(31)));

    table.opens_for("a fresh ticket", table.by_ticket(&used), &bob).await;
    table.is_refused("a used ticket", table.by_ticket(&used), "stranger").await;
    table.is_refused("a ticket that nobody made", table.by_ticket("ticket_forged"), "stranger").await;
    let bobs = table.ticket(&bob).await;
    let opening = table.by_ticket(&bobs).header("origin", &carol.url).cookie(&carol.cookie());
    table.opens_for("another user's ticket beside one's own cookie is the other user's socket", opening, &bob).await;
    let from_elsewhere = table.ticket(&bob).await;
    let allowed = table.place.adapter().origins.allowed.clone();
    table.opens_for("a ticket, from an allowed origin", table.by_ticket(&from_elsewhere).header("origin", &allowed), &bob).await;
    let from_nowhere = table.ticket(&bob).await;
    let foreign = table.by_ticket(&from_nowhere).header("origin", "http://evil.example");
    table.is_refused("a ticket, from a foreign origin", foreign, "foreign_origin").await;
    let orphan = table.ticket(&carol).await;
    carol.does("sign_out").await;
    table.is_refused("a ticket whose session was signed out", table.by_ticket(&orphan), "stranger").await;

    waiting.await.unwrap();
    table.is_refused("a ticket after 31 seconds", table.by_ticket(&waits), "stranger").await;
    table.report.ends();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_sockets_until_it_is_revoked() {
    let mut table = Table::new("handshake by API token").await;
    let (bob, carol) = (table.place.member("bob").await, table.place.member("carol").await);
    bob.does("make_token").await;
    let token = bob.text("token");
    table.opens_for("a token in Authorization", table.by_bearer(&token), &bob).await;
    let opened = table.opens_for("a token as a subprotocol", table.opening().by_subprotocol(&token), &bob).await;
    let chosen = opened.and_then(|socket| socket.protocol);
    table.report.row("the answer names the protocol and not the token", &json!(chosen), &json!(table.place.adapter().socket.subprotocol));
    let allowed = table.place.adapter().origins.allowed.clone();
    let from_elsewhere = table.opening().header("origin", &allowed).by_subprotocol(&token);
    table.opens_for("a token as a subprotocol, from an allowed origin", from_elsewhere, &bob).await;
    let foreign = table.by_bearer(&token).header("origin", "http://evil.example");
    table.is_refused("a token, from a foreign origin", foreign, "foreign_origin").await;
    let both = table.by_bearer(&token).header("origin", &carol.url).cookie(&carol.cookie());
    table.opens_for("a token beside another user's cookie is the token's socket", both, &bob).await;
    table.is_refused("a token in the address, where only tickets may be", table.by_ticket(&token), "stranger").await;
    table.is_refused("a junk token", table.by_bearer("snug_junk"), "stranger").await;
    let bad_beside_good = table.by_bearer("snug_junk").header("origin", &bob.url).cookie(&bob.cookie());
    table.is_refused("a junk token beside a good cookie", bad_beside_good, "stranger").await;
    let twice = table.by_bearer(&token).by_subprotocol(&token);
    table.is_refused("two credentials", twice, "several_credentials").await;

    bob.does("end_token").await;
    table.is_refused("a revoked token", table.by_bearer(&token), "stranger").await;
    table.is_refused("a revoked token as a subprotocol", table.opening().by_subprotocol(&token), "stranger").await;
    table.report.ends();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jwt_opens_sockets_if_the_provider_signed_it_for_this_server() {
    let mut table = Table::new("handshake by JWT").await;
    if !table.place.adapter().offers("jwt") {
        table.report.not_tried("JWTs", "the server takes none");
        return table.report.ends();
    }
    let provider = Provider::of(table.place.adapter());
    let subject = table.place.name("jane");
    let good = provider.signs(&subject, &json!({}));
    let jane = table.place.stranger().called(&subject, "").program(&good);
    jane.does("me").await;
    table.opens_for("a good JWT", jane.opening(), &jane).await;
    table.opens_for("a good JWT as a subprotocol", table.opening().by_subprotocol(&good), &jane).await;
    for (what, change) in [
        ("an expired JWT", json!({"exp": now() - 2})),
        ("a JWT that is not valid yet", json!({"nbf": now() + 60})),
        ("a JWT for another audience", json!({"aud": "another"})),
        ("a JWT for no audience", json!({"aud": null})),
        ("a JWT of another issuer", json!({"iss": "https://evil.example"})),
        ("a JWT without an end", json!({"exp": null})),
    ] {
        table.is_refused(what, table.by_bearer(&provider.signs(&subject, &change)), "stranger").await;
    }
    for none in ["none", "None", "NONE"] {
        table
            .is_refused(&format!("a JWT with the algorithm {none}"), table.by_bearer(&provider.unsigned(&subject, none)), "stranger")
            .await;
    }
    table.is_refused("a JWT signed by HMAC with the public key", table.by_bearer(&provider.swapped(&subject)), "stranger").await;
    table.is_refused("a JWT with another's signature", table.by_bearer(&provider.tampered(&subject)), "stranger").await;
    table.is_refused("a JWT in the address", table.by_ticket(&good), "stranger").await;
    table.opens_for("the good one still", jane.opening(), &jane).await;
    table.report.ends();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_of_our_own_origin_use_a_cookie() {
    let mut table = Table::new("handshake by Origin and Host").await;
    let bob = table.place.member("bob").await;
    let (url, cookie) = (table.url().to_owned(), bob.cookie());
    let from = |table: &Table, origin: &str| table.opening().header("origin", origin).cookie(&cookie);
    table.opens_for("the own origin", from(&table, &url), &bob).await;
    let allowed = table.place.adapter().origins.allowed.clone();
    table.opens_for("an allowed origin", from(&table, &allowed), &bob).await;
    for (what, origin) in [
        ("a foreign origin", "http://evil.example".to_owned()),
        ("an origin that begins like ours", format!("{url}.evil.example")),
        ("the own host over another scheme", url.replacen("http", "https", 1)),
        ("the own host at another port", format!("{}:1", url.rsplit_once(':').unwrap().0)),
        ("the origin null, of a sandbox", "null".to_owned()),
        ("an origin that begins like the allowed one", format!("{allowed}.evil.example")),
    ] {
        table.is_refused(what, from(&table, &origin), "foreign_origin").await;
    }
    table.is_refused("a cookie without an origin", table.opening().cookie(&cookie), "foreign_origin").await;
    let cross = from(&table, &url).header("sec-fetch-site", "cross-site");
    table.is_refused("the own origin in a request that the browser calls cross-site", cross, "foreign_origin").await;
    bob.does("make_token").await;
    table.opens_for("a token without an origin", table.by_bearer(&bob.text("token")), &bob).await;
    let rebound = table.opening().header("host", "evil.example").header("origin", "http://evil.example").cookie(&cookie);
    table.is_refused("a host name that somebody else pointed here", rebound, "unknown_host").await;
    table.report.ends();
}
