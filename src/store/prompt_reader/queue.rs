//! The queue before the prompt reader.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::waiting::{Callers, Question, Waiting};
use crate::store::StoreError;
use crate::store::callers::{self, Caller};

/// Most queries that are read together. They are answered together, so the first waits for the last: mostly for less than a millisecond.
const QUERIES: usize = 16;

/// Most callers that are looked up together.
const CALLERS: usize = 64;

/// After so long those who look callers up are taken to be stuck, and another thread helps.
const STUCK: Duration = Duration::from_millis(100);

/// Most that wait, of queries and of callers: as many people as come back at once after a cut, and more.
const MOST: usize = 16_384;

/// What a thread has taken to run.
pub struct Taken {
    pub waiting: Vec<Box<dyn Waiting>>,
    /// There are callers among it, so [`Queue::has_looked_up`] is to be said afterwards.
    pub callers: bool,
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
    /// Since when a thread looks callers up. Those who come meanwhile wait for each other: a statement for ten is hardly dearer than for
    /// one.
    looking_up: Option<Instant>,
    asleep: usize,
    /// A thread has been woken and has not looked yet.
    woken: bool,
    closed: bool,
}

impl Queue {
    /// Lets a query wait.
    pub fn push(&self, query: Box<dyn Waiting>) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        push(&mut state.queries, query, |query| query.is_over())?;
        self.wake_one(&mut state);
        Ok(())
    }

    /// Lets somebody wait who asks who is calling.
    pub fn push_caller(&self, caller: Question<callers::Asked, Option<Caller>>) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        push(&mut state.callers, caller, Question::is_over)?;
        if state.has_work() {
            self.wake_one(&mut state);
        }
        Ok(())
    }

    /// What waits and is still waited for, once something does. `None` after the end.
    pub fn take(&self) -> Option<Taken> {
        let mut state = self.state.lock();
        loop {
            let callers = if state.may_look_up() { take(&mut state.callers, CALLERS, Question::is_over) } else { Vec::new() };
            let mut taken = Taken { waiting: take(&mut state.queries, QUERIES, |query| query.is_over()), callers: !callers.is_empty() };
            if taken.callers {
                state.looking_up = Some(Instant::now());
                taken.waiting.insert(0, Box::new(Callers(callers)));
            }
            if !taken.waiting.is_empty() {
                if state.has_work() {
                    self.wake_one(&mut state);
                }
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
    pub fn has_looked_up(&self) {
        self.state.lock().looking_up = None;
    }

    /// Lets the threads end once nothing waits any more.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.work.notify_all();
    }

    fn wake_one(&self, state: &mut State) {
        if state.asleep > 0 && !state.woken {
            state.woken = true;
            self.work.notify_one();
        }
    }
}

impl State {
    fn may_look_up(&self) -> bool {
        self.looking_up.is_none_or(|since| since.elapsed() > STUCK)
    }

    fn has_work(&self) -> bool {
        !self.queries.is_empty() || (!self.callers.is_empty() && self.may_look_up())
    }
}

fn push<W>(line: &mut VecDeque<W>, waiting: W, is_over: impl Fn(&W) -> bool) -> Result<(), StoreError> {
    if line.len() >= MOST {
        line.retain(|waiting| !is_over(waiting));
        if line.len() >= MOST {
            return Err(StoreError::Busy);
        }
    }
    line.push_back(waiting);
    Ok(())
}

fn take<W>(line: &mut VecDeque<W>, most: usize, is_over: impl Fn(&W) -> bool) -> Vec<W> {
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

    fn waits(queue: &Queue) -> tokio::sync::oneshot::Receiver<callers::Found> {
        let (caller, answer) = Question::new(callers::Asked { handle_hash: [1; 32], rooms: true });
        queue.push_caller(caller).unwrap();
        answer
    }

    #[test]
    fn callers_wait_for_each_other_while_some_are_looked_up_unless_that_is_stuck() {
        let queue = Queue::default();
        let _first = waits(&queue);
        assert!(queue.take().unwrap().callers);
        let _second = (waits(&queue), waits(&queue));
        let (query, _answer) = Question::new(|_: &mut crate::store::Connection| Ok(()));
        queue.push(Box::new(query)).unwrap();
        let beside = queue.take().unwrap();
        assert_eq!((beside.waiting.len(), beside.callers), (1, false), "a query waits for no caller");
        assert!(!queue.state.lock().has_work());
        queue.has_looked_up();
        let together = queue.take().unwrap();
        assert_eq!((together.waiting.len(), together.callers), (1, true));

        let _third = waits(&queue);
        assert!(!queue.state.lock().has_work());
        queue.state.lock().looking_up = Instant::now().checked_sub(STUCK * 2);
        assert!(queue.state.lock().has_work(), "another thread helps");
        assert!(queue.take().unwrap().callers);
    }

    #[test]
    fn whoever_has_gone_away_is_not_looked_up() {
        let queue = Queue::default();
        drop(waits(&queue));
        queue.close();
        assert!(queue.take().is_none());
    }
}
