//! Someone with a browser: a cookie jar, and sockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::cookie::{CookieStore, Jar};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(10);

pub struct Person {
    url: String,
    pub http: reqwest::Client,
    jar: Arc<Jar>,
    pub id: i64,
}

impl Person {
    pub fn new(url: &str) -> Self {
        let jar = Arc::new(Jar::default());
        let http = reqwest::Client::builder().cookie_provider(Arc::clone(&jar)).build().unwrap();
        Self { url: url.to_owned(), http, jar, id: 0 }
    }

    pub fn called(mut self, answer: &Value) -> Self {
        self.id = answer["me"]["id"].as_i64().unwrap();
        self
    }

    pub async fn posts_json(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/api/v1/{path}", self.url)).header("origin", &self.url).json(body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What their browser would send in `Cookie`.
    pub fn cookie(&self) -> String {
        self.jar.cookies(&self.url.parse().unwrap()).unwrap().to_str().unwrap().to_owned()
    }

    /// Asks for a socket with these headers beside the cookie; the status where it is refused.
    pub async fn asks_for_a_socket(&self, origin: Option<&str>) -> Result<Socket, u16> {
        self.asks_for_a_socket_at(&self.url, origin).await
    }

    async fn asks_for_a_socket_at(&self, url: &str, origin: Option<&str>) -> Result<Socket, u16> {
        let mut request = format!("{}/ws", url.replace("http", "ws")).into_client_request().unwrap();
        if let Some(cookie) = self.jar.cookies(&self.url.parse().unwrap()) {
            request.headers_mut().insert("cookie", cookie.to_str().unwrap().parse().unwrap());
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        opened(connect_async(request).await)
    }

    /// Asks for a socket at this path with these headers and no cookie; the status where it is refused.
    pub async fn asks_at(&self, path: &str, headers: &[(&'static str, String)]) -> Result<Socket, u16> {
        let mut request = format!("{}{path}", self.url.replace("http", "ws")).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        opened(connect_async(request).await)
    }

    pub async fn deletes(&self, path: &str) {
        self.does(self.http.delete(self.api(path))).await;
    }

    pub async fn puts_json(&self, path: &str, body: &Value) {
        self.does(self.http.put(self.api(path)).json(body)).await;
    }

    pub async fn patches_json(&self, path: &str, body: &Value) {
        self.does(self.http.patch(self.api(path)).json(body)).await;
    }

    fn api(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.url)
    }

    async fn does(&self, request: reqwest::RequestBuilder) {
        let answer = request.header("origin", &self.url).send().await.unwrap();
        let (url, status) = (answer.url().clone(), answer.status());
        assert!(status.is_success(), "{url}: {status} {}", answer.text().await.unwrap());
    }

    pub async fn gets(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}/api/v1/{path}", self.url)).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// Opens a socket and takes its `ready`.
    pub async fn connects(&self) -> (Socket, Value) {
        self.connects_at(&self.url).await
    }

    /// The same at another node.
    pub async fn connects_at(&self, url: &str) -> (Socket, Value) {
        let mut socket = self.asks_for_a_socket_at(url, Some(url)).await.unwrap();
        let ready = socket.next().await;
        assert_eq!(ready["type"], "ready");
        assert_eq!(ready["me"]["id"], self.id);
        (socket, ready)
    }
}

type Opened = Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, Response), Error>;

fn opened(answer: Opened) -> Result<Socket, u16> {
    match answer {
        Ok((stream, response)) => {
            let protocol = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap().to_owned());
            Ok(Socket { stream, protocol, next_ref: 1 })
        }
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// The room of this name in a `ready`.
pub fn room<'a>(ready: &'a Value, name: &str) -> &'a Value {
    ready["rooms"].as_array().unwrap().iter().find(|room| room["name"] == name).unwrap()
}

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    protocol: Option<String>,
    next_ref: u32,
}

impl Socket {
    /// The subprotocol that the server chose.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    pub async fn says_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Sends a request and gives its `ref`.
    pub async fn says(&mut self, mut message: Value) -> u32 {
        let r#ref = self.next_ref;
        self.next_ref += 1;
        message["ref"] = json!(r#ref);
        self.says_text(&message.to_string()).await;
        r#ref
    }

    pub async fn posts(&mut self, room: &Value, body: &str) -> u32 {
        self.says(json!({"type": "post", "room": room["id"], "client_id": uuid::Uuid::new_v4(), "body": body})).await
    }

    /// The next message that is not presence.
    pub async fn next(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("nothing came").unwrap().unwrap() {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "presence" {
                        return message;
                    }
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next message of this type; others before it are skipped.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The next posted message of a room, skipping everything else.
    pub async fn next_posted(&mut self) -> Value {
        loop {
            let event = self.next_of("event").await;
            if event["event"]["kind"] == "posted" {
                return event;
            }
        }
    }

    /// The number of the close frame that comes next.
    pub async fn is_closed(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("nothing came") {
                Some(Ok(Message::Close(Some(close)))) => return close.code.into(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Proves that nothing else was to come: the next message answers this very question.
    pub async fn hears_nothing(&mut self) {
        let r#ref = self.says(json!({"type": "ping"})).await;
        let next = self.next().await;
        assert_eq!(next, json!({"type": "pong", "ref": r#ref}));
    }
}
