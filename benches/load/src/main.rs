//! Drives Snug, and servers like it, with real WebSocket clients on the same machine, and says what that cost (`run`, `bench`) and
//! whether anything that was acknowledged was lost, doubled or reordered (`ledger`).

mod adapter;
mod bench;
mod cli;
mod crowd;
mod database;
mod fit;
mod floor;
mod frames;
mod http;
mod ledger;
mod machine;
mod net;
mod postgres;
mod process;
mod progress;
mod run;
mod server;
mod stage;
mod stop;
mod token;
mod trial;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    match obey(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            progress::say(&format!("load: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result goes to standard output")]
fn obey(cli: &Cli) -> Result<ExitCode> {
    if let Command::FloorSender { per_write } = cli.command {
        floor::send(per_write)?;
        return Ok(ExitCode::SUCCESS);
    }
    stop::listen()?;
    let judged = |verdict: &ledger::Verdict| if verdict.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let mut code = ExitCode::SUCCESS;
    let result = match &cli.command {
        Command::Run(arguments) => run::run(arguments)?,
        Command::Floor(arguments) => run::floor(arguments)?,
        Command::Idle(arguments) => {
            let mut stage = arguments.target.wanted()?.open()?;
            let plan = run::IdlePlan {
                sockets: arguments.sockets,
                rooms_each: arguments.rooms_each,
                sockets_per_account: arguments.sockets_per_account,
                at_once: arguments.at_once,
                rest: Duration::from_secs_f64(arguments.rest.clamp(0.0, 600.0)),
            };
            serde_json::json!({"about": stage.about, "measured": run::idle(&mut stage.snug, plan, &stage.tree)?})
        }
        Command::Ledger(arguments) => {
            let (result, verdict) = ledger::run(arguments)?;
            verdict.examples.iter().for_each(|example| progress::say(example));
            code = judged(&verdict);
            result
        }
        Command::Check { ledger } => {
            let verdict = ledger::check(ledger)?;
            code = judged(&verdict);
            serde_json::to_value(verdict)?
        }
        Command::Trial { what } => {
            let (result, passed) = trial::run(what)?;
            code = if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            result
        }
        Command::Fit(arguments) => bench::fit_only(arguments)?,
        Command::Bench(arguments) => bench::run(arguments)?,
        Command::FloorSender { .. } => unreachable!("answered above"),
    };
    println!("{}", run::pretty(&result)?);
    Ok(code)
}
