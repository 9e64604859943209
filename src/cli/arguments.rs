//! The command line as clap reads it; the flags are made from the table of settings.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::tokens::{self, TokenTask};
use super::users::{self, UserTask};
use crate::config::{CONFIG_VARIABLE, Flags, SETTINGS, Setting};

/// What the command line asks for.
pub(super) struct Asked {
    pub task: Task,
    pub flags: Flags,
}

/// What is to be done.
pub(super) enum Task {
    Serve,
    Healthcheck,
    ShowConfig {
        json: bool,
    },
    ConfigDocs,
    ExportAudit,
    Token(TokenTask),
    User(UserTask),
    /// Help or the version.
    Print(String),
}

/// Reads the arguments, the name of the program first.
pub(super) fn parse(arguments: Vec<OsString>) -> anyhow::Result<Asked> {
    match command().try_get_matches_from(arguments) {
        Ok(matches) => Ok(Asked { task: task(&matches)?, flags: flags(&matches) }),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Ok(Asked { task: Task::Print(error.render().to_string()), flags: Flags::default() })
        }
        Err(error) => Err(anyhow!(sentence(&error))),
    }
}

fn command() -> Command {
    let file = Arg::new("config-file")
        .long("config")
        .value_name("FILE")
        .help(format!("The settings file [env: {CONFIG_VARIABLE}] [default: snug.toml, if it exists]"))
        .value_parser(value_parser!(PathBuf))
        .global(true)
        .help_heading("Settings");
    let json = Arg::new("json").long("json").help("As JSON").action(ArgAction::SetTrue);
    Command::new("snug")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Self-hosted team chat. Without a command it serves.")
        .arg(file)
        .args(SETTINGS.iter().map(flag))
        .subcommand(Command::new("serve").about("Serve the chat"))
        .subcommand(
            Command::new("config")
                .about("Show or document the settings")
                .subcommand_required(true)
                .subcommand(Command::new("show").about("Print every setting, its value and where it came from").arg(json))
                .subcommand(Command::new("docs").about("Print the documentation of all settings, as Markdown")),
        )
        .subcommand(
            Command::new("audit")
                .about("Read the audit log; the server may be running")
                .subcommand_required(true)
                .subcommand(Command::new("export").about("Print every record as a line of JSON, the newest first")),
        )
        .subcommand(tokens::command())
        .subcommand(users::command())
        .subcommand(Command::new("healthcheck").about("Ask the server on this machine whether it is ready: exit code 0 or 1"))
}

fn flag(setting: &'static Setting) -> Arg {
    Arg::new(setting.key)
        .long(setting.flag())
        .value_name(setting.value)
        .help(format!("{} [env: {}] [default: {}]", setting.about, setting.variable(), setting.default_text()))
        .global(true)
        .help_heading("Settings")
}

fn task(matches: &ArgMatches) -> anyhow::Result<Task> {
    match matches.subcommand() {
        None | Some(("serve", _)) => Ok(Task::Serve),
        Some(("healthcheck", _)) => Ok(Task::Healthcheck),
        Some(("audit", _)) => Ok(Task::ExportAudit),
        Some(("token", token)) => tokens::task(token).map(Task::Token),
        Some(("user", user)) => users::task(user).map(Task::User),
        Some(("config", config)) => match config.subcommand() {
            Some(("show", show)) => Ok(Task::ShowConfig { json: show.get_flag("json") }),
            _ => Ok(Task::ConfigDocs),
        },
        Some((name, _)) => Err(anyhow!("There is no command {name}; see `snug --help`.")),
    }
}

fn flags(matches: &ArgMatches) -> Flags {
    // Flags may stand before or after a command; clap hands all of them to the innermost one.
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    let given = |setting: &Setting| innermost.get_one::<String>(setting.key).cloned();
    Flags {
        file: innermost.get_one::<PathBuf>("config-file").cloned(),
        values: SETTINGS.iter().filter_map(|setting| given(setting).map(|text| (setting.key, text))).collect(),
    }
}

/// One sentence for what clap would say in a paragraph.
fn sentence(error: &clap::Error) -> String {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    // Of several that look alike clap names the likest last.
    let likest = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.last().cloned().unwrap_or_default(),
        _ => named(kind),
    };
    let advice = |kind| match likest(kind) {
        nothing if nothing.is_empty() => "see `snug --help`.".to_owned(),
        name => format!("did you mean {name}?"),
    };
    let argument = named(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("There is no flag {argument}; {}", advice(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => format!("There is no command {argument}; {}", advice(ContextKind::SuggestedSubcommand)),
        ErrorKind::InvalidSubcommand => {
            format!("There is no command {}; {}", named(ContextKind::InvalidSubcommand), advice(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingSubcommand => match named(ContextKind::InvalidSubcommand).as_str() {
            "snug audit" => "What should be done with the audit log? Say `snug audit export`.".to_owned(),
            "snug token" => {
                "What should be done with tokens? Say `snug token create`, `snug token list` or `snug token revoke`.".to_owned()
            }
            "snug user" => "What should be done with accounts? See `snug user --help`.".to_owned(),
            "snug config" => "What should be done with the settings? Say `snug config show` or `snug config docs`.".to_owned(),
            command => format!("What should be done? See `{command} --help`."),
        },
        ErrorKind::ArgumentConflict => format!("The flag {argument} is given more than once; leave one."),
        ErrorKind::MissingRequiredArgument => format!("The command line lacks {argument}; see `--help` of the command."),
        ErrorKind::ValueValidation => format!("The value of {argument} is not understood; see `--help` of the command."),
        ErrorKind::InvalidValue => format!("The flag {argument} needs a value; see `snug --help`."),
        ErrorKind::InvalidUtf8 => "An argument is not valid UTF-8; give plain text.".to_owned(),
        _ => format!("The command line was not understood ({}); see `snug --help`.", error.kind()),
    }
}
