//! What came of a job, and of a transaction.

use crate::domain::{LogEntry, Outcome};
use crate::store::actions::Posted;
use crate::store::{Cause, Effect, StoreError, Trouble};

/// What came of one job inside a transaction.
pub struct Ran {
    pub answer: Result<Option<Outcome>, StoreError>,
    pub entries: Vec<LogEntry>,
    pub effects: Vec<Effect>,
}

/// Why a transaction as a whole came to nothing.
pub enum Failed {
    /// Nothing of it is stored.
    Undone(Cause),
    /// COMMIT was sent, and whether it was carried out cannot be known.
    Unknown(Cause),
}

/// How a transaction ended that came as far as COMMIT.
pub enum Ended {
    Committed(Vec<Ran>),
    /// COMMIT was not answered, or with an error that leaves it open.
    Unanswered(Vec<Ran>, Cause),
}

impl From<Posted> for Ran {
    fn from(Posted { answer, entry, effect }: Posted) -> Self {
        let answer = answer.map(Some).map_err(StoreError::Refused);
        Self { answer, entries: Vec::from_iter(entry), effects: Vec::from_iter(effect) }
    }
}

impl Ran {
    /// A job that came to nothing.
    pub fn failed(error: StoreError) -> Self {
        Self { answer: Err(error), entries: Vec::new(), effects: Vec::new() }
    }

    /// Writes a failure to the log, once its job is not run again. A refusal is no failure.
    pub fn note(&self) {
        if let Err(error) = &self.answer
            && error.trouble().is_some()
        {
            tracing::error!(%error, "a change was not stored");
        }
    }

    /// Whether another run, alone, may end better. A refusal is an answer, and a full disk or a lock that was waited for is one too.
    pub fn deserves_another_run(&self) -> bool {
        let trouble = self.answer.as_ref().err().and_then(StoreError::trouble);
        matches!(trouble, Some(Trouble::Conflict | Trouble::Lost | Trouble::Other))
    }
}
