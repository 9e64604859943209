//! Somebody with a browser, or a program with a token: what they come with is plain to see and to steal.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method};
use serde_json::Value;

use super::adapter::Adapter;
use super::socket::{Opening, Socket};
use super::template::{Vars, at};

pub struct Person {
    pub adapter: Arc<Adapter>,
    /// The base URL they use.
    pub url: String,
    http: Client,
    jar: Mutex<BTreeMap<String, String>>,
    bearer: Option<String>,
    vars: Mutex<Vars>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Person {
    /// Who has nothing yet.
    pub fn stranger(adapter: &Arc<Adapter>, url: &str) -> Self {
        let adapter = Arc::clone(adapter);
        Self { adapter, url: url.to_owned(), http: Client::new(), jar: Mutex::default(), bearer: None, vars: Mutex::default() }
    }

    pub fn called(self, name: &str, password: &str) -> Self {
        *self.vars.lock() = Vars::default().with("name", name).with("password", password);
        self
    }

    /// The same account at another device, which has not signed in.
    pub fn elsewhere(&self, url: &str) -> Self {
        let (http, vars) = (self.http.clone(), Mutex::new(self.vars()));
        Self { adapter: Arc::clone(&self.adapter), url: url.to_owned(), http, jar: Mutex::default(), bearer: None, vars }
    }

    /// A program of theirs, that comes with this token and no cookie.
    pub fn program(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.elsewhere(&self.url) }
    }

    /// All that is known of them.
    pub fn vars(&self) -> Vars {
        self.vars.lock().clone()
    }

    /// One thing that is known of them.
    pub fn var(&self, name: &str) -> Value {
        self.vars.lock().get(name).clone()
    }

    pub fn text(&self, name: &str) -> String {
        Vars::default().with("it", self.var(name)).text("{it}")
    }

    /// A template with what is known of them.
    pub fn fills(&self, template: &Value) -> Value {
        self.vars.lock().fill(template)
    }

    /// The session cookie as a request has it; empty where there is none.
    pub fn cookie(&self) -> String {
        let jar = self.jar.lock();
        jar.get(&self.adapter.cookie).map_or_else(String::new, |value| format!("{}={value}", self.adapter.cookie))
    }

    /// Puts a cookie into the browser, as a thief or a planter would.
    pub fn bears_cookie(&self, cookie: &str) {
        let (name, value) = cookie.split_once('=').unwrap();
        self.jar.lock().insert(name.to_owned(), value.to_owned());
    }

    pub fn bearer(&self) -> Option<&str> {
        self.bearer.as_deref()
    }

    /// Does what the adapter calls this, and gets what it says comes then.
    pub async fn does(&self, action: &str) -> Answer {
        self.does_with(action, &Vars::default()).await
    }

    pub async fn does_with(&self, action: &str, vars: &Vars) -> Answer {
        let answer = self.tries_with(action, vars).await;
        assert_eq!(answer.status, self.adapter.action(action).answers, "{action}: {answer:?}");
        answer
    }

    pub async fn tries(&self, action: &str) -> Answer {
        self.tries_with(action, &Vars::default()).await
    }

    /// Does it, whatever the answer. What the adapter takes from a good one is known of this person from then on.
    pub async fn tries_with(&self, action: &str, vars: &Vars) -> Answer {
        let known = vars.or(&self.vars.lock());
        let said = self.adapter.action(action);
        let (method, path) = said.request.split_once(' ').unwrap();
        let mut request = self.http.request(method.parse::<Method>().unwrap(), format!("{}{}", self.url, known.text(path)));
        let cookie = self.cookie();
        if !cookie.is_empty() {
            request = request.header(COOKIE, cookie);
        }
        request = match &self.bearer {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request.header(ORIGIN, &self.url),
        };
        if let Some(body) = &said.body {
            request = request.json(&known.fill(body));
        }
        let response = request.send().await.unwrap_or_else(|cause| panic!("{action}: {cause}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        self.takes_cookies(&headers);
        let answer = Answer { status, body };
        if answer.status == said.answers {
            let mut vars = self.vars.lock();
            for (name, pointer) in &said.take {
                let taken = at(&answer.body, pointer);
                vars.set(name, taken.unwrap_or_else(|| panic!("{action}: nothing at {pointer} in {}", answer.body)));
            }
        }
        answer
    }

    fn takes_cookies(&self, headers: &HeaderMap) {
        for set in set_cookies(headers) {
            let (name, value) = set.split_once('=').unwrap();
            let mut jar = self.jar.lock();
            if value.is_empty() {
                jar.remove(name)
            } else {
                jar.insert(name.to_owned(), value.to_owned())
            };
        }
    }

    pub async fn is_signed_in(&self) -> bool {
        let status = self.tries("me").await.status;
        assert!(status == 200 || status == self.adapter.refusal("stranger"), "{status}");
        status == 200
    }

    /// How they ask for a socket: with their token, or as their page does.
    pub fn opening(&self) -> Opening {
        let opening = Opening::at(&self.adapter, &self.url);
        match &self.bearer {
            Some(token) => opening.header("authorization", &format!("Bearer {token}")),
            None => opening.header("origin", &self.url).cookie(&self.cookie()),
        }
    }

    /// Opens a socket, which must be theirs.
    pub async fn connects(&self) -> Socket {
        let socket = self.opening().open().await.unwrap_or_else(|status| panic!("{}: refused with {status}", self.text("name")));
        assert_eq!(socket.user(), self.var("user"));
        socket
    }
}

/// `name=value` of each cookie that an answer sets.
fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    all.map(|cookie| cookie.split(';').next().unwrap().to_owned()).collect()
}
