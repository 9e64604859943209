//! What can be queued.

use tokio::sync::oneshot;

use crate::domain::{Outcome, RoomId};
use crate::store::actions::{self, Post};
use crate::store::{Append, StoreError, Transaction};

/// One job.
pub enum Job {
    /// An action of a user; its answer goes to the sink.
    Append(Append),
    /// Anything else; it answers its own caller.
    Call(Box<dyn Callable>),
}

impl Job {
    /// The room it will number, where that is known beforehand.
    pub fn room(&self) -> Option<RoomId> {
        match self {
            Self::Append(append) => append.action.room(),
            Self::Call(_) => None,
        }
    }

    /// The post, where it is one.
    pub fn post(&self) -> Option<Post<'_>> {
        match self {
            Self::Append(append) => Post::of(&append.by, &append.action),
            Self::Call(_) => None,
        }
    }

    /// Runs it. May be called again where the transaction of the first run was undone.
    pub fn run(&mut self, tx: &mut Transaction<'_>) -> Result<Option<Outcome>, StoreError> {
        match self {
            Self::Append(append) => actions::run(tx, &append.by, &append.action).map(Some),
            Self::Call(call) => call.run(tx).map(|()| None),
        }
    }
}

/// A closure with its caller, the type of the answer forgotten.
pub trait Callable: Send {
    /// Runs the closure and keeps what it answers.
    fn run(&mut self, tx: &mut Transaction<'_>) -> Result<(), StoreError>;

    /// Tells the caller: what was kept where the transaction was committed, else why not.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A closure with its caller.
pub struct Call<F, T> {
    closure: F,
    kept: Option<T>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Call<F, T> {
    /// Pairs the two.
    pub fn new(closure: F, caller: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { closure, kept: None, caller }
    }
}

impl<F, T> Callable for Call<F, T>
where
    F: Fn(&mut Transaction<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.kept = Some((self.closure)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { kept, caller, .. } = *self;
        let answer = committed.and_then(|()| kept.ok_or_else(|| StoreError::broken("a job was committed before it ran")));
        // A caller that has gone away does not want to know.
        let _ = caller.send(answer);
    }
}
