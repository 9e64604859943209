//! One connection to either database: how it is opened and what is set on it before anyone uses it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Text;

pub use any::{AnyConnection as Connection, MultiBackend};

use super::prepared::{BeginImmediate, CommitNow};
use super::{Cause, DatabaseUrl, StoreError, Trouble};
use crate::domain::RoomId;

/// The derive brings diesel's own `Connection` into scope beside the enum, so the enum has another name in here.
mod any {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to SQLite or to Postgres; queries are written once for both.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        Sqlite(SqliteConnection),
        Postgres(PgConnection),
    }
}

/// Runs a query on whichever database it is, typed for each. `MultiConnection` runs the same query too, but spells its SQL out several
/// times on the way; what runs for every post and every handshake goes past that.
macro_rules! on_either {
    ($connection:expr, $conn:ident => $query:expr) => {
        match $connection {
            $crate::store::Connection::Sqlite($conn) => $query,
            $crate::store::Connection::Postgres($conn) => $query,
        }
    };
}
pub(super) use on_either;

/// How long a connection to SQLite waits for a lock that another one holds.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Queries from anywhere; cannot write.
    Read,
    /// Queries that find rows by their keys, before anything else is done for whoever asks; cannot write.
    ReadPromptly,
    /// The writer's own.
    Write,
}

/// Opens and checks the connections of one database. diesel's own manager would try SQLite on every address and lose the cause.
#[derive(Debug, Clone)]
pub struct Connector {
    pub url: DatabaseUrl,
    pub purpose: Purpose,
}

impl Connector {
    /// Whether it opens Postgres.
    pub const fn is_postgres(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// Opens a connection and sets it up.
    pub fn open(&self) -> Result<Connection, Cause> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => self.open_sqlite(path).map(Connection::Sqlite),
            DatabaseUrl::Postgres(url) => self.open_postgres(url).map(Connection::Postgres),
        }
    }

    fn open_sqlite(&self, path: &Path) -> Result<SqliteConnection, Cause> {
        let path = path.to_str().ok_or_else(|| Cause::of(Trouble::Disk, "unable to open database file: its path is not UTF-8"))?;
        // SQLite reads a path that begins with "file:" as an address of its own.
        let path = if path.starts_with("file:") { format!("./{path}") } else { path.to_owned() };
        let mut connection = SqliteConnection::establish(&path)?;
        // First of all, so that the next statements wait for their turn as well.
        connection.batch_execute(&format!("PRAGMA busy_timeout = {}", LOCK_PATIENCE.as_millis()))?;
        connection.batch_execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY")?;
        match self.purpose {
            // The writer has no use for the mapping: it would look through the log for pages that it holds in its cache.
            Purpose::Read | Purpose::ReadPromptly => {
                connection.batch_execute("PRAGMA mmap_size = 134217728; PRAGMA cache_size = -2000; PRAGMA query_only = ON")?
            }
            Purpose::Write => {
                use_write_ahead_log(&mut connection)?;
                // FULL: a transaction is on the disk when COMMIT returns. The log is copied back once it has 32 MB, not 4, so that
                // fewer commits wait for it.
                connection.batch_execute(
                    "PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 8000; \
                     PRAGMA journal_size_limit = 67108864",
                )?;
            }
        }
        Ok(connection)
    }

    fn open_postgres(&self, url: &str) -> Result<PgConnection, Cause> {
        let mut connection = PgConnection::establish(&impatient(url))?;
        // Only a superuser may choose the language of messages. Where it is refused, the few states that are known by their text
        // count as "other", and the writer runs such a job again alone.
        let _ = connection.batch_execute("SET lc_messages = 'C'");
        connection.batch_execute(
            "SET statement_timeout = '30s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s'; \
             SET default_transaction_isolation = 'read committed'",
        )?;
        if self.purpose != Purpose::Write {
            connection.batch_execute("SET default_transaction_read_only = on")?;
        }
        if self.purpose == Purpose::ReadPromptly {
            connection.batch_execute(BY_KEYS)?;
        }
        if setting(&mut connection, "synchronous_commit")? == "off" {
            return Err(Cause::of(Trouble::Other, SYNCHRONOUS_COMMIT_OFF));
        }
        Ok(connection)
    }
}

/// What runs for every post and every handshake is planned once. It looks rows up by their keys, and must not go on reading a whole table
/// or index because that was the quickest way while the table was small.
const BY_KEYS: &str = "SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off; \
     SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off";

/// libpq would wait for a silent machine for minutes, or for hours where the connection is open already. What the address says of it
/// itself stays.
fn impatient(url: &str) -> String {
    const PATIENCE: [(&str, u32); 5] = [
        ("connect_timeout", 5),
        ("keepalives_idle", 10),
        ("keepalives_interval", 5),
        ("keepalives_count", 3),
        ("tcp_user_timeout", 20_000),
    ];
    let mut patient = url.to_owned();
    for (name, value) in PATIENCE.iter().filter(|(name, _)| !url.contains(&format!("{name}="))) {
        let joint = if patient.contains('?') { '&' } else { '?' };
        patient.push_str(&format!("{joint}{name}={value}"));
    }
    patient
}

/// Refused, because Postgres would acknowledge what a crash then loses.
pub const SYNCHRONOUS_COMMIT_OFF: &str =
    "Postgres has synchronous_commit off for this database or user, and would lose acknowledged messages in a crash; set it to on.";

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

fn setting(connection: &mut PgConnection, name: &str) -> Result<String, Cause> {
    let row: Setting = diesel::sql_query("SELECT current_setting($1) AS value").bind::<Text, _>(name).get_result(connection)?;
    Ok(row.value)
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

/// SQLite does not wait for its busy timeout where a change of the journal mode meets another connection that opens or closes the same
/// file, so the waiting is done here.
fn use_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), Cause> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    let row: JournalMode = loop {
        match diesel::sql_query("PRAGMA journal_mode = WAL").get_result(connection).map_err(Cause::from) {
            Err(cause) if cause.trouble == Trouble::Locked && Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            answer => break answer?,
        }
    };
    match row.journal_mode.as_str() {
        "wal" => Ok(()),
        other => Err(Cause::of(Trouble::Disk, format!("the file system allows no write-ahead log (journal mode stays {other})"))),
    }
}

/// Runs `query` in a read-only transaction: all it reads is one moment's truth.
pub fn snapshot<T>(connection: &mut Connection, query: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
    match connection {
        Connection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN")?,
        Connection::Postgres(postgres) => {
            AnsiTransactionManager::begin_transaction_sql(postgres, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
    }
    let answer = query(connection);
    // A read has nothing to commit. Where ROLLBACK fails the transaction manager is broken, and the connection is given up.
    let ended = <Connection as TransactionManager<Connection>>::rollback_transaction(connection);
    let answer = answer?;
    ended?;
    Ok(answer)
}

/// Prepares the writer's connection, once the schema is there: how it plans, and what it asks in SQL that is no query of diesel's.
pub fn prepare(connection: &mut Connection) -> QueryResult<()> {
    match connection {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(postgres) => {
            postgres.batch_execute(BY_KEYS)?;
            postgres.batch_execute("PREPARE lock_rooms (bigint[]) AS SELECT FROM rooms WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        }
    }
}

/// Opens the writer's transaction. On SQLite it takes the write lock at once: a transaction that begins by reading and then wants to
/// write is refused at once when another has written meanwhile, whatever the busy timeout.
///
/// diesel is not told of it on SQLite, where its manager would have both statements parsed anew each time: a job must not use
/// `transaction`, and savepoints are the writer's alone.
///
/// On Postgres other nodes write too. The rooms that will be numbered are locked in one order, so that two batches never wait for each
/// other crosswise; from then on whatever is read of these rooms stays true until the end. Both in one journey.
pub fn begin(connection: &mut Connection, rooms: &[RoomId]) -> QueryResult<()> {
    match connection {
        Connection::Sqlite(sqlite) => BeginImmediate.execute(sqlite).map(drop),
        Connection::Postgres(postgres) if rooms.is_empty() => AnsiTransactionManager::begin_transaction_sql(postgres, "BEGIN"),
        Connection::Postgres(postgres) => {
            let rooms: Vec<String> = rooms.iter().map(|room| room.get().to_string()).collect();
            let begin = format!("BEGIN; EXECUTE lock_rooms ('{{{}}}')", rooms.join(","));
            AnsiTransactionManager::begin_transaction_sql(postgres, &begin).inspect_err(|_| {
                // It has begun where only the locking failed, and diesel does not know. Where this fails too, the connection is lost.
                let _ = postgres.batch_execute("ROLLBACK");
            })
        }
    }
}

/// Ends the writer's transaction with all it did.
pub fn commit(connection: &mut Connection) -> QueryResult<()> {
    match connection {
        Connection::Sqlite(sqlite) => CommitNow.execute(sqlite).map(drop),
        Connection::Postgres(postgres) => AnsiTransactionManager::commit_transaction(postgres),
    }
}

/// Ends the writer's transaction with nothing, where there is one: after some errors the database has ended it itself.
pub fn rollback(connection: &mut Connection) -> QueryResult<()> {
    let ended = match connection {
        Connection::Sqlite(sqlite) => sqlite.batch_execute("ROLLBACK"),
        Connection::Postgres(postgres) => AnsiTransactionManager::rollback_transaction(postgres),
    };
    match ended {
        Err(Error::NotInTransaction) => Ok(()),
        Err(Error::DatabaseError(_, said)) if said.message().contains("no transaction is active") => Ok(()),
        ended => ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(QueryableByName)]
    struct CompileOption {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }

    #[test]
    fn sqlite_is_compiled_as_the_project_says() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let options: Vec<CompileOption> = diesel::sql_query("PRAGMA compile_options").load(&mut connection).unwrap();
        let has = |name: &str| options.iter().any(|option| option.compile_options == name);
        assert!(has("THREADSAFE=2") && has("DEFAULT_MEMSTATUS=0"), "the settings of .cargo/config.toml were not used");
        assert!(!has("ENABLE_MEMORY_MANAGEMENT") && !has("ENABLE_API_ARMOR"));
    }

    #[test]
    fn a_transaction_that_the_database_has_ended_itself_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("snug.db"));
        let mut connection = Connector { url, purpose: Purpose::Write }.open().unwrap();
        begin(&mut connection, &[]).unwrap();
        assert!(begin(&mut connection, &[]).is_err(), "one within another");
        connection.batch_execute("ROLLBACK").unwrap();
        rollback(&mut connection).unwrap();
        begin(&mut connection, &[]).unwrap();
        commit(&mut connection).unwrap();
    }

    #[test]
    fn a_silent_postgres_is_not_waited_for_long_unless_the_address_says_so() {
        let ours = "keepalives_idle=10&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=20000";
        assert_eq!(impatient("postgres://db/snug"), format!("postgres://db/snug?connect_timeout=5&{ours}"));
        let theirs = "postgres://db/snug?connect_timeout=60";
        assert_eq!(impatient(theirs), format!("{theirs}&{ours}"));
    }
}
