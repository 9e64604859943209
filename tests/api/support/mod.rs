//! A server of one's own for each story, and people who use it.

mod database;
mod person;
mod phone;
mod raw;

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use snug::config::Config;
use snug::routes::Edge;
use snug::startup::Application;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::time::timeout;

pub use database::Database;
pub use person::{Answer, Person};
pub use phone::{Phone, enrols};
pub use raw::Raw;

/// A story that is not told by then hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server that is told to stop has stopped by then, whatever its clients do.
const STOPPED: Duration = Duration::from_secs(5);

/// Makes two tests of each story: on SQLite and on Postgres.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {$(
        mod $story {
            #[test]
            fn on_sqlite() {
                $crate::support::tell($crate::support::Database::sqlite, super::$story);
            }

            #[test]
            fn on_postgres() {
                $crate::support::tell($crate::support::Database::postgres, super::$story);
            }
        }
    )+};
}
pub(crate) use on_both;

/// A running server.
pub struct App {
    /// Where it is, such as `http://127.0.0.1:40123`.
    pub url: String,
    /// What its handlers are given: for what no client could bring about, such as a link that expired long ago.
    pub edge: Edge,
    /// The wizard's code, as the terminal printed it.
    pub code: Option<String>,
}

/// Starts a server with generous limits, tells the story and takes the server down.
pub fn tell<F: Future<Output = ()>>(database: impl FnOnce() -> Database, story: impl FnOnce(App) -> F) {
    tell_with(database, |_| {}, story);
}

/// The same with other settings.
pub fn tell_with<F: Future<Output = ()>>(
    database: impl FnOnce() -> Database,
    change: impl FnOnce(&mut Config),
    story: impl FnOnce(App) -> F,
) {
    let (database, folder) = (database(), TempDir::new().unwrap());
    let mut config = Config::default();
    config.listen.bind = ([127, 0, 0, 1], 0).into();
    config.listen.workers = 2.try_into().unwrap();
    config.storage.data_dir = folder.path().join("data");
    config.storage.database = database.url();
    config.limits.sign_in_per_minute = 100_000;
    change(&mut config);

    actix_web::rt::System::new().block_on(async {
        let application = Application::build(&config).await.unwrap();
        let edge = application.edge().clone();
        let app = App { url: format!("http://{}", application.address()), code: edge.door.setup_code.to_print(), edge: edge.clone() };
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = actix_web::rt::spawn(application.run_until(async move { drop(stopped.await) }));
        timeout(DEADLINE, story(app)).await.expect("the story hangs");
        drop(stop);
        timeout(STOPPED, serving).await.expect("the server does not stop").unwrap().unwrap();
        assert_eq!(edge.live.count(), 0, "a session outlived its server");
    });
}

impl App {
    /// Someone with a browser of their own who has not signed in.
    pub fn stranger(&self) -> Person {
        Person::new(self)
    }

    /// The place "Acme" with its owner Olga, made by the wizard. Sign-up is by invite.
    pub async fn owner(&self) -> Person {
        let mut olga = self.stranger();
        let asked = wizard(self.code.as_deref().expect("the place stands already"));
        let made = olga.post("/setup", asked).await.is(201);
        olga.becomes(&made);
        olga
    }

    /// A new member of Olga's place.
    pub async fn member(&self, olga: &Person, name: &str) -> Person {
        let invite = olga.invite(json!({})).await;
        let mut person = self.stranger();
        let made = person.post("/sign-up", sign_up(name, Some(&invite))).await.is(201);
        person.becomes(&made);
        person
    }
}

/// A password that nobody would guess first.
pub const PASSWORD: &str = "herring under fur coat";

/// The wizard's answers with this code.
pub fn wizard(code: &str) -> Value {
    json!({"code": code, "place_name": "Acme", "sign_up": "invite", "username": "olga", "display_name": "Olga", "password": PASSWORD})
}

/// The answers of the sign-up form.
pub fn sign_up(name: &str, invite: Option<&str>) -> Value {
    let mut form = json!({"username": name, "display_name": name.to_uppercase(), "password": PASSWORD});
    if let Some(invite) = invite {
        form["invite"] = invite.into();
    }
    form
}

/// A new client_id.
pub fn client_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
