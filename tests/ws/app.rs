//! The application on a port of its own with a folder of its own.

use std::time::Duration;

use snug::config::{Config, Listen, Storage};
use snug::domain::Limits;
use snug::routes::Edge;
use snug::startup::Application;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::person::Person;

pub const PASSWORD: &str = "a quiet harbour 7";

pub struct App {
    pub url: String,
    pub edge: Edge,
    invite: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<anyhow::Result<()>>,
    pub folder: TempDir,
}

impl App {
    /// With limits that no test meets by accident, and its owner, who is signed in.
    pub async fn start() -> (Self, Person) {
        let limits = Limits { posts_per_second: 100_000, posts_burst: 100_000, sign_in_per_minute: 1_000, ..Limits::default() };
        Self::with_limits(limits).await
    }

    pub async fn with_limits(limits: Limits) -> (Self, Person) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            listen: Listen { bind: ([127, 0, 0, 1], 0).into(), workers: 2.try_into().unwrap() },
            storage: Storage { data_dir: folder.path().to_owned(), database: None },
            limits,
            ..Config::default()
        };
        let application = Application::build(&config).await.unwrap();
        let (url, edge) = (format!("http://{}", application.address()), application.edge().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = actix_web::rt::spawn(application.run_until(async {
            let _ = stopped.await;
        }));
        let owner = Person::new(&url);
        let code = edge.door.setup_code.to_print().unwrap();
        let established = owner
            .posts_json(
                "setup",
                &serde_json::json!({"code": code, "place_name": "Harbour", "sign_up": "invite", "username": "olga",
                    "display_name": "Olga", "password": PASSWORD}),
            )
            .await;
        let invite = established["invite"]["token"].as_str().unwrap().to_owned();
        let owner = owner.called(&established);
        (Self { url, edge, invite, stop: Some(stop), running, folder }, owner)
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
