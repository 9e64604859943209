//! The adapter file: how one kind of server is spoken to. Everything here is read and nothing is decided.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::template::Vars;

/// As `snug.toml` beside this file has it; README.md says what each part means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    pub name: String,
    /// The cookie that a sign-in sets.
    pub cookie: String,
    /// What the server does not offer: names of actions, or `jwt`.
    pub without: Vec<String>,
    actions: BTreeMap<String, Action>,
    refusals: BTreeMap<String, u16>,
    pub socket: SocketWords,
    pub jwt: Option<JwtWords>,
    pub start: Option<Start>,
    pub origins: Origins,
    /// The folder of the file, which the paths in it begin at.
    #[serde(skip)]
    pub here: PathBuf,
}

/// One request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub request: String,
    pub body: Option<Value>,
    #[serde(default = "ok")]
    pub answers: u16,
    /// Name of a variable, and the JSON pointer to its value in the answer.
    #[serde(default)]
    pub take: BTreeMap<String, String>,
}

const fn ok() -> u16 {
    200
}

/// What is said and heard on a socket.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketWords {
    pub path: String,
    pub ticket: String,
    pub subprotocol: String,
    pub bearer_subprotocol: String,
    pub ready: Value,
    pub user: String,
    pub cursors: Cursors,
    pub about: Vec<String>,
    pub text: String,
    say: BTreeMap<String, Value>,
    hear: BTreeMap<String, Value>,
    pub closes: BTreeMap<String, u16>,
}

/// Where the first message has the cursors of one's rooms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursors {
    pub rooms: String,
    pub id: String,
    pub cursor: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtWords {
    pub issuer: String,
    pub audience: String,
    /// PEM files of an RSA pair, beside the adapter.
    pub private_key: PathBuf,
    pub public_key: PathBuf,
}

/// How a server is started by the suite itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub arguments: Vec<String>,
    /// What stands before the base URL in a line of its output.
    pub address: String,
    /// What stands before the set-up code.
    pub code: String,
    /// Statements for what only time brings about.
    #[serde(default)]
    pub sql: BTreeMap<String, String>,
    /// What the program does beside the running server.
    #[serde(default)]
    pub commands: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origins {
    /// One of another address whose pages the server lets in.
    pub allowed: String,
}

impl Adapter {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|cause| panic!("the adapter {}: {cause}", path.display()));
        let adapter: Self = toml::from_str(&text).unwrap_or_else(|cause| panic!("the adapter {}: {cause}", path.display()));
        Self { here: path.parent().unwrap().to_owned(), ..adapter }
    }

    pub fn action(&self, name: &str) -> &Action {
        self.actions.get(name).unwrap_or_else(|| panic!("the adapter says nothing of the action {name}; is it among `without`?"))
    }

    /// Makes an action one that changes nothing: a hole, for whoever wants to see whether it is found.
    pub fn makes_harmless(&mut self, name: &str) {
        let Action { request, answers, .. } = self.action("me");
        let harmless = Action { request: request.clone(), body: None, answers: *answers, take: BTreeMap::new() };
        self.actions.insert(name.to_owned(), harmless);
    }

    pub fn offers(&self, action: &str) -> bool {
        !self.without.iter().any(|without| without == action)
    }

    /// The status of a refusal.
    pub fn refusal(&self, name: &str) -> u16 {
        *self.refusals.get(name).unwrap_or_else(|| panic!("the adapter gives no status for the refusal {name}"))
    }

    pub fn close(&self, name: &str) -> u16 {
        *self.socket.closes.get(name).unwrap_or_else(|| panic!("the adapter gives no code for the close {name}"))
    }

    /// A message of the client.
    pub fn say(&self, name: &str, vars: &Vars) -> Value {
        vars.fill(self.socket.say.get(name).unwrap_or_else(|| panic!("the adapter does not know how to say {name}")))
    }

    /// How a message of the server looks.
    pub fn hear(&self, name: &str) -> &Value {
        self.socket.hear.get(name).unwrap_or_else(|| panic!("the adapter does not know how {name} looks"))
    }
}
