//! The queue before the prompt reader.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::waiting::{Callers, Question, Waiting};
use crate::store::StoreError;
use crate::store::callers::{self, Caller};

/// Most queries that are read together. They are answered together, so the first waits for the last: mostly for less than a millisecond.
const QUERIES: usize = 16;

/// Most callers that are looked up together: for one statement a few milliseconds.
const CALLERS: usize = 64;

/// After so long those who look callers up are taken to be stuck, and another thread helps.
pub const STUCK: Duration = Duration::from_millis(100);

/// Most queries that wait, and most callers: as many people as come back at once after a cut, and more.
const MOST: usize = 16_384;

/// What a thread has taken to run.
pub enum Taken {
    Queries(Vec<Box<dyn Waiting>>),
    /// [`Queue::has_looked_up`] is to be said afterwards.
    Callers(Callers, LookUp),
}

/// A look-up of callers that has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LookUp {
    nth: u64,
    begun: Instant,
}

/// What waits, and the threads that wait for it.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queries: VecDeque<Box<dyn Waiting>>,
    callers: VecDeque<Question<callers::Asked, Option<Caller>>>,
    /// The newest look-up that has not ended. Those who come meanwhile wait for each other: a statement for ten is hardly dearer than for
    /// one.
    looking_up: Option<LookUp>,
    look_ups: u64,
    asleep: usize,
    /// A thread has been woken and has not looked yet.
    woken: bool,
    closed: bool,
}

impl Queue {
    /// Lets a query wait.
    pub fn push(&self, query: Box<dyn Waiting>) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        line_up(&mut state.queries, query, |query| query.is_over())?;
        self.wake_for_work(&mut state);
        Ok(())
    }

    /// Lets somebody wait who asks who is calling.
    pub fn push_caller(&self, caller: Question<callers::Asked, Option<Caller>>) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        line_up(&mut state.callers, caller, Question::is_over)?;
        self.wake_for_work(&mut state);
        Ok(())
    }

    /// Somebody has waited for [`STUCK`].
    pub fn help(&self) {
        self.wake_for_work(&mut self.state.lock());
    }

    /// What waits and is still waited for, once something does. `None` after the end.
    pub fn take(&self) -> Option<Taken> {
        let mut state = self.state.lock();
        loop {
            if let Some(taken) = state.take() {
                self.wake_for_work(&mut state);
                return Some(taken);
            }
            if state.closed {
                return None;
            }
            state.asleep += 1;
            self.work.wait(&mut state);
            state.asleep -= 1;
            state.woken = false;
        }
    }

    /// The next callers may be looked up. Whoever says so takes next.
    pub fn has_looked_up(&self, look_up: LookUp) {
        let mut state = self.state.lock();
        if state.looking_up == Some(look_up) {
            state.looking_up = None;
        }
    }

    /// Lets the threads end once nothing waits any more.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.work.notify_all();
    }

    fn wake_for_work(&self, state: &mut State) {
        if state.asleep > 0 && !state.woken && (!state.queries.is_empty() || state.may_look_up()) {
            state.woken = true;
            self.work.notify_one();
        }
    }
}

impl State {
    fn may_look_up(&self) -> bool {
        !self.callers.is_empty() && self.looking_up.is_none_or(|look_up| look_up.begun.elapsed() >= STUCK)
    }

    fn take(&mut self) -> Option<Taken> {
        if self.may_look_up() {
            let callers = take_waiting(&mut self.callers, CALLERS, Question::is_over);
            if !callers.is_empty() {
                self.look_ups += 1;
                let look_up = LookUp { nth: self.look_ups, begun: Instant::now() };
                self.looking_up = Some(look_up);
                return Some(Taken::Callers(Callers(callers), look_up));
            }
        }
        let queries = take_waiting(&mut self.queries, QUERIES, |query| query.is_over());
        (!queries.is_empty()).then_some(Taken::Queries(queries))
    }
}

fn line_up<W>(line: &mut VecDeque<W>, waiting: W, is_over: impl Fn(&W) -> bool) -> Result<(), StoreError> {
    if line.len() >= MOST {
        line.retain(|waiting| !is_over(waiting));
        if line.len() >= MOST {
            return Err(StoreError::Busy);
        }
    }
    line.push_back(waiting);
    Ok(())
}

fn take_waiting<W>(line: &mut VecDeque<W>, most: usize, is_over: impl Fn(&W) -> bool) -> Vec<W> {
    let mut taken = Vec::new();
    while taken.len() < most
        && let Some(waiting) = line.pop_front()
    {
        if !is_over(&waiting) {
            taken.push(waiting);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answer = tokio::sync::oneshot::Receiver<callers::Found>;

    fn comes(queue: &Queue) -> Answer {
        let (caller, answer) = Question::new(callers::Asked { handle_hash: [1; 32], rooms: true });
        queue.push_caller(caller).unwrap();
        answer
    }

    /// How many callers are looked up now, or none.
    fn takes(queue: &Queue) -> Option<(usize, LookUp)> {
        match queue.state.lock().take() {
            Some(Taken::Callers(callers, look_up)) => Some((callers.0.len(), look_up)),
            Some(Taken::Queries(_)) | None => None,
        }
    }

    #[test]
    fn callers_wait_for_each_other_while_some_are_looked_up_unless_that_is_stuck() {
        let queue = Queue::default();
        let _first = comes(&queue);
        let (_, first) = takes(&queue).unwrap();
        // However slow this test is.
        let not_stuck = LookUp { begun: Instant::now() + Duration::from_secs(3_600), ..first };
        queue.state.lock().looking_up = Some(not_stuck);
        let _others = (comes(&queue), comes(&queue));
        assert!(takes(&queue).is_none());
        queue.has_looked_up(not_stuck);
        let (together, second) = takes(&queue).unwrap();
        assert_eq!(together, 2);

        let stuck = LookUp { begun: Instant::now().checked_sub(STUCK).unwrap(), ..second };
        queue.state.lock().looking_up = Some(stuck);
        let _late = comes(&queue);
        let (helped, third) = takes(&queue).unwrap();
        assert_eq!(helped, 1, "another thread helps");
        queue.has_looked_up(stuck);
        assert!(queue.state.lock().looking_up == Some(third), "the one that was stuck ends late, and the other goes on");
    }

    #[test]
    fn a_query_waits_for_no_caller() {
        let queue = Queue::default();
        let _caller = comes(&queue);
        let (query, _answer) = Question::new(|_: &mut crate::store::Connection| Ok(()));
        queue.push(Box::new(query)).unwrap();
        assert!(matches!(queue.take(), Some(Taken::Callers(callers, _)) if callers.0.len() == 1));
        assert!(matches!(queue.take(), Some(Taken::Queries(queries)) if queries.len() == 1));
    }

    #[test]
    fn whoever_has_gone_away_is_not_looked_up() {
        let queue = Queue::default();
        drop(comes(&queue));
        queue.close();
        assert!(queue.take().is_none());
    }
}
