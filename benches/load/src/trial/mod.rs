//! One kind of bad or sudden client at a time, and what it costs: itself, the server, and everybody else. `scripts/chaos` calls these
//! with the numbers of its steps.

mod arguments;
mod attackers;
mod herd;
mod memory;
mod stalled;
mod writers;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

pub use arguments::Trial;

use crate::machine::Machine;
use crate::progress;

/// What a trial came to.
#[derive(Debug, Default)]
pub struct Judged {
    /// What was counted and measured, in words.
    counted: Vec<String>,
    /// The limits that were missed. None: it has passed.
    wrong: Vec<String>,
    details: Vec<Value>,
}

impl Judged {
    fn counts(&mut self, what: String) {
        self.counted.push(what);
    }

    /// Notes a limit that was missed.
    fn must(&mut self, kept: bool, what: impl FnOnce() -> String) {
        if !kept {
            self.wrong.push(what());
        }
    }

    fn measured(&mut self, what: &impl Serialize) -> Result<()> {
        self.details.push(serde_json::to_value(what)?);
        Ok(())
    }
}

/// `load trial`: the result, and whether every limit was kept.
///
/// # Errors
/// It could not be tried at all.
pub fn run(trial: &Trial) -> Result<(Value, bool)> {
    let mut judged = match trial {
        Trial::Stalled(arguments) => stalled::run(arguments)?,
        Trial::Attackers(arguments) => attackers::run(arguments)?,
        Trial::Herd(arguments) => herd::run(arguments)?,
        Trial::Writers(arguments) => writers::run(arguments)?,
    };
    judged.wrong.iter().for_each(|wrong| progress::say(wrong));
    if !judged.wrong.is_empty() {
        judged.counts(format!("limits missed: {}", judged.wrong.join("; ")));
    }
    let passed = judged.wrong.is_empty();
    let result = json!({
        "machine": Machine::describe(), "counted": judged.counted.join("; "), "wrong": judged.wrong, "measured": judged.details,
    });
    Ok((result, passed))
}
