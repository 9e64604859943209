//! Those who ask.

use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use snug::auth::secret;
use snug::domain::{Access, Action, BanReason, By, Credential, Grant, LoginSessionId, PlaceRole, RoomId, TokenName, UserId};
use snug::store::api_tokens::{self, NewToken};
use snug::store::{StoreError, Transaction, actions};

use crate::table::Who;
use crate::world::{PASSWORD, World};

pub struct Actor {
    pub who: Who,
    /// `None` for a stranger to the place.
    pub user: Option<UserId>,
    pub bearer: Option<String>,
    client: Client,
    jar: Arc<Jar>,
    url: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Actor {
    /// Somebody of this kind, with an account that nobody had before. What is theirs in the rooms is made with the rooms, and so is the
    /// token that opens one alone.
    pub async fn make(world: &World, who: Who) -> Self {
        let role = match who {
            Who::Guest => PlaceRole::Guest,
            Who::Admin => PlaceRole::Admin,
            Who::Owner | Who::Reader | Who::Writer => PlaceRole::Owner,
            _ => PlaceRole::Member,
        };
        let jar = Arc::new(Jar::default());
        let client = Client::builder().cookie_provider(Arc::clone(&jar)).build().unwrap();
        let mut actor = Self { who, user: None, bearer: None, client, jar, url: world.url.clone() };
        if who == Who::Anonymous {
            return actor;
        }
        let user = world.account(role).await;
        actor.user = Some(user.id);
        match who {
            Who::Reader => actor.bearer = Some(token(world, user.id, Access::Read, None).await),
            Who::Writer => actor.bearer = Some(token(world, user.id, Access::Write, None).await),
            Who::Bound => {}
            _ => {
                let form = json!({"username": user.username, "password": PASSWORD});
                assert_eq!(actor.ask(Method::POST, "/sign-in", Some(&form)).await.status, 200);
            }
        }
        if who == Who::Banned {
            let (by, id) = (by(world.founder), user.id);
            let ban = Action::Ban { user: id, until: None, reason: BanReason::parse("").unwrap() };
            world.edge.store.write(move |tx| actions::run(tx, &by, &ban)).await.unwrap();
        }
        actor
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.url)).header("origin", &self.url);
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        Answer { status: answer.status().as_u16(), body: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default() }
    }

    /// What the browser, or the program, sends with a handshake.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let cookie = self.jar.cookies(&self.url.parse().unwrap()).map(|cookie| ("cookie", cookie.to_str().unwrap().to_owned()));
        let bearer = self.bearer.as_ref().map(|bearer| ("authorization", format!("Bearer {bearer}")));
        cookie.into_iter().chain(bearer).chain([("origin", self.url.clone())]).collect()
    }
}

/// A new API token.
pub async fn token(world: &World, user: UserId, access: Access, room: Option<RoomId>) -> String {
    world.edge.store.write(move |tx| token_in(tx, user, access, room)).await.unwrap()
}

pub fn token_in(tx: &mut Transaction<'_>, user: UserId, access: Access, room: Option<RoomId>) -> Result<String, StoreError> {
    let (text, token_hash) = secret::with_prefix("snug_").unwrap();
    let name = TokenName::parse("test").unwrap();
    api_tokens::create(tx, &NewToken { user, name, token_hash, grant: Grant { access, room }, expires_at: None })?;
    Ok(text)
}

/// Somebody who has signed in.
pub fn by(user: UserId) -> By {
    By { user, credential: Credential::Login(LoginSessionId::new(0)), grant: Grant::FULL, address: [127, 0, 0, 1].into() }
}
