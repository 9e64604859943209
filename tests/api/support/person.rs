//! Someone with a browser.

use reqwest::header::{HeaderMap, HeaderValue, ORIGIN};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{App, PASSWORD, client_id};

/// Keeps cookies and says where its page comes from, as a browser does.
pub struct Person {
    client: Client,
    url: String,
    pub id: i64,
    pub name: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Null where there was no JSON.
    pub body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }

    /// A refusal with this status and code, in the form that all have.
    #[track_caller]
    pub fn refuses(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["type"], "about:blank");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["title"], self.status.canonical_reason().unwrap());
        assert!(self.body["message"].as_str().unwrap().ends_with('.'), "{self:?}");
        assert_eq!(self.body["detail"], self.body["message"]);
        self
    }
}

impl Person {
    pub(super) fn new(app: &App) -> Self {
        let origin = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_str(&app.url).unwrap())]);
        let client = Client::builder().cookie_store(true).default_headers(origin).build().unwrap();
        Self { client, url: app.url.clone(), id: 0, name: String::new() }
    }

    /// From the `me` of an answer.
    pub fn becomes(&mut self, answer: &Value) {
        self.id = answer["me"]["id"].as_i64().unwrap();
        self.name = answer["me"]["username"].as_str().unwrap().to_owned();
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.url))
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Asks for something to be done for which there is nothing more to say.
    pub async fn do_post(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    /// Makes an invite link and takes its token.
    pub async fn invite(&self, terms: Value) -> String {
        self.post("/invites", terms).await.is(201)["token"].as_str().unwrap().to_owned()
    }

    /// The same person at another browser.
    pub async fn at_another_device(&self, app: &App) -> Self {
        let mut other = app.stranger();
        let signed_in = other.post("/sign-in", json!({"username": self.name, "password": PASSWORD})).await.is(200);
        other.becomes(&signed_in);
        other
    }

    #[track_caller]
    fn assert_signed_in(&self, answer: Answer, expected: bool) {
        assert_eq!(answer.status == 200, expected, "{}: {answer:?}", self.name);
    }

    pub async fn is_signed_in(&self) {
        let answer = self.get("/me").await;
        self.assert_signed_in(answer, true);
    }

    pub async fn is_signed_out(&self) {
        self.get("/me").await.refuses(401, "unauthenticated");
    }

    /// Makes a room and is in it.
    pub async fn creates(&self, name: &str, visibility: &str) -> i64 {
        let made = self.post("/rooms", json!({"name": name, "visibility": visibility})).await.is(201);
        assert_eq!(made["did"], "entered");
        made["room"]["id"].as_i64().unwrap()
    }

    /// Says something.
    pub async fn says(&self, room: i64, body: &str) -> Value {
        let said = self.post(&format!("/rooms/{room}/messages"), json!({"client_id": client_id(), "body": body})).await.is(201);
        assert_eq!(said["did"], "posted");
        said
    }

    /// The bodies of the newest messages of a room.
    pub async fn reads(&self, room: i64) -> Vec<String> {
        let page = self.get(&format!("/rooms/{room}/messages")).await.is(200);
        page["messages"].as_array().unwrap().iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    }

    /// The room where everyone is.
    pub async fn general(&self) -> i64 {
        let rooms = self.get("/rooms").await.is(200);
        let general = rooms.as_array().unwrap().iter().find(|room| room["is_default"] == true).unwrap();
        general["id"].as_i64().unwrap()
    }
}
