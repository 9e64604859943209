//! The relays, one per worker, and the steps that wait for each of them.

use actix::Recipient;

use super::commands::WorkerId;
use super::{FanOut, Step};

/// Gathers the steps of one turn and sends each relay a single message for all of them.
#[derive(Default)]
pub struct Relays(Vec<Waiting>);

/// A relay and what it has not been sent yet.
struct Waiting {
    worker: WorkerId,
    relay: Recipient<FanOut>,
    steps: Vec<Step>,
}

impl Relays {
    /// Adds a worker's relay.
    pub fn attach(&mut self, worker: WorkerId, relay: Recipient<FanOut>) {
        self.0.push(Waiting { worker, relay, steps: Vec::new() });
    }

    /// For the relay of one worker.
    pub fn push(&mut self, worker: WorkerId, step: Step) {
        // There is one relay for each core: looking through them is as quick as an index.
        if let Some(waiting) = self.0.iter_mut().find(|waiting| waiting.worker == worker) {
            waiting.steps.push(step);
        }
    }

    /// For every relay: any of them may have members of the room.
    pub fn push_to_all(&mut self, step: &Step) {
        for waiting in &mut self.0 {
            waiting.steps.push(step.clone());
        }
    }

    /// Sends what was gathered, in the order it was gathered.
    pub fn send(&mut self) {
        for waiting in &mut self.0 {
            if !waiting.steps.is_empty() {
                waiting.relay.do_send(FanOut(std::mem::take(&mut waiting.steps)));
            }
        }
    }
}
