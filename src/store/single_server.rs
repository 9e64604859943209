//! One server for each SQLite file.

use super::lock_file::LockFile;
use super::{DatabaseUrl, StoreError};

/// Held by the running server, so that a second one on the same SQLite file refuses to start: each would number and fan out without
/// hearing of the other's events. The command line does not take it: it writes beside the running server, where the database's own
/// locks keep the two apart.
#[derive(Debug)]
pub struct SingleServer {
    _lock: Option<LockFile>,
}

impl SingleServer {
    /// Takes the lock file beside a SQLite database. The kernel gives it back when the process ends, however it ends. On Postgres
    /// there is nothing to take.
    ///
    /// # Errors
    /// [`StoreError::Setup`] where another server holds it, or the folder cannot be written.
    pub fn acquire(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let DatabaseUrl::Sqlite(database) = url else {
            return Ok(Self { _lock: None });
        };
        let lock = LockFile::beside(database, ".lock")?;
        if lock.try_lock()? {
            return Ok(Self { _lock: Some(lock) });
        }
        Err(StoreError::Setup(format!(
            "Another Snug is running on {}; stop it first, or give this one a data folder of its own.",
            database.display()
        )))
    }
}
