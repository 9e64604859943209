//! Why the store could not do it, and the one place that reads the databases' own words for it.

use std::fmt;

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error};

use crate::domain::{Code, Refusal};

/// Every way a read or a write of the store can fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// The rules say no. Nothing was stored.
    Refused(Refusal),
    /// Too much waits already. Nothing was stored; try again soon.
    Busy,
    /// The database could not take it now (disk full, locked by another program, read-only). Nothing was stored.
    NotStored(Cause),
    /// COMMIT was sent and its answer was lost: it may be stored or not. Sending it again with the same `client_id` is safe.
    Unknown(Cause),
    /// The database cannot be reached.
    Unavailable(Cause),
    /// The database cannot be used as it is: one sentence that tells the operator what to do.
    Setup(String),
    /// The database answered what it never should.
    Broken(Cause),
}

/// What the database said, and what that means for trying again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub trouble: Trouble,
    text: String,
}

/// The kinds of trouble that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another transaction came in between (deadlock, serialization, a row that both made). Running it again can succeed.
    Conflict,
    /// The connection is gone. Running it again on a new one can succeed.
    Lost,
    /// Another program holds the database, or a lock was waited for too long.
    Locked,
    /// No room on the disk.
    Full,
    /// The file may not be written.
    ReadOnly,
    /// The disk failed to read or write.
    Disk,
    /// Anything else: an error in Snug, or in the database's contents.
    Other,
}

impl Cause {
    /// A cause of Snug's own.
    pub fn of(trouble: Trouble, text: impl Into<String>) -> Self {
        Self { trouble, text: text.into() }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StoreError {
    /// Stored data that cannot be what Snug wrote.
    pub(super) fn broken(text: impl Into<String>) -> Self {
        Self::Broken(Cause::of(Trouble::Other, text))
    }

    /// What kind of trouble it was, where it was any.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::NotStored(cause) | Self::Unknown(cause) | Self::Unavailable(cause) | Self::Broken(cause) => Some(cause.trouble),
            Self::Refused(_) | Self::Busy | Self::Setup(_) => None,
        }
    }

    /// Why, for one that is no answer to a single job.
    pub(super) fn into_cause(self) -> Cause {
        match self {
            Self::NotStored(cause) | Self::Unknown(cause) | Self::Unavailable(cause) | Self::Broken(cause) => cause,
            Self::Refused(_) | Self::Busy | Self::Setup(_) => Cause::of(Trouble::Other, self.to_string()),
        }
    }

    /// From a cause, by what it means to the caller.
    pub(super) fn from_cause(cause: Cause) -> Self {
        match cause.trouble {
            Trouble::Conflict | Trouble::Locked | Trouble::Full | Trouble::ReadOnly | Trouble::Disk => Self::NotStored(cause),
            Trouble::Lost => Self::Unavailable(cause),
            Trouble::Other => Self::Broken(cause),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Busy => f.write_str("too much waits for the database"),
            Self::NotStored(cause) => write!(f, "not stored: {cause}"),
            Self::Unknown(cause) => write!(f, "may or may not be stored: {cause}"),
            Self::Unavailable(cause) => write!(f, "the database cannot be reached: {cause}"),
            Self::Setup(sentence) => f.write_str(sentence),
            Self::Broken(cause) => write!(f, "the database answered unexpectedly: {cause}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a client is told. The cause stays in the log.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal,
            StoreError::Busy => Self::of(Code::Busy, "The server is busy; try again in a moment.").retry_after_ms(1_000),
            StoreError::NotStored(Cause { trouble: Trouble::Full, .. }) => {
                Self::of(Code::NotStored, "The server's disk is full; nothing was stored.").retry_after_ms(30_000)
            }
            StoreError::NotStored(_) => Self::of(Code::NotStored, "This was not stored; try again in a moment.").retry_after_ms(2_000),
            StoreError::Unknown(_) => {
                Self::of(Code::Unknown, "This may or may not be stored; send it again with the same client_id.").retry_after_ms(1_000)
            }
            StoreError::Unavailable(_) => {
                Self::of(Code::Unavailable, "The server cannot reach its database; try again in a moment.").retry_after_ms(2_000)
            }
            StoreError::Setup(_) | StoreError::Broken(_) => {
                Self::of(Code::Internal, "Something failed on the server; it has been written to its log.")
            }
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::from_cause(Cause::from(error))
    }
}

impl From<ConnectionError> for Cause {
    fn from(error: ConnectionError) -> Self {
        let text = error.to_string();
        let trouble = match by_sqlite_text(&text) {
            Trouble::Other => Trouble::Lost,
            told => told,
        };
        Self { trouble, text }
    }
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        let (trouble, text) = match &error {
            Error::DatabaseError(kind, information) => {
                // Not the details: Postgres puts the whole row there, and a message's body does not belong into a log.
                let text = match information.constraint_name() {
                    Some(constraint) => format!("{} ({constraint})", information.message()),
                    None => information.message().to_owned(),
                };
                (by_kind(kind, information.message()), text)
            }
            Error::BrokenTransactionManager => (Trouble::Lost, error.to_string()),
            Error::RollbackErrorOnCommit { commit_error, rollback_error } => {
                let trouble = commit_error_trouble(commit_error);
                (trouble, format!("{commit_error}; then ROLLBACK failed too: {rollback_error}"))
            }
            _ => (Trouble::Other, error.to_string()),
        };
        Self { trouble, text }
    }
}

fn commit_error_trouble(error: &Error) -> Trouble {
    match error {
        Error::DatabaseError(kind, information) => by_kind(kind, information.message()),
        _ => Trouble::Other,
    }
}

fn by_kind(kind: &DatabaseErrorKind, message: &str) -> Trouble {
    match kind {
        // Where it means something to the caller (a name that is taken) the query has turned it into a refusal already. What is left
        // is a row that another node has just made, and the second run finds it.
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure => Trouble::Conflict,
        // The second: libpq knows already that it has lost its connection.
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => Trouble::Lost,
        DatabaseErrorKind::ReadOnlyTransaction => Trouble::ReadOnly,
        DatabaseErrorKind::Unknown => match by_sqlite_text(message) {
            Trouble::Other => by_postgres_text(message),
            told => told,
        },
        _ => Trouble::Other,
    }
}

/// SQLite's result codes arrive as the fixed texts of `sqlite3_errstr`.
fn by_sqlite_text(text: &str) -> Trouble {
    const TEXTS: [(&str, Trouble); 9] = [
        ("database is locked", Trouble::Locked),
        ("database table is locked", Trouble::Locked),
        ("locking protocol", Trouble::Locked),
        ("database or disk is full", Trouble::Full),
        ("attempt to write a readonly database", Trouble::ReadOnly),
        ("disk I/O error", Trouble::Disk),
        ("unable to open database file", Trouble::Disk),
        ("database disk image is malformed", Trouble::Disk),
        ("file is not a database", Trouble::Disk),
    ];
    TEXTS.iter().find(|(known, _)| text.contains(known)).map_or(Trouble::Other, |(_, trouble)| *trouble)
}

/// diesel names few of Postgres's states, so the others are known by their fixed English primary message; the connection asks for
/// messages in English (`lc_messages`).
fn by_postgres_text(text: &str) -> Trouble {
    const TEXTS: [(&str, Trouble); 15] = [
        ("deadlock detected", Trouble::Conflict),
        ("could not serialize access", Trouble::Conflict),
        ("canceling statement due to lock timeout", Trouble::Locked),
        ("canceling statement due to statement timeout", Trouble::Locked),
        ("could not extend file", Trouble::Full),
        ("No space left on device", Trouble::Full),
        ("cannot execute", Trouble::ReadOnly),
        ("terminating connection", Trouble::Lost),
        ("server closed the connection", Trouble::Lost),
        ("connection to server", Trouble::Lost),
        ("no connection to the server", Trouble::Lost),
        ("could not receive data from server", Trouble::Lost),
        ("could not send data to server", Trouble::Lost),
        ("the database system is", Trouble::Lost),
        ("too many clients already", Trouble::Lost),
    ];
    TEXTS.iter().find(|(known, _)| text.contains(known)).map_or(Trouble::Other, |(_, trouble)| *trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> StoreError {
        StoreError::from(Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())))
    }

    #[test]
    fn the_databases_words_become_what_they_mean() {
        for (said, code) in [
            ("database is locked", Code::NotStored),
            ("database or disk is full", Code::NotStored),
            ("disk I/O error", Code::NotStored),
            ("attempt to write a readonly database", Code::NotStored),
            ("deadlock detected", Code::NotStored),
            ("cannot execute INSERT in a read-only transaction", Code::NotStored),
            ("server closed the connection unexpectedly", Code::Unavailable),
            ("no such table: rooms", Code::Internal),
        ] {
            assert_eq!(Refusal::from(unknown(said)).code, code, "{said}");
        }
        assert_eq!(Refusal::from(unknown("database or disk is full")).retry_after_ms, Some(30_000));
        for kind in [DatabaseErrorKind::ClosedConnection, DatabaseErrorKind::UnableToSendCommand] {
            let error = StoreError::from(Error::DatabaseError(kind, Box::new("no connection to the server\n".to_owned())));
            assert_eq!(error.trouble(), Some(Trouble::Lost));
        }
    }
}
