//! The application on a port of its own with a folder of its own.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use snug::config::Config;
use snug::domain::Limits;
use snug::routes::Edge;
use snug::startup::Application;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::database::Database;
use super::person::Person;

pub const PASSWORD: &str = "a quiet harbour 7";

/// Two, whatever the machine has.
fn several_workers() -> Config {
    let mut config = Config::default();
    config.listen.workers = NonZeroUsize::MIN.saturating_add(1);
    config
}

pub struct App {
    pub url: String,
    pub edge: Edge,
    pub database_url: String,
    invite: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
    pub folder: Arc<TempDir>,
}

impl App {
    /// With limits that no test meets by accident, and its owner, who is signed in.
    pub async fn start() -> (Self, Person) {
        let limits = Limits { posts_per_second: 100_000, posts_burst: 100_000, sign_in_per_minute: 1_000, ..Limits::default() };
        Self::with_limits(limits).await
    }

    pub async fn with_limits(limits: Limits) -> (Self, Person) {
        let mut config = Config { limits, ..several_workers() };
        config.storage.database = Database::sqlite().url();
        Self::set_up(config, Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// On a machine with one core, or told to use one.
    pub async fn with_one_worker() -> (Self, Person) {
        let mut config = Config::default();
        config.listen.workers = NonZeroUsize::MIN;
        config.storage.database = Database::sqlite().url();
        Self::set_up(config, Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// The first node on this database.
    pub async fn on(database: &Database) -> (Self, Person) {
        let mut config = several_workers();
        config.storage.database = database.url();
        Self::set_up(config, Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// Another node on this database, with the same secrets.
    pub async fn beside(first: &Self, database: &Database) -> Self {
        let mut config = several_workers();
        config.storage.database = database.url();
        let mut node = Self::run(config, Arc::clone(&first.folder)).await;
        node.invite.clone_from(&first.invite);
        node
    }

    /// The same place after a stop.
    pub async fn again(database: &Database, folder: &Arc<TempDir>) -> Self {
        let mut config = several_workers();
        config.storage.database = database.url();
        Self::run(config, Arc::clone(folder)).await
    }

    async fn set_up(config: Config, folder: Arc<TempDir>) -> (Self, Person) {
        let mut app = Self::run(config, folder).await;
        let owner = Person::new(&app.url);
        let code = app.edge.door.setup_code.to_print().unwrap();
        let established = owner
            .posts_json(
                "setup",
                &serde_json::json!({"code": code, "place_name": "Harbour", "sign_up": "invite", "username": "olga",
                    "display_name": "Olga", "password": PASSWORD}),
            )
            .await;
        app.invite = established["invite"]["token"].as_str().unwrap().to_owned();
        let owner = owner.called(&established);
        (app, owner)
    }

    async fn run(mut config: Config, folder: Arc<TempDir>) -> Self {
        config.listen.bind = ([127, 0, 0, 1], 0).into();
        config.storage.data_dir = folder.path().to_owned();
        let application = Application::build(&config).await.unwrap();
        let (url, edge) = (format!("http://{}", application.address()), application.edge().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = actix_web::rt::spawn(application.run_until(async {
            let _ = stopped.await;
        }));
        let database_url = config.storage.database_url().expose();
        Self { url, edge, database_url, invite: String::new(), stop: Some(stop), running, folder }
    }

    /// Someone new, signed up by the invite link.
    pub async fn newcomer(&self, username: &str) -> Person {
        let person = Person::new(&self.url);
        let signed_up = person
            .posts_json(
                "sign-up",
                &serde_json::json!({"invite": self.invite, "username": username, "display_name": username, "password": PASSWORD}),
            )
            .await;
        person.called(&signed_up)
    }

    /// Waits until no session is left.
    pub async fn is_quiet(&self) {
        let quiet = async {
            while self.edge.live.count() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), quiet).await.expect("a session is left");
    }

    /// Stops the server, which ends what is open.
    pub async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.await.unwrap().unwrap();
        assert_eq!(self.edge.live.count(), 0);
    }
}
