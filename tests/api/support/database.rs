//! A database for one story.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use snug::config::DatabaseUrl;

/// Gone when it is dropped.
pub enum Database {
    /// The default: a file in the story's data folder.
    Sqlite,
    Postgres {
        server: String,
        name: String,
    },
}

impl Database {
    pub fn sqlite() -> Self {
        Self::Sqlite
    }

    pub fn postgres() -> Self {
        let server = std::env::var("SNUG_TEST_POSTGRES_URL")
            .expect("SNUG_TEST_POSTGRES_URL is not set; run `make test`, which starts a Postgres for the tests");
        let name = format!("snug_api_{}", uuid::Uuid::new_v4().simple());
        ask(&server, &format!("CREATE DATABASE {name}"));
        Self::Postgres { server, name }
    }

    /// What the setting says.
    pub fn url(&self) -> Option<DatabaseUrl> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { server, name } => {
                let (path, query) =
                    server.split_once('?').map_or((server.as_str(), String::new()), |(path, query)| (path, format!("?{query}")));
                let (host, _) = path.rsplit_once('/').unwrap();
                Some(DatabaseUrl::parse(&format!("{host}/{name}{query}")).unwrap())
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            ask(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn ask(server: &str, sql: &str) {
    PgConnection::establish(server).unwrap().batch_execute(sql).unwrap();
}
