//! The `snug` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (arguments, environment) = snug::config::of_this_process();
    snug::cli::run(arguments, &environment)
}
