//! One server for each SQLite file.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::{DatabaseUrl, StoreError};

/// Held by the running server, so that a second one on the same SQLite file refuses to start: each would number and fan out without
/// hearing of the other's events. The command line does not take it: it writes beside the running server, where the database's own
/// locks keep the two apart.
#[derive(Debug)]
pub struct SingleServer {
    _lock: Option<File>,
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
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let cannot = |error: std::io::Error| {
            StoreError::Setup(format!("Snug cannot write {} ({error}); give its user the right to write this folder.", path.display()))
        };
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Setup(format!(
                "Another Snug is running on {}; stop it first, or give this one a data folder of its own.",
                database.display()
            ))),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}
