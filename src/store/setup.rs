//! Opening a database: is it a place where nothing gets lost, is it ours, is its schema this one.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Connector, Purpose, SYNCHRONOUS_COMMIT_OFF, prepare};
use super::lock_file::LockFile;
use super::{Cause, Connection, DatabaseUrl, StoreError, Trouble};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Opens the writer's connection on a database that is checked and up to date.
pub fn open(url: &DatabaseUrl) -> Result<Connection, StoreError> {
    if let DatabaseUrl::Sqlite(path) = url {
        prepare_file(path)?;
    }
    let connector = Connector { url: url.clone(), purpose: Purpose::Write };
    let mut connection = connector.open().map_err(|cause| in_words(url, &cause))?;
    match (&mut connection, url) {
        (Connection::Sqlite(sqlite), DatabaseUrl::Sqlite(path)) => migrate_sqlite(sqlite, path),
        (Connection::Postgres(postgres), _) => migrate_postgres(postgres),
        (Connection::Sqlite(_), DatabaseUrl::Postgres(_)) => Ok(()),
    }
    .and_then(|()| Ok(prepare(&mut connection)?))
    .map_err(|error| match error {
        StoreError::Setup(_) => error,
        other => in_words(url, &Cause::of(other.trouble().unwrap_or(Trouble::Other), other.to_string())),
    })?;
    Ok(connection)
}

/// Makes the file readable by its owner alone, before SQLite would make it readable by everyone.
fn prepare_file(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    refuse_network_file_system(folder)?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(StoreError::Setup(format!("The folder {} does not exist; make it, or name another database.", folder.display())))
        }
        Err(error) => Err(cannot_write(path, &error.to_string())),
    }
}

/// WAL needs memory that processes share, which NFS and SMB do not give between machines: two of them would corrupt the file.
fn refuse_network_file_system(folder: &Path) -> Result<(), StoreError> {
    #[cfg(target_os = "linux")]
    if let Ok(file_system) = rustix::fs::statfs(folder)
        && is_network_file_system(file_system.f_type as u32)
    {
        return Err(StoreError::Setup(format!(
            "{} is on a network file system, where SQLite loses data; put the database on a local disk, or use Postgres.",
            folder.display()
        )));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
    Ok(())
}

/// NFS, SMB, CIFS and SMB2 by their numbers in linux/magic.h, of which the upper half of a wide word is only sign.
#[cfg(target_os = "linux")]
const fn is_network_file_system(magic: u32) -> bool {
    matches!(magic, 0x6969 | 0x517b | 0xff53_4d42 | 0xfe53_4d42)
}

fn migrate_sqlite(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let found = tables(connection)?;
    if found.ours == 0 && found.others > 0 {
        return Err(StoreError::Setup(format!("{} is another program's database; name another file.", path.display())));
    }
    if pending(connection, &SQLITE)?.is_empty() {
        return Ok(());
    }
    // A server and a command may start at once: one copies and migrates, the others wait for it, and then find nothing left to do.
    let _alone = lock(path)?;
    let pending = pending(connection, &SQLITE)?;
    if !pending.is_empty() && tables(connection)?.others > 0 {
        copy(connection, path)?;
    }
    run(connection, &pending)
}

#[derive(QueryableByName)]
struct Tables {
    #[diesel(sql_type = BigInt)]
    ours: i64,
    #[diesel(sql_type = BigInt)]
    others: i64,
}

/// How many tables there are: diesel's own record of migrations, and all the rest.
fn tables(connection: &mut SqliteConnection) -> Result<Tables, StoreError> {
    let counts = "SELECT count(*) FILTER (WHERE name = '__diesel_schema_migrations') AS ours, \
                  count(*) FILTER (WHERE name <> '__diesel_schema_migrations') AS others FROM sqlite_master WHERE type = 'table'";
    Ok(diesel::sql_query(counts).get_result(connection)?)
}

/// Waits until nobody else migrates this file, and keeps others waiting until the lock is dropped. (The server holds its own by now.)
fn lock(path: &Path) -> Result<LockFile, StoreError> {
    let lock = LockFile::beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), ".migrating")?;
    if !lock.try_lock()? {
        tracing::info!("waiting for another Snug that migrates this database");
        lock.lock()?;
    }
    Ok(lock)
}

fn migrate_postgres(connection: &mut PgConnection) -> Result<(), StoreError> {
    // Several nodes may start at once: one migrates, the others wait for it. Migrations of big tables may take their time.
    connection.batch_execute(
        "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7310855311); \
         SET lock_timeout = '5s'",
    )?;
    let pending = pending(connection, &POSTGRES)?;
    run(connection, &pending)?;
    connection.batch_execute("SELECT pg_advisory_unlock(7310855311); SET statement_timeout = '30s'")?;
    Ok(())
}

/// Refuses a database that a newer Snug has migrated, and finds what is to be done on an older one.
fn pending<DB: Backend, C: MigrationHarness<DB>>(
    connection: &mut C,
    known: &EmbeddedMigrations,
) -> Result<Vec<Box<dyn Migration<DB>>>, StoreError> {
    let mut mine = MigrationSource::<DB>::migrations(known).map_err(|error| StoreError::broken(error.to_string()))?;
    mine.sort_unstable_by(|one, other| one.name().version().cmp(&other.name().version()));
    let applied = connection.applied_migrations().map_err(|error| StoreError::broken(error.to_string()))?;
    if let Some(newer) = applied.iter().find(|version| !mine.iter().any(|migration| migration.name().version() == **version)) {
        return Err(StoreError::Setup(format!(
            "This database was migrated by a newer Snug (it has {newer}, which {} does not know); use that version, or restore the copy \
             that was made before the migration.",
            env!("CARGO_PKG_VERSION")
        )));
    }
    mine.retain(|migration| !applied.contains(&migration.name().version()));
    Ok(mine)
}

fn run<DB: Backend, C: MigrationHarness<DB>>(connection: &mut C, pending: &[Box<dyn Migration<DB>>]) -> Result<(), StoreError> {
    for migration in pending {
        connection
            .run_migration(migration)
            .map_err(|error| StoreError::Setup(format!("The database could not be migrated: {}.", one_line(&error.to_string()))))?;
    }
    Ok(())
}

/// The same file with the WAL in it, as of now, beside the database: `<name>.before-<version>`.
fn copy(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or(OsStr::new("snug.db"));
    let mut copy = name.to_os_string();
    copy.push(format!(".before-{}", env!("CARGO_PKG_VERSION")));
    // A copy that is there already is of an earlier attempt, from before anything went wrong: it stays.
    let mut target = path.with_file_name(&copy);
    let mut attempt = 1;
    while target.exists() {
        attempt += 1;
        let mut numbered = copy.clone();
        numbered.push(format!("-{attempt}"));
        target = path.with_file_name(numbered);
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target).map_err(|error| cannot_write(&target, &error.to_string()))?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target.display().to_string()).execute(connection)?;
    tracing::info!(copy = %target.display(), "copied the database before migrating it");
    Ok(())
}

fn cannot_write(path: &Path, why: &str) -> StoreError {
    StoreError::Setup(format!("Snug cannot write {} ({why}); give its user the right to write the file and its folder.", path.display()))
}

/// One sentence for the operator.
fn in_words(url: &DatabaseUrl, cause: &Cause) -> StoreError {
    let text = cause.to_string();
    if text == SYNCHRONOUS_COMMIT_OFF {
        return StoreError::Setup(text);
    }
    StoreError::Setup(match (url, cause.trouble) {
        (DatabaseUrl::Sqlite(_), _) if text.contains("file is not a database") => {
            format!("{url} is not a SQLite database; name another file, or move this one away.")
        }
        (DatabaseUrl::Sqlite(path), Trouble::ReadOnly | Trouble::Disk) => return cannot_write(path, &text),
        (DatabaseUrl::Sqlite(_), Trouble::Locked) => format!("{url} is locked by another program; stop that one first."),
        (_, Trouble::Full) => format!("There is no room left on the disk of {url}; make some."),
        (DatabaseUrl::Postgres(_), Trouble::Lost) => {
            format!("Postgres at {url} cannot be reached ({}); start it, or correct the database address.", one_line(&text))
        }
        _ => format!("The database {url} cannot be used: {}.", one_line(&text)),
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_number() {
        let (cifs, smb2, ext4, tmpfs) = (0xff53_4d42_u32, 0xfe53_4d42_u32, 0xef53_u32, 0x0102_1994_u32);
        // As a signed and as an unsigned word.
        for word in [i64::from(cifs.cast_signed()), i64::from(cifs), i64::from(smb2), 0x6969, 0x517b] {
            assert!(is_network_file_system(word as u32), "{word:x}");
        }
        for word in [ext4, tmpfs] {
            assert!(!is_network_file_system(word), "{word:x}");
        }
        assert!(refuse_network_file_system(tempfile::tempdir().unwrap().path()).is_ok());
    }
}
