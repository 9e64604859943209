//! The `snug` binary.

use std::process::ExitCode;

/// Small and steady under many small, long-lived allocations: rooms, outboxes, frames.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (arguments, environment) = snug::config::of_this_process();
    snug::cli::run(arguments, &environment)
}
