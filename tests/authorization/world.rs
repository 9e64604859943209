//! A running server with its owner, which everyone in the table shares.

use actix_web::dev::ServerHandle;
use snug::config::Config;
use snug::domain::{DisplayName, Password, PlaceName, PlaceRole, SignUpMode, User, UserId, Username};
use snug::routes::Edge;
use snug::startup::Application;
use snug::store::place::{self, NewPlace};
use snug::store::users::{self, NewUser};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database::Database;

pub const PASSWORD: &str = "herring under fur coat";

/// Makes another server of what the real one is made of, where not that one shall be asked.
pub type Serve = fn(Edge) -> Option<(String, ServerHandle)>;

pub struct World {
    /// Where the server is that is asked.
    pub url: String,
    pub edge: Edge,
    /// The first owner, who does what has to be done before something is asked.
    pub founder: UserId,
    password_hash: String,
    door: Option<ServerHandle>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

/// The server as it is.
pub fn whole(_: Edge) -> Option<(String, ServerHandle)> {
    None
}

impl World {
    pub async fn begin(database: &Database, serve: Serve) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = Config::default();
        config.listen.bind = ([127, 0, 0, 1], 0).into();
        config.listen.workers = 1.try_into().unwrap();
        config.storage.data_dir = folder.path().join("data");
        config.storage.database = database.url();
        // No cell is refused for haste.
        config.limits.sign_in_per_minute = 100_000;
        config.limits.posts_per_second = 100_000;
        config.limits.posts_burst = 100_000;
        config.limits.handshakes_per_second = 100_000;
        let application = Application::build(&config).await.unwrap();
        let (own, edge) = (format!("http://{}", application.address()), application.edge().clone());
        let (url, door) = serve(edge.clone()).map_or((own, None), |(url, door)| (url, Some(door)));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = actix_web::rt::spawn(application.run_until(async move { drop(stopped.await) }));
        let password_hash = edge.door.passwords.hash(Password::parse(PASSWORD).unwrap()).await.unwrap();
        let new = NewPlace {
            name: PlaceName::parse("Acme").unwrap(),
            sign_up: SignUpMode::Open,
            owner: new_user("founder", &password_hash, PlaceRole::Owner),
        };
        let founder = edge.store.write(move |tx| place::establish(tx, &new)).await.unwrap().id;
        Self { url, edge, founder, password_hash, door, stop: Some(stop), running, _folder: folder }
    }

    /// An account that is to be made.
    pub fn newcomer(&self, role: PlaceRole) -> NewUser {
        new_user(&unheard_of("user"), &self.password_hash, role)
    }

    pub async fn account(&self, role: PlaceRole) -> User {
        let new = self.newcomer(role);
        self.edge.store.write(move |tx| users::create(tx, &new)).await.unwrap()
    }

    pub async fn end(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.await.unwrap().unwrap();
        if let Some(door) = self.door {
            door.stop(false).await;
        }
    }
}

/// A name that nobody and nothing has.
pub fn unheard_of(what: &str) -> String {
    format!("{what}-{}", &uuid::Uuid::new_v4().simple().to_string()[..20])
}

fn new_user(name: &str, password_hash: &str, role: PlaceRole) -> NewUser {
    NewUser {
        username: Username::parse(name).unwrap(),
        display_name: DisplayName::parse(name).unwrap(),
        password_hash: password_hash.to_owned(),
        role,
    }
}
