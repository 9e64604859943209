//! With every log at its loudest no line holds a secret: a journey through every way in, with the real binary, and a search.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use snug::domain::Timestamp;
use tempfile::TempDir;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{Phone, client_id};

const PASSWORD: &str = "planted-password-of-olga";
const NEW_PASSWORD: &str = "planted-password-after-change";
const RESET_PASSWORD: &str = "planted-password-after-reset";
const WRONG_PASSWORD: &str = "planted-password-mistyped";
const JWT_SECRET: &str = "planted-secret-of-the-identity-provider";
const MESSAGE: &str = "planted-message-of-olga";

/// The real binary, logging everything into a file. It ends with this.
struct Server {
    process: Child,
    url: String,
    code: String,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let secret = folder.path().join("jwt.secret");
        std::fs::write(&secret, JWT_SECRET).unwrap();
        let mut process = snug(folder.path())
            .env("SNUG_LOG", "trace")
            .env("SNUG_BIND", "127.0.0.1:0")
            .env("SNUG_WORKERS", "1")
            .env("SNUG_LIMITS_SIGN_IN_PER_MINUTE", "1000")
            .env("SNUG_TOKENS_IN_URL", "true")
            .env("SNUG_JWT_ISSUER", "https://id.example")
            .env("SNUG_JWT_AUDIENCE", "snug")
            .env("SNUG_JWT_ALGORITHMS", "HS256")
            .env("SNUG_JWT_SECRET_FILE", secret)
            .env("SNUG_JWT_CREATE_USERS", "true")
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let (mut url, mut code) = (None, None);
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            url = url.or_else(|| line.strip_prefix("Snug is ready at ").map(str::to_owned));
            code = line.split_once("#code=").map(|(_, code)| code.to_owned());
            if code.is_some() {
                break;
            }
        }
        Self { process, url: url.expect("it starts"), code: code.expect("it is new"), folder }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// What a command prints.
    fn prints(&self, arguments: &[&str]) -> String {
        let done = snug(self.folder.path()).args(arguments).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
    }
}

fn snug(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.current_dir(folder).env("SNUG_DATA_DIR", folder.join("data")).env_remove("SNUG_TEST_POSTGRES_URL");
    command
}

/// Goes every way in, and remembers every secret that it meets.
struct Traveller {
    client: Client,
    url: String,
    cookie: Option<String>,
    planted: Vec<String>,
}

impl Traveller {
    fn plant(&mut self, secret: &str) -> String {
        assert!(secret.len() >= 6, "{secret:?} could stand in a log by accident");
        self.planted.push(secret.to_owned());
        secret.to_owned()
    }

    fn plants(&mut self, answer: &Value, field: &str) -> String {
        self.plant(answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")))
    }

    async fn asks(&mut self, method: Method, path: &str, bearer: Option<&str>, body: Value) -> (u16, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).header(ORIGIN, &self.url).json(&body);
        request = match (bearer, &self.cookie) {
            (Some(bearer), _) => request.bearer_auth(bearer),
            (None, Some(cookie)) => request.header(COOKIE, format!("snug={cookie}")),
            (None, None) => request,
        };
        let answer = request.send().await.unwrap();
        let cookies = answer.headers().get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap().to_owned());
        let set: Option<String> =
            cookies.filter_map(|cookie| cookie.strip_prefix("snug=")?.split(';').next().map(str::to_owned)).next_back();
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        if let Some(cookie) = set.filter(|cookie| !cookie.is_empty()) {
            // The handle stands behind the signature.
            self.plant(&cookie);
            self.plant(&cookie[cookie.len() - 43..]);
            self.cookie = Some(cookie);
        }
        (status, body)
    }

    #[track_caller]
    fn good((status, body): (u16, Value)) -> Value {
        assert!((200..300).contains(&status), "{status} {body}");
        body
    }

    async fn posts(&mut self, path: &str, body: Value) -> Value {
        Self::good(self.asks(Method::POST, &format!("/api/v1{path}"), None, body).await)
    }

    /// Opens a socket, says this, and waits for what comes back.
    async fn talks(&self, query: &str, headers: &[(&'static str, String)], says: &[String]) -> u16 {
        let mut request = format!("{}/ws{query}", self.url.replace("http", "ws")).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (mut socket, _) = match connect_async(request).await {
            Ok(opened) => opened,
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => return answer.status().as_u16(),
            Err(error) => panic!("{error}"),
        };
        for message in says {
            socket.send(Message::text(message.clone())).await.unwrap();
        }
        socket.send(Message::text(json!({"type": "ping", "ref": 99}).to_string())).await.unwrap();
        loop {
            match socket.next().await.unwrap().unwrap() {
                Message::Text(text) if text.contains("\"ref\":99") => return 101,
                _ => {}
            }
        }
    }
}

fn jwt(subject: &str) -> String {
    let expires = Timestamp::now().micros() / 1_000_000 + 600;
    let claims = json!({"iss": "https://id.example", "aud": "snug", "sub": subject, "exp": expires, "nbf": 0});
    encode(&Header::default(), &claims, &EncodingKey::from_secret(JWT_SECRET.as_bytes())).unwrap()
}

#[actix_web::test]
async fn no_line_of_the_loudest_log_holds_a_secret() {
    // The server has one in its own process; here is a client alone.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::start();
    let mut olga = Traveller { client: Client::new(), url: server.url.clone(), cookie: None, planted: Vec::new() };
    for secret in [PASSWORD, NEW_PASSWORD, RESET_PASSWORD, WRONG_PASSWORD, JWT_SECRET, MESSAGE, &server.code] {
        olga.plant(secret);
    }
    let invite = by_the_wizard_and_the_second_factor(&mut olga, &server.code).await;
    by_tokens_and_tickets(&mut olga, &server).await;
    by_what_cannot_be_read(&mut olga).await;
    by_links(&mut olga, &server, &invite).await;

    // A canary in the one place of a request that is logged: the search finds what is there.
    let canary = format!("canary-{}", &client_id()[..12]);
    olga.asks(Method::GET, &format!("/{canary}"), None, json!({})).await;
    let log = server.log();
    assert!(log.contains(&canary), "what is logged is not found");
    assert!(log.lines().filter(|line| line.contains("TRACE")).count() > 500, "the log is not loud");
    assert!(olga.planted.len() > 35, "{}", olga.planted.len());
    let found: Vec<String> = olga.planted.iter().filter_map(|secret| line_with(&log, secret)).collect();
    assert!(found.is_empty(), "{} secrets stand in the log:\n{}", found.len(), found.join("\n"));
}

/// The line that holds a secret. A code of six digits may stand inside a longer number or behind the point of one.
fn line_with(log: &str, secret: &str) -> Option<String> {
    let is_code = secret.bytes().all(|byte| byte.is_ascii_digit());
    let stands_alone = |line: &str| {
        line.match_indices(secret).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_some_and(|c| c.is_ascii_digit() || c == '.');
            let after = line[at + secret.len()..].chars().next().is_some_and(|c| c.is_ascii_digit());
            !(before || after)
        })
    };
    log.lines().find(|line| if is_code { stands_alone(line) } else { line.contains(secret) }).map(|line| format!("{secret}: {line}"))
}

async fn by_the_wizard_and_the_second_factor(olga: &mut Traveller, code: &str) -> String {
    let sign_in = |password: &str, code: Option<&str>| json!({"username": "olga", "password": password, "code": code});
    let wizard = json!({"code": code, "place_name": "Acme", "sign_up": "invite", "username": "olga", "display_name": "Olga",
        "password": PASSWORD});
    let made = olga.posts("/setup", wizard).await;
    let invite = olga.plants(&made["invite"], "token");
    assert_eq!(olga.asks(Method::POST, "/api/v1/sign-in", None, sign_in(WRONG_PASSWORD, None)).await.0, 401);
    let enrolment = olga.posts("/me/second-factor", json!({"password": PASSWORD})).await;
    olga.plants(&enrolment, "secret");
    let phone = Phone::new(&enrolment);
    let (first, second) = (olga.plant(&phone.code()), olga.plant(&phone.next_code()));
    let codes = olga.posts("/me/second-factor/confirm", json!({"code": first})).await;
    let codes: Vec<String> = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    for code in &codes {
        olga.plant(code);
    }
    assert_eq!(olga.asks(Method::POST, "/api/v1/sign-in", None, sign_in(PASSWORD, None)).await.0, 401);
    olga.posts("/sign-in", sign_in(PASSWORD, Some(&second))).await;
    olga.posts("/sign-in", sign_in(PASSWORD, Some(&codes[0]))).await;
    olga.posts("/me/password", json!({"current": PASSWORD, "new": NEW_PASSWORD})).await;
    invite
}

async fn by_tokens_and_tickets(olga: &mut Traveller, server: &Server) {
    let made = olga.posts("/me/tokens", json!({"name": "bot", "access": "admin"})).await;
    let token = olga.plants(&made, "token");
    let by_command = olga.plant(&server.prints(&["token", "create", "bot", "--user", "olga", "--access", "write"]));
    let jwt = olga.plant(&jwt("carol"));
    let other = olga.plant(&self::jwt("dave"));
    let rooms = Traveller::good(olga.asks(Method::GET, "/api/v1/rooms", Some(&token), json!({})).await);
    let general = rooms.as_array().unwrap().iter().find(|room| room["is_default"] == true).unwrap()["id"].clone();
    let message = || json!({"client_id": client_id(), "body": MESSAGE});
    Traveller::good(olga.asks(Method::POST, &format!("/api/v1/rooms/{general}/messages"), Some(&by_command), message()).await);
    Traveller::good(olga.asks(Method::GET, "/api/v1/me", Some(&jwt), json!({})).await);
    let ticket = olga.posts("/ws-ticket", json!({})).await;
    let ticket = olga.plants(&ticket, "ticket");

    let said = [
        json!({"type": "post", "ref": 1, "room": general, "client_id": client_id(), "body": MESSAGE}).to_string(),
        json!({"type": "refresh", "ref": 2, "token": token}).to_string(),
        json!({"type": "refresh", "ref": 3, "token": other, "surplus": 1}).to_string(),
    ];
    let origin = ("origin", olga.url.clone());
    let cookie = ("cookie", format!("snug={}", olga.cookie.as_ref().unwrap()));
    for (query, headers, expected) in [
        (String::new(), vec![cookie, origin.clone()], 101),
        (String::new(), vec![("authorization", format!("Bearer {token}"))], 101),
        (String::new(), vec![("sec-websocket-protocol", format!("snug.v1, bearer.{by_command}"))], 101),
        (String::new(), vec![("sec-websocket-protocol", format!("snug.v1, bearer.{jwt}"))], 101),
        (format!("?token={ticket}"), vec![], 101),
        (format!("?token={ticket}"), vec![], 401),
        (format!("?token={token}"), vec![], 101),
        (format!("?token={jwt}"), vec![], 101),
        (format!("?token={jwt}x"), vec![], 401),
    ] {
        assert_eq!(olga.talks(&query, &headers, &said).await, expected, "{query} {headers:?}");
    }
    olga.asks(Method::POST, "/api/v1/sign-out", Some(&other), json!({})).await;
}

async fn by_links(olga: &mut Traveller, server: &Server, invite: &str) {
    let link = server.prints(&["user", "reset-password", "olga"]);
    let by_command = olga.plant(link.rsplit('/').next().unwrap());
    let more = olga.posts("/invites", json!({"uses": 1})).await;
    let more = olga.plants(&more, "token");
    let mut bob = Traveller { client: Client::new(), url: olga.url.clone(), cookie: None, planted: Vec::new() };
    for path in [format!("/join/{invite}"), format!("/reset/{by_command}"), format!("/join/{invite}?token={more}")] {
        Traveller::good((bob.asks(Method::GET, &path, None, json!({})).await.0, Value::Null));
    }
    Traveller::good(bob.asks(Method::GET, &format!("/api/v1/invites/{invite}"), None, json!({})).await);
    bob.posts("/sign-up", json!({"invite": more, "username": "bob", "display_name": "Bob", "password": PASSWORD})).await;
    let id = Traveller::good(bob.asks(Method::GET, "/api/v1/me", None, json!({})).await)["me"]["id"].clone();
    let made = olga.posts(&format!("/users/{id}/password-reset"), json!({})).await;
    let reset = olga.plants(&made, "token");
    for token in [&reset, &by_command] {
        Traveller::good(bob.asks(Method::GET, &format!("/api/v1/password-resets/{token}"), None, json!({})).await);
        bob.posts(&format!("/password-resets/{token}"), json!({"password": RESET_PASSWORD})).await;
        assert_eq!(
            bob.asks(Method::POST, &format!("/api/v1/password-resets/{token}"), None, json!({"password": WRONG_PASSWORD})).await.0,
            404
        );
    }
    bob.posts("/sign-in", json!({"username": "bob", "password": RESET_PASSWORD})).await;
    bob.posts("/sign-out", json!({})).await;
    olga.planted.append(&mut bob.planted);
}

/// Bodies, headers and addresses that are refused hold secrets too.
async fn by_what_cannot_be_read(olga: &mut Traveller) {
    let (stray, bearer) = (olga.plant("planted-where-it-does-not-belong"), olga.plant("snug_planted-bearer-that-opens-nothing"));
    let sign_in = json!({"username": "olga", "password": stray, "surplus": stray});
    assert_eq!(olga.asks(Method::POST, "/api/v1/sign-in", None, sign_in).await.0, 400);
    assert_eq!(olga.asks(Method::POST, "/api/v1/sign-in", None, json!({"username": stray, "password": [stray]})).await.0, 400);
    assert_eq!(olga.asks(Method::GET, "/api/v1/me", Some(&bearer), json!({})).await.0, 401);
    assert_eq!(olga.asks(Method::GET, &format!("/api/v1/rooms/1/messages?before={stray}"), None, json!({})).await.0, 400);
    assert_eq!(olga.asks(Method::GET, &format!("/api/v1/rooms/{stray}"), None, json!({})).await.0, 404);
    assert_eq!(olga.asks(Method::GET, &format!("/api/v1/nothing/{stray}?key={stray}"), None, json!({})).await.0, 404);
    assert_eq!(olga.talks(&format!("?token={stray}&other={stray}"), &[], &[]).await, 401);
    let cookie = olga.cookie.replace(stray);
    assert_eq!(olga.asks(Method::GET, "/api/v1/me", None, json!({})).await.0, 401);
    olga.cookie = cookie;
}
