//! What waits for the prompt reader.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::store::callers::{self, Caller};
use crate::store::{Connection, StoreError, Trouble};

/// Something to run, with those who wait for it; its types forgotten.
pub trait Waiting: Send {
    /// Whether nobody waits for it any more.
    fn is_over(&self) -> bool;

    /// Runs it and keeps what it finds, errors too.
    ///
    /// # Errors
    /// The connection is to be given up, and nothing was found: `fail` or another `run` follows.
    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreError>;

    /// It cannot be run.
    fn fail(&mut self, error: StoreError);

    /// Tells whoever waits.
    fn answer(self: Box<Self>);
}

/// A question and whoever waits for its answer.
pub struct Question<Q, T> {
    asks: Q,
    found: Option<Result<T, StoreError>>,
    asker: oneshot::Sender<Result<T, StoreError>>,
}

impl<Q, T> Question<Q, T> {
    /// With the end at which the answer arrives.
    pub fn new(asks: Q) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (asker, answer) = oneshot::channel();
        (Self { asks, found: None, asker }, answer)
    }

    /// Whether nobody waits for it any more.
    pub fn is_over(&self) -> bool {
        self.asker.is_closed()
    }

    fn answer(self) {
        if let Some(found) = self.found {
            // Whoever has gone away does not want to know.
            let _ = self.asker.send(found);
        }
    }
}

impl<Q, T> Waiting for Question<Q, T>
where
    Q: Fn(&mut Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn is_over(&self) -> bool {
        self.is_over()
    }

    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        self.found = Some(usable(|| (self.asks)(connection))?);
        Ok(())
    }

    fn fail(&mut self, error: StoreError) {
        self.found = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        (*self).answer();
    }
}

/// All who ask at once who is calling.
pub struct Callers(pub Vec<Question<callers::Asked, Option<Caller>>>);

impl Waiting for Callers {
    fn is_over(&self) -> bool {
        self.0.iter().all(Question::is_over)
    }

    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let asked: Vec<_> = self.0.iter().map(|question| question.asks).collect();
        match usable(|| callers::find(connection, &asked))? {
            Ok(found) => self.0.iter_mut().zip(found).for_each(|(question, found)| question.found = Some(found)),
            Err(error) => self.fail(error),
        }
        Ok(())
    }

    fn fail(&mut self, error: StoreError) {
        self.0.iter_mut().for_each(|question| question.found = Some(Err(error.clone())));
    }

    fn answer(self: Box<Self>) {
        self.0.into_iter().for_each(Question::answer);
    }
}

/// Runs a query. What it answers is its own affair, unless the connection is not to be used any more: it has died, or its file cannot be
/// read, which ends SQLite's transaction. Nor after a panic, which is the trouble of those who asked; the thread is for others as well.
fn usable<T>(run: impl FnOnce() -> Result<T, StoreError>) -> Result<Result<T, StoreError>, StoreError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Err(error)) if matches!(error.trouble(), Some(Trouble::Lost | Trouble::Disk)) => Err(error),
        Ok(answer) => Ok(answer),
        Err(_) => Err(did_not_end()),
    }
}

pub fn did_not_end() -> StoreError {
    StoreError::broken("a query did not end")
}
