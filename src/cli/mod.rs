//! The command line: what was asked, and what is printed.

mod arguments;
mod audit;
mod database;
mod healthcheck;
mod table;
mod tokens;
mod users;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::config::{self, Config};
use crate::{startup, telemetry};
use arguments::{Asked, Task};

/// Does what the command line says. Every error is one sentence on standard error and exit code 1.
pub fn run(arguments: Vec<OsString>, environment: &[(OsString, OsString)]) -> ExitCode {
    match obey(arguments, environment, Path::new(""), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; there is nobody left to tell.
            let _ = writeln!(io::stderr(), "snug: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: Vec<OsString>, environment: &[(OsString, OsString)], directory: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let Asked { task, flags } = arguments::parse(arguments)?;
    let load = || config::load(&flags, environment, directory);
    match task {
        Task::Serve => serve(load()?.config),
        Task::Healthcheck => Ok(healthcheck::ask(load()?.config.listen.bind)?),
        Task::ShowConfig { json: false } => print(out, &config::as_text(&load()?)),
        Task::ShowConfig { json: true } => print(out, &format!("{:#}\n", config::as_json(&load()?))),
        Task::ExportAudit => audit::export(&load()?.config, out),
        Task::Token(task) => tokens::run(task, &load()?.config, out),
        Task::User(task) => users::run(task, &load()?.config, out),
        Task::ConfigDocs => print(out, &config::docs()),
        Task::Print(text) => print(out, &text),
    }
}

fn serve(config: Config) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    startup::serve(&config)
}

/// Prints; a reader that has gone (`snug config docs | head`) is not an error.
fn print(out: &mut dyn Write, text: &str) -> anyhow::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("The output cannot be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snug(arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, String> {
        let arguments = ["snug"].iter().chain(arguments).map(OsString::from).collect();
        let environment: Vec<_> = environment.iter().map(|(name, text)| (name.into(), text.into())).collect();
        let mut out = Vec::new();
        obey(arguments, &environment, Path::new("/nowhere"), &mut out).map_err(|error| format!("{error:#}"))?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn config_show_takes_flags_before_and_after() {
        for arguments in
            [&["--workers", "3", "config", "show"][..], &["config", "show", "--workers=3"], &["config", "--workers", "3", "show"]]
        {
            let shown = snug(arguments, &[("SNUG_SESSION_DAYS", "9")]).unwrap();
            let has = |start: &str, end: &str| shown.lines().any(|line| line.starts_with(start) && line.ends_with(end));
            assert!(has("workers", "flag") && has("session_days", "env") && has("bind", "default"), "{shown}");
        }
        let json: serde_json::Value = serde_json::from_str(&snug(&["config", "show", "--json"], &[]).unwrap()).unwrap();
        assert_eq!(json["bind"]["value"], "127.0.0.1:8080");
    }

    #[test]
    fn docs_need_no_valid_settings() {
        assert_eq!(snug(&["config", "docs"], &[("SNUG_NONSENSE", "1")]).unwrap(), config::docs());
    }

    #[test]
    fn help_and_version_are_not_errors() {
        assert_eq!(snug(&["--version"], &[]).unwrap(), concat!("snug ", env!("CARGO_PKG_VERSION"), "\n"));
        let help = snug(&["--help"], &[]).unwrap();
        assert!(help.contains("--limits-message-chars <NUMBER>") && help.contains("healthcheck"), "{help}");
        assert!(snug(&["config", "--help"], &[]).unwrap().contains("show"));
    }

    #[test]
    fn mistakes_are_one_sentence_that_says_what_to_do() {
        for (arguments, environment, says) in [
            (&["--bnid", "x"][..], &[][..], "There is no flag --bnid; did you mean --bind?"),
            (&["--colour", "x"], &[], "There is no flag --colour; see `snug --help`."),
            (&["serv"], &[], "There is no command serv; did you mean serve?"),
            (&["dance"], &[], "There is no command dance; see `snug --help`."),
            (&["config"], &[], "What should be done with the settings? Say `snug config show` or `snug config docs`."),
            (&["audit"], &[], "What should be done with the audit log? Say `snug audit export`."),
            (&["token"], &[], "What should be done with tokens? Say `snug token create`, `snug token list` or `snug token revoke`."),
            (&["user"], &[], "What should be done with accounts? See `snug user --help`."),
            (&["user", "reset-password"], &[], "The command line lacks <NAME>; see `--help` of the command."),
            (&["token", "revoke", "x"], &[], "The value of <ID> is not understood; see `--help` of the command."),
            (
                &["token", "create", "bot", "--user", "olga", "--access", "all"],
                &[],
                "The access of a token is read, write or admin, not \"all\".",
            ),
            (
                &["audit", "export", "--data-dir", "/nowhere"],
                &[],
                "There is no database at /nowhere/snug.db; name the data folder or the database that the server uses.",
            ),
            (&["--bind"], &[], "The flag --bind <ADDRESS:PORT> needs a value; see `snug --help`."),
            (&["--bind", "a", "--bind", "b"], &[], "The flag --bind <ADDRESS:PORT> is given more than once; leave one."),
            (
                &["config", "show"],
                &[("SNUG_BIND", "x")],
                "The variable SNUG_BIND is \"x\", but it must be an address and a port, such as 127.0.0.1:8080.",
            ),
            (
                &["--config", "/nowhere/x.toml"],
                &[],
                "The settings file /nowhere/x.toml cannot be read (No such file or directory (os error 2)); \
                 check its path and its permissions.",
            ),
            (&["serve", "--workers", "x"], &[], "The flag --workers is \"x\", but it must be a whole number from 1 to 256."),
        ] {
            assert_eq!(snug(arguments, environment).unwrap_err(), says);
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_not_an_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(print(&mut Gone, "text").is_ok());
    }
}
