//! A database for one test, and people in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, QueryResult, RunQueryDsl, SqliteConnection};
use parking_lot::Mutex;
use snug::domain::{
    Action, By, ClientId, Code, Content, Credential, DisplayName, Grant, Limits, LogEntry, LoginSessionId, Membership, Message,
    MessageBody, Outcome, PlaceName, PlaceRole, Refusal, RoomId, RoomName, SafeHtml, SignUpMode, Topic, User, UserId, Username, Visibility,
};
use snug::store::place::NewPlace;
use snug::store::users::NewUser;
use snug::store::{Append, Commit, Committed, Connection, DatabaseUrl, Effect, Store, StoreError, Ticket, place, rooms, users};
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Makes two tests of one: the same sentence on both databases.
macro_rules! both {
    ($(async fn $name:ident($db:ident) $body:block)+) => {$(
        async fn $name($db: &$crate::harness::Db) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(&$crate::harness::Db::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name(&$crate::harness::Db::postgres()).await;
            }
        }
    )+};
}

/// A database that goes when the test ends.
pub struct Db {
    pub store: Store,
    pub url: DatabaseUrl,
    heard: Arc<Heard>,
    tickets: AtomicU64,
    home: Home,
}

/// What the sink was told.
#[derive(Default)]
struct Heard {
    commits: Mutex<Vec<Commit>>,
    batches: Mutex<Vec<usize>>,
    waiting: Mutex<HashMap<Ticket, oneshot::Sender<Result<Outcome, Refusal>>>>,
}

impl Heard {
    fn hear(&self, Committed(commits): Committed) {
        self.batches.lock().push(commits.len());
        self.commits.lock().extend(commits.iter().cloned());
        for (ticket, result) in commits.into_iter().filter_map(|commit| commit.reply) {
            if let Some(waiting) = self.waiting.lock().remove(&ticket) {
                let _ = waiting.send(result);
            }
        }
    }
}

/// Where it lives. The folder goes when its handle does.
pub enum Home {
    Folder { _handle: TempDir },
    Server { server: String, name: String },
}

impl Home {
    /// A new place for a database, and its address.
    pub fn sqlite() -> (Self, DatabaseUrl) {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("snug.db"));
        (Self::Folder { _handle: folder }, url)
    }

    pub fn postgres() -> (Self, DatabaseUrl) {
        let server = std::env::var("SNUG_TEST_POSTGRES_URL").expect("run `make test`: it starts the Postgres that this test needs");
        let name = format!("snug_{}", Uuid::new_v4().simple());
        PgConnection::establish(&server).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (base, query) = server.split_once('?').map_or((server.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
        let authority = base.find("://").unwrap() + 3;
        let base = base[authority..].find('/').map_or(base, |slash| &base[..authority + slash]);
        let url = DatabaseUrl::parse(&format!("{base}/{name}{query}")).unwrap();
        (Self::Server { server, name }, url)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Self::Server { server, name } = self {
            let dropped = PgConnection::establish(server)
                .map_err(|error| error.to_string())
                .and_then(|mut server| server.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).map_err(|e| e.to_string()));
            if let Err(error) = dropped {
                eprintln!("{name} could not be dropped: {error}");
            }
        }
    }
}

impl Db {
    pub fn sqlite() -> Self {
        Self::at(Home::sqlite())
    }

    pub fn postgres() -> Self {
        Self::at(Home::postgres())
    }

    fn at(home: (Home, DatabaseUrl)) -> Self {
        Self::with_limits(home, &Limits::default())
    }

    pub fn with_limits((home, url): (Home, DatabaseUrl), limits: &Limits) -> Self {
        let heard = Arc::new(Heard::default());
        let sink = Arc::clone(&heard);
        let store = Store::open(&url, limits, move |committed| sink.hear(committed)).unwrap();
        Self { store, url, heard, tickets: AtomicU64::new(1), home }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// Another process on the same database, with a sink that nobody listens to.
    pub fn another_process(&self) -> Store {
        Store::open(&self.url, &Limits::default(), |_| ()).unwrap()
    }

    /// Sets the place up; Alice owns it.
    pub async fn alice(&self) -> UserId {
        let new =
            NewPlace { name: PlaceName::parse("Home").unwrap(), sign_up: SignUpMode::Invite, owner: new_user("alice", PlaceRole::Owner) };
        self.store.write(move |tx| place::establish(tx, &new)).await.unwrap().id
    }

    pub async fn signs_up(&self, name: &str) -> UserId {
        self.joins_as(name, PlaceRole::Member).await.id
    }

    pub async fn joins_as(&self, name: &str, role: PlaceRole) -> User {
        let new = new_user(name, role);
        self.store.write(move |tx| users::create(tx, &new)).await.unwrap()
    }

    /// An action on its way through the writer, with the answer that the sink is given.
    pub async fn act(&self, by: UserId, action: Action) -> Result<Outcome, Refusal> {
        let answer = self.sends(by, action);
        tokio::time::timeout(Duration::from_secs(20), answer).await.expect("an answer within 20 s").unwrap()
    }

    /// Only queues it.
    pub fn sends(&self, by: UserId, action: Action) -> oneshot::Receiver<Result<Outcome, Refusal>> {
        let ticket = Ticket(self.tickets.fetch_add(1, Ordering::Relaxed));
        let (send, answer) = oneshot::channel();
        self.heard.waiting.lock().insert(ticket, send);
        self.store.submit(Append { by: in_person(by), action, ticket }).unwrap();
        answer
    }

    pub async fn refuses(&self, by: UserId, action: Action) -> Code {
        self.act(by, action).await.expect_err("a refusal").code
    }

    pub async fn posts(&self, by: UserId, room: RoomId, text: &str) -> Message {
        match self.act(by, post(room, text)).await.unwrap() {
            Outcome::Posted { message, .. } => message,
            other => panic!("{other:?}"),
        }
    }

    /// Does something after which one is in a room.
    pub async fn enters(&self, by: UserId, action: Action) -> Membership {
        match self.act(by, action).await.unwrap() {
            Outcome::Entered { room } => room,
            other => panic!("{other:?}"),
        }
    }

    pub async fn makes_room(&self, by: UserId, name: &str, visibility: Visibility) -> RoomId {
        let name = RoomName::parse(name).unwrap();
        self.enters(by, Action::CreateRoom { name, topic: Topic::empty(), visibility }).await.room.id
    }

    /// The room where everyone lands.
    pub async fn general(&self, by: UserId) -> RoomId {
        self.rooms(by).await.iter().find(|membership| membership.room.is_default).unwrap().room.id
    }

    pub async fn rooms(&self, by: UserId) -> Vec<Membership> {
        self.reads(move |conn| rooms::of_user(conn, by)).await
    }

    pub async fn room(&self, by: UserId, room: RoomId) -> Membership {
        self.reads(move |conn| rooms::membership(conn, by, room)).await
    }

    pub async fn reads<T: Send + 'static>(&self, query: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static) -> T {
        self.store.read(query).await.unwrap()
    }

    /// Everything the sink was told since this was asked last.
    pub fn hears(&self) -> Vec<Commit> {
        std::mem::take(&mut *self.heard.commits.lock())
    }

    pub fn hears_entries(&self) -> Vec<LogEntry> {
        self.hears().into_iter().flat_map(|commit| commit.entries).collect()
    }

    pub fn hears_effects(&self) -> Vec<Effect> {
        self.hears().into_iter().flat_map(|commit| commit.effects).collect()
    }

    /// How many commits each transaction had, since this was asked last.
    pub fn batches(&self) -> Vec<usize> {
        std::mem::take(&mut *self.heard.batches.lock())
    }

    /// Holds the writer inside a job until the sender is used or dropped: what is sent meanwhile waits together.
    pub async fn holds_the_writer(&self) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let (held, begun) = (Mutex::new(held), Mutex::new(Some(begun)));
        let store = self.store.clone();
        tokio::spawn(async move {
            store
                .write(move |_| {
                    begun.lock().take().map(|begun| begun.send(()));
                    let _ = held.lock().recv_timeout(Duration::from_secs(20));
                    Ok(())
                })
                .await
        });
        has_begun.await.unwrap();
        release
    }

    /// Whether anyone can connect to this database on Postgres; who is connected is cut off.
    pub fn allows_connections(&self, allow: bool) {
        let Home::Server { server, name } = &self.home else { panic!("a file needs no connection") };
        let statements = format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS {allow}; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        PgConnection::establish(server).unwrap().batch_execute(&statements).unwrap();
    }

    /// Where SQLite writes before anything else.
    pub fn sqlite_log(&self) -> PathBuf {
        let DatabaseUrl::Sqlite(path) = &self.url else { panic!("it keeps its log itself") };
        path.with_extension("db-wal")
    }

    /// How many messages are of somebody of whom it is not noted that they posted in that room.
    pub fn messages_of_forgotten_authors(&self) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Counted {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let query = diesel::sql_query(
            "SELECT count(*) AS count FROM messages \
             WHERE NOT EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = messages.room_id AND m.user_id = author_id AND m.has_posted) \
             AND NOT EXISTS (SELECT 1 FROM past_authors p WHERE p.room_id = messages.room_id AND p.user_id = author_id)",
        );
        let counted: QueryResult<Counted> = match &self.url {
            DatabaseUrl::Sqlite(path) => query.get_result(&mut SqliteConnection::establish(path.to_str().unwrap()).unwrap()),
            DatabaseUrl::Postgres(url) => query.get_result(&mut PgConnection::establish(url).unwrap()),
        };
        counted.unwrap().count
    }

    /// Statements of the test's own, past all rules.
    pub fn sql(&self, statements: &str) {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut connection = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                connection.batch_execute(statements).unwrap();
            }
            DatabaseUrl::Postgres(url) => PgConnection::establish(url).unwrap().batch_execute(statements).unwrap(),
        }
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        self.store.close();
    }
}

pub fn new_user(name: &str, role: PlaceRole) -> NewUser {
    NewUser {
        username: Username::parse(name).unwrap(),
        display_name: DisplayName::parse(name).unwrap(),
        password_hash: "$argon2id$not-a-real-one".into(),
        role,
    }
}

pub fn content(text: &str) -> Content {
    let body = MessageBody::parse(text, 8_000).unwrap();
    Content { body, html: SafeHtml::vouched_for(format!("<p>{text}</p>")), renderer: 1 }
}

pub fn new_client_id() -> ClientId {
    ClientId::from_uuid(Uuid::new_v4())
}

pub fn post(room: RoomId, text: &str) -> Action {
    post_as(new_client_id(), room, text)
}

pub fn post_as(client_id: ClientId, room: RoomId, text: &str) -> Action {
    Action::Post { room, client_id, content: content(text) }
}

/// Someone who has signed in and asks from this machine.
pub fn in_person(user: UserId) -> By {
    By { user, credential: Credential::Login(LoginSessionId::new(0)), grant: Grant::FULL, address: [127, 0, 0, 1].into() }
}
