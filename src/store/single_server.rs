//! One server for each SQLite file.

use std::fs::File;

use super::{DatabaseUrl, StoreError};

/// Held by the running server, so that a second one on the same SQLite file refuses to start. The command line does not take it: it
/// writes beside the running server, and the database's own locks keep the two apart.
#[derive(Debug)]
pub struct SingleServer {
    _lock: Option<File>,
}

impl SingleServer {
    /// Takes the lock file beside a SQLite database. On Postgres several servers may run, and there is nothing to take.
    ///
    /// # Errors
    /// [`StoreError::Setup`] where another server holds it.
    pub fn acquire(_url: &DatabaseUrl) -> Result<Self, StoreError> {
        todo!()
    }
}
