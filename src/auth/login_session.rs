//! The cookie's side of a login session: actix-session over our own rows.
//!
//! The state that actix-session carries through a request *is* the row in `login_sessions`, joined with its user. It is never written
//! back, so a request that is slow, or that renews, can bring no session back that has ended meanwhile:
//!
//! - the sign-in handler makes the row and names it in the state;
//! - [`save`](SessionStore::save) binds a new handle to that row, if the row lives;
//! - [`delete`](SessionStore::delete) unbinds a handle, and [`update`](SessionStore::update) does nothing;
//! - only `store::login_sessions::revoke` ends a row.

use std::collections::HashMap;

use actix_session::config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, SameSite, time};
use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use super::{LastSeen, Site, read_along, secret};
use crate::domain::{LoginSessionId, Timestamp, User};
use crate::store::callers::{Asked, Caller};
use crate::store::login_sessions::{self, Login};
use crate::store::{Store, StoreError};

/// How long browsers keep a cookie at most. The row's own, sliding expiry is what ends a login session; the cookie only has to last.
const COOKIE_DAYS: i64 = 400;

/// The login session in a request's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoginState {
    pub id: LoginSessionId,
    pub user: User,
    pub second_factor_missing: bool,
    /// Microseconds: the wire's milliseconds would round the deadline of a socket.
    expires_at: i64,
}

impl LoginState {
    const KEY: &'static str = "login";
    /// Stands in the state where the store gave no answer in time.
    const UNAVAILABLE: &'static str = "unavailable";

    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_micros(self.expires_at)
    }

    /// What the session layer found: `Ok(None)` for a stranger.
    pub fn of(session: &Session) -> Result<Option<Self>, Unanswered> {
        if session.contains_key(Self::UNAVAILABLE) {
            return Err(Unanswered);
        }
        // A state that cannot be read is no state; nothing but this file writes one.
        Ok(session.get(Self::KEY).unwrap_or_default())
    }

    /// Names the row that the response's cookie shall open. This state lives no longer than its response: the next request reads the row.
    pub fn put(session: &Session, id: LoginSessionId, user: User, expires_at: Timestamp) -> Result<(), actix_session::SessionInsertError> {
        session.insert(Self::KEY, Self { id, user, second_factor_missing: false, expires_at: expires_at.micros() })
    }
}

/// The store did not say who is calling.
#[derive(Debug)]
pub(super) struct Unanswered;

/// actix-identity's own key. Its `Identity` is only ever read through the state that `load` makes.
pub(super) const IDENTITY_KEY: &str = "user";

/// [`SessionStore`] over `login_sessions`.
#[derive(Clone)]
pub struct LoginSessions {
    store: Store,
    seen: LastSeen,
}

impl LoginSessions {
    /// Reads and binds in `store`, and notes in `seen` who was here.
    pub const fn new(store: Store, seen: LastSeen) -> Self {
        Self { store, seen }
    }

    /// The session layer with our cookie.
    pub fn middleware(self, site: &Site, key: Key) -> SessionMiddleware<Self> {
        let lasting = PersistentSession::default()
            .session_ttl(time::Duration::days(COOKIE_DAYS))
            .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
        SessionMiddleware::builder(self, key)
            .cookie_name(site.cookie_name().to_owned())
            .cookie_secure(site.is_https())
            .cookie_http_only(true)
            .cookie_same_site(SameSite::Lax)
            .cookie_path("/".to_owned())
            .cookie_content_security(CookieContentSecurity::Signed)
            .session_lifecycle(lasting)
            .build()
    }
}

type State = HashMap<String, String>;

impl SessionStore for LoginSessions {
    async fn load(&self, handle: &SessionKey) -> Result<Option<State>, LoadError> {
        let handle_hash = secret::hash(handle.as_ref());
        let rooms = read_along::is_wanted();
        let mut found = self.store.caller(Asked { handle_hash, rooms }).await;
        if let Err(error @ (StoreError::Broken(_) | StoreError::NotStored(_))) = &found
            && rooms
        {
            // Perhaps only the rooms cannot be read. Who is calling is to be known all the same, and the session will ask for them again.
            tracing::warn!(%error, "the rooms of a handshake were not read along");
            found = self.store.caller(Asked { handle_hash, rooms: false }).await;
        }
        let login = match found {
            Ok(Some(Caller { login, rooms })) => {
                rooms.into_iter().for_each(|rooms| read_along::put(login.id, rooms));
                login
            }
            Ok(None) => return Ok(None),
            // An error here would become an empty answer of the session layer. `CurrentUser` has a better one.
            Err(cause) => return Ok(Some(unavailable(&cause))),
        };
        self.seen.saw(login.id);
        let Login { id, user, second_factor_missing, expires_at } = login;
        let state = LoginState { id, user, second_factor_missing, expires_at: expires_at.micros() };
        let in_json = |error: serde_json::Error| LoadError::Deserialization(error.into());
        let identity = serde_json::to_string(&state.user.id.to_string()).map_err(in_json)?;
        let state = serde_json::to_string(&state).map_err(in_json)?;
        Ok(Some(State::from([(LoginState::KEY.to_owned(), state), (IDENTITY_KEY.to_owned(), identity)])))
    }

    async fn save(&self, state: State, _: &time::Duration) -> Result<SessionKey, SaveError> {
        let (handle, hash) = secret::generate().map_err(|cause| SaveError::Other(anyhow!(cause)))?;
        let login = state.get(LoginState::KEY).and_then(|json| serde_json::from_str::<LoginState>(json).ok());
        if let Some(LoginState { id, .. }) = login {
            let bound = self.store.write(move |tx| login_sessions::bind(tx, id, hash)).await;
            // Where the row has ended meanwhile the new handle opens nothing, and that is all the answer there is.
            bound.map_err(|cause| SaveError::Other(failed(cause)))?;
        }
        SessionKey::try_from(handle).map_err(|cause| SaveError::Other(anyhow!(cause)))
    }

    async fn update(&self, handle: SessionKey, _: State, _: &time::Duration) -> Result<SessionKey, UpdateError> {
        Ok(handle)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, handle: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = secret::hash(handle.as_ref());
        if let Err(cause) = self.store.write(move |tx| login_sessions::unbind(tx, hash)).await {
            // Whoever purges or renews has revoked the row before, so this handle opens nothing even now.
            failed(cause);
        }
        Ok(())
    }
}

fn unavailable(cause: &dyn std::fmt::Display) -> State {
    tracing::error!(%cause, "cannot tell who is calling");
    State::from([(LoginState::UNAVAILABLE.to_owned(), "true".to_owned())])
}

fn failed(cause: StoreError) -> anyhow::Error {
    tracing::error!(%cause, "a login session's cookie was not stored");
    anyhow!(cause)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{Cause, Credential, DisplayName, Limits, PlaceName, PlaceRole, Scope, SignUpMode, Username};
    use crate::store::login_sessions::NewLogin;
    use crate::store::place::{self, NewPlace};
    use crate::store::users::NewUser;
    use crate::store::{DatabaseUrl, revocations};

    const TTL: time::Duration = time::Duration::MINUTE;

    struct Fixture {
        sessions: LoginSessions,
        user: User,
        _folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = DatabaseUrl::parse(&format!("sqlite:{}", folder.path().join("snug.db").display())).unwrap();
            let store = Store::open(&url, &Limits::default(), |_| {}).unwrap();
            let owner = NewUser {
                username: Username::parse("olga").unwrap(),
                display_name: DisplayName::parse("Olga").unwrap(),
                password_hash: String::new(),
                role: PlaceRole::Owner,
            };
            let new = NewPlace { name: PlaceName::parse("Acme").unwrap(), sign_up: SignUpMode::Invite, owner };
            let user = store.write(move |tx| place::establish(tx, &new)).await.unwrap();
            let sessions = LoginSessions::new(store, LastSeen::new(Duration::from_secs(60)));
            Self { sessions, user, _folder: folder }
        }

        /// A stored sign-in, as the state names it.
        async fn signs_in(&self) -> (LoginSessionId, State) {
            let user = self.user.id;
            let expires_at = Timestamp::now().after(Duration::from_secs(60));
            let new = NewLogin { user, address: String::new(), agent: String::new(), expires_at };
            let id = self.sessions.store.write(move |tx| login_sessions::create(tx, &new)).await.unwrap();
            let state = LoginState { id, user: self.user.clone(), second_factor_missing: false, expires_at: expires_at.micros() };
            (id, State::from([(LoginState::KEY.to_owned(), serde_json::to_string(&state).unwrap())]))
        }

        async fn ends(&self, id: LoginSessionId) {
            self.sessions
                .store
                .write(move |tx| revocations::revoke(tx, Scope::Credential(Credential::Login(id)), Cause::SignedOut))
                .await
                .unwrap();
        }

        async fn opens(&self, handle: &SessionKey) -> Option<LoginSessionId> {
            let state = self.sessions.load(handle).await.unwrap()?;
            assert_eq!(state[IDENTITY_KEY], format!("\"{}\"", self.user.id));
            Some(serde_json::from_str::<LoginState>(&state[LoginState::KEY]).unwrap().id)
        }
    }

    fn same(handle: &SessionKey) -> SessionKey {
        SessionKey::try_from(handle.as_ref().to_owned()).unwrap()
    }

    #[actix_web::test]
    async fn a_saved_handle_opens_the_row_that_the_state_names() {
        let it = Fixture::new().await;
        let (id, state) = it.signs_in().await;
        let handle = it.sessions.save(state.clone(), &TTL).await.unwrap();
        assert_eq!(it.opens(&handle).await, Some(id));
        let renewed = it.sessions.save(state, &TTL).await.unwrap();
        assert_eq!(it.opens(&renewed).await, Some(id));
        assert_eq!(it.opens(&handle).await, None, "only the newest handle opens it");
        it.sessions.delete(&renewed).await.unwrap();
        assert_eq!(it.opens(&renewed).await, None);
        assert!(it.sessions.store.read(move |conn| login_sessions::expiry(conn, id)).await.unwrap().is_some(), "unbound is not revoked");
    }

    #[actix_web::test]
    async fn nothing_that_a_late_request_does_brings_an_ended_session_back() {
        let it = Fixture::new().await;
        let (id, state) = it.signs_in().await;
        let handle = it.sessions.save(state, &TTL).await.unwrap();
        let late = it.sessions.load(&handle).await.unwrap().unwrap();
        it.ends(id).await;

        let updated = it.sessions.update(same(&handle), late.clone(), &TTL).await.unwrap();
        it.sessions.update_ttl(&handle, &TTL).await.unwrap();
        it.sessions.delete(&handle).await.unwrap();
        let renewed = it.sessions.save(late, &TTL).await.unwrap();
        for handle in [&handle, &updated, &renewed] {
            assert_eq!(it.opens(handle).await, None);
        }
        it.sessions.seen.flush(&it.sessions.store).await.unwrap();
        assert_eq!(it.opens(&renewed).await, None);
    }

    #[actix_web::test]
    async fn a_state_that_names_no_row_gets_a_handle_that_opens_nothing() {
        let it = Fixture::new().await;
        let handle = it.sessions.save(State::from([("color".to_owned(), "\"red\"".to_owned())]), &TTL).await.unwrap();
        assert_eq!(it.opens(&handle).await, None);
        assert_eq!(it.opens(&SessionKey::try_from(String::new()).unwrap()).await, None);
    }

    #[actix_web::test]
    async fn being_seen_moves_the_expiry_once_it_is_flushed() {
        let it = Fixture::new().await;
        let (id, state) = it.signs_in().await;
        let handle = it.sessions.save(state, &TTL).await.unwrap();
        let expiry = async || it.sessions.store.read(move |conn| login_sessions::expiry(conn, id)).await.unwrap().unwrap();
        let before = expiry().await;
        it.opens(&handle).await;
        assert_eq!(expiry().await, before);
        it.sessions.seen.flush(&it.sessions.store).await.unwrap();
        assert!(expiry().await > before);
    }
}
