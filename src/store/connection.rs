//! One connection to either database.

use diesel::{PgConnection, SqliteConnection};

pub use any::AnyConnection as Connection;

/// The derive brings diesel's own `Connection` into scope beside the enum, so the enum has another name in here.
mod any {
    use super::{PgConnection, SqliteConnection};

    /// A connection to SQLite or to Postgres; queries are written once for both.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        Sqlite(SqliteConnection),
        Postgres(PgConnection),
    }
}
