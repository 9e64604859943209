//! The relays, one per worker, and the steps that wait for each of them.

use actix::Recipient;

use super::commands::WorkerId;
use super::{FanOut, Step};

/// Gathers the steps of one turn and sends each relay a single message for all of them.
#[derive(Default)]
pub struct Relays {
    relays: Vec<(Recipient<FanOut>, Vec<Step>)>,
}

impl Relays {
    /// Adds a worker's relay.
    pub fn attach(&mut self, relay: Recipient<FanOut>) -> WorkerId {
        self.relays.push((relay, Vec::new()));
        WorkerId(self.relays.len() - 1)
    }

    /// For the relay of one worker.
    pub fn to(&mut self, worker: WorkerId, step: Step) {
        if let Some((_, steps)) = self.relays.get_mut(worker.0) {
            steps.push(step);
        }
    }

    /// For every relay: any of them may have members of the room.
    pub fn to_all(&mut self, step: &Step) {
        for (_, steps) in &mut self.relays {
            steps.push(step.clone());
        }
    }

    /// Sends what was gathered, in the order it was gathered.
    pub fn send(&mut self) {
        for (relay, steps) in &mut self.relays {
            if !steps.is_empty() {
                relay.do_send(FanOut(std::mem::take(steps)));
            }
        }
    }
}
