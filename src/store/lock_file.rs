//! A file beside a SQLite database that is there to be locked. Not the database itself: to close a file of it would end SQLite's own locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// It stays when it is unlocked. The kernel unlocks it when this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    file: File,
}

impl LockFile {
    /// The file with the database's name and this ending, made where it is not there, for its owner alone.
    ///
    /// # Errors
    /// [`StoreError::Setup`] where the folder cannot be written; so for the other functions where the system does not lock it.
    pub fn beside(database: &Path, ending: &str) -> Result<Self, StoreError> {
        let mut path = database.to_owned().into_os_string();
        path.push(ending);
        let path = PathBuf::from(path);
        match OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(cannot_write(&path, &error)),
        }
    }

    /// Locks it, unless somebody else has: `false`.
    pub fn try_lock(&self) -> Result<bool, StoreError> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(cannot_write(&self.path, &error)),
        }
    }

    /// Waits for it.
    pub fn lock(&self) -> Result<(), StoreError> {
        self.file.lock().map_err(|error| cannot_write(&self.path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Setup(format!("Snug cannot write {} ({error}); give its user the right to write this folder.", path.display()))
}
