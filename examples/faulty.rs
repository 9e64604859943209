//! Snug with faults on purpose, for `scripts/chaos`: `FAULT=committed:30 cargo run --example faulty --features faults` dies after its
//! thirtieth COMMIT and before any answer to it. Everything else is the product, settings included.

#![expect(clippy::print_stderr, reason = "the refusal is for whoever started it")]

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Ok(faults) = std::env::var("FAULT")
        && let Err(wrong) = snug::faults::arm(&faults)
    {
        eprintln!("faulty: FAULT={faults}: {wrong}");
        return ExitCode::FAILURE;
    }
    let (arguments, environment) = snug::config::of_this_process();
    snug::cli::run(arguments, &environment)
}
