//! Defaults, file, variables and flags, laid over each other.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use toml::{Table, Value};

use super::{Config, ConfigError, SETTINGS, Setting};

/// The variable that names the settings file; the flag is `--config`.
pub const CONFIG_VARIABLE: &str = "SNUG_CONFIG";

/// What the command line says: the file, and values by the key of their setting.
#[derive(Debug, Default)]
pub struct Flags {
    pub file: Option<PathBuf>,
    pub values: Vec<(&'static str, String)>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Default,
    File(PathBuf),
    Variable,
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Variable => f.write_str("env"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// The settings in force, and where each came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    sources: BTreeMap<&'static str, Source>,
}

impl Loaded {
    /// Where the value of a setting came from.
    pub fn source(&self, setting: &Setting) -> Source {
        self.sources.get(setting.key).cloned().unwrap_or(Source::Default)
    }

    fn set(&mut self, setting: &'static Setting, text: &str, source: Source, place: impl Fn() -> String) -> Result<(), ConfigError> {
        (setting.set)(&mut self.config, text).ok_or_else(|| ConfigError::bad_value(place(), text, setting.allowed))?;
        self.sources.insert(setting.key, source);
        Ok(())
    }

    fn add_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table: Table = text.parse().map_err(|error| not_toml(path, text, &error))?;
        for (key, value) in flat("", table) {
            let setting = Setting::by_key(&key)
                .ok_or_else(|| ConfigError::unknown(&key, &format!(" in {}", path.display()), |setting| setting.key.to_owned()))?;
            self.set(setting, &as_text(&value), Source::File(path.to_owned()), || format!("{key} in {}", path.display()))?;
        }
        Ok(())
    }

    fn add_variable(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let setting =
            SETTINGS.iter().find(|setting| setting.variable() == name).ok_or_else(|| ConfigError::unknown(name, "", Setting::variable))?;
        // Compose files pass `${SNUG_X:-}` on: an empty variable is one that was not set.
        if text.is_empty() { Ok(()) } else { self.set(setting, text, Source::Variable, || format!("The variable {name}")) }
    }

    fn add_flag(&mut self, key: &str, text: &str) -> Result<(), ConfigError> {
        let setting = Setting::by_key(key).ok_or_else(|| ConfigError::unknown(key, "", Setting::flag))?;
        self.set(setting, text, Source::Flag, || format!("The flag --{}", setting.flag()))
    }

    fn agree(self) -> Result<Self, ConfigError> {
        self.config.jwt.whole()?;
        let limits = &self.config.limits;
        let (frame_bytes, message_chars) = (limits.frame_bytes, limits.message_chars);
        // Four bytes are the longest character; the rest is the envelope around the text.
        let needed = message_chars * 4 + 1_024;
        if frame_bytes < needed { Err(ConfigError::FrameTooSmall { frame_bytes, message_chars, needed }) } else { Ok(self) }
    }
}

/// Reads all layers. `directory` is the working directory, where `snug.toml` is looked for.
///
/// # Errors
/// The first setting that is not accepted, or the file where it cannot be read.
pub fn load(flags: &Flags, environment: &[(OsString, OsString)], directory: &Path) -> Result<Loaded, ConfigError> {
    let variables = variables(environment)?;
    let mut loaded = Loaded { config: Config::default(), sources: BTreeMap::new() };
    let named = || variables.iter().find(|(name, text)| *name == CONFIG_VARIABLE && !text.is_empty()).map(|(_, text)| PathBuf::from(text));
    if let Some((path, text)) = read(flags.file.clone().or_else(named), directory)? {
        loaded.add_file(&path, &text)?;
    }
    for (name, text) in variables.iter().filter(|(name, _)| *name != CONFIG_VARIABLE) {
        loaded.add_variable(name, text)?;
    }
    for (key, text) in &flags.values {
        loaded.add_flag(key, text)?;
    }
    loaded.agree()
}

/// The file that was named, which must exist, or `snug.toml`, which need not.
fn read(named: Option<PathBuf>, directory: &Path) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let must_exist = named.is_some();
    let path = named.unwrap_or_else(|| directory.join("snug.toml"));
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Ok(None),
        Err(cause) => Err(ConfigError::Unreadable { path, cause }),
    }
}

fn variables(environment: &[(OsString, OsString)]) -> Result<Vec<(&str, &str)>, ConfigError> {
    let ours = |(name, text): &'_ (OsString, OsString)| name.to_string_lossy().starts_with("SNUG_") && !made_by_kubernetes(name, text);
    environment
        .iter()
        .filter(|pair| ours(pair))
        .map(|(name, text)| match (name.to_str(), text.to_str()) {
            (Some(name), Some(text)) => Ok((name, text)),
            _ => Err(ConfigError::NotText { name: name.to_string_lossy().into_owned() }),
        })
        .collect()
}

/// Kubernetes puts the address of a service called "snug" into every container as `SNUG_SERVICE_HOST`, `SNUG_PORT` and so on. Nobody
/// set those, so they must not keep the server from starting.
fn made_by_kubernetes(name: &OsString, text: &OsString) -> bool {
    let (name, text) = (name.to_string_lossy(), text.to_string_lossy());
    let is_address = text.starts_with("tcp://") || text.starts_with("udp://");
    let numbered = name.strip_prefix("SNUG_PORT_").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    name == "SNUG_SERVICE_HOST" || name.starts_with("SNUG_SERVICE_PORT") || (name == "SNUG_PORT" && is_address) || numbered
}

/// The values of a table and of the tables in it, with dotted keys.
fn flat(prefix: &str, table: Table) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    for (key, value) in table {
        let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) => pairs.extend(flat(&key, inner)),
            value => pairs.push((key, value)),
        }
    }
    pairs
}

/// The value as a variable or flag would spell it: lists with commas.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(as_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or(text);
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    ConfigError::NotToml { path: path.to_owned(), message, line: before.matches('\n').count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_with(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Loaded, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("snug.toml"), file).unwrap();
        let environment: Vec<_> = variables.iter().map(|(name, text)| (OsString::from(name), OsString::from(text))).collect();
        let values = flags.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
        load(&Flags { file: None, values }, &environment, folder.path())
    }

    fn refusal(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> String {
        let text = load_with(file, variables, flags).unwrap_err().to_string();
        // The temporary folder has another name each time.
        match text.find(" in /").zip(text.find("snug.toml")) {
            Some((start, end)) => format!("{} in {}", &text[..start], &text[end..]),
            None => text,
        }
    }

    #[test]
    fn later_layers_win() {
        let file = "workers = 3\nsession_days = 3\nlog = 'warn'\n[limits]\nposts_burst = 3";
        let loaded = load_with(file, &[("SNUG_SESSION_DAYS", "4"), ("SNUG_LOG", "error"), ("HOME", "/x")], &[("log", "debug")]).unwrap();
        let Config { listen, sign_in, log, limits, .. } = &loaded.config;
        assert_eq!((listen.workers.get(), sign_in.session_days, log.filter.as_str(), limits.posts_burst), (3, 4, "debug", 3));
        let source = |key| loaded.source(Setting::by_key(key).unwrap()).to_string();
        assert_eq!((source("bind"), source("session_days"), source("log")), ("default".into(), "env".into(), "flag".into()));
        assert!(source("workers").starts_with("file ") && source("limits.posts_burst").ends_with("snug.toml"));
    }

    #[test]
    fn lists_can_be_written_both_ways() {
        let from_file = load_with("trusted_proxies = ['10.0.0.0/8', '192.168.0.1']", &[], &[]).unwrap();
        let from_variable = load_with("", &[("SNUG_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.1")], &[]).unwrap();
        assert_eq!(from_file.config, from_variable.config);
        assert_eq!(from_file.config.site.trusted_proxies.len(), 2);
    }

    #[test]
    fn refusals_say_which_where_what_and_what_instead() {
        for (file, variables, flags, says) in [
            (
                "bind = 8080",
                &[][..],
                &[][..],
                "bind in snug.toml is \"8080\", but it must be an address and a port, such as 127.0.0.1:8080.",
            ),
            (
                "",
                &[("SNUG_BIND", "here")],
                &[],
                "The variable SNUG_BIND is \"here\", but it must be an address and a port, such as 127.0.0.1:8080.",
            ),
            ("", &[], &[("workers", "0")], "The flag --workers is \"0\", but it must be a whole number from 1 to 256."),
            ("", &[("SNUG_BNID", "x")], &[], "SNUG_BNID is not a setting of Snug; did you mean SNUG_BIND?"),
            ("", &[("SNUG_BIND_", "x")], &[], "SNUG_BIND_ is not a setting of Snug; did you mean SNUG_BIND?"),
            (
                "",
                &[("SNUG_COLOUR", "x")],
                &[],
                "SNUG_COLOUR is not a setting of Snug; remove it, or see `snug config docs` for all of them.",
            ),
            (
                "[limits]\nmesage_chars = 1",
                &[],
                &[],
                "limits.mesage_chars in snug.toml is not a setting of Snug; did you mean limits.message_chars?",
            ),
            (
                "log = true",
                &[],
                &[],
                "log in snug.toml is \"true\", but it must be off, error, warn, info, debug or trace, or a list such as info,snug::ws=debug.",
            ),
            (
                "database_url = 'mysql://a:hunter2@b'",
                &[],
                &[],
                "database_url in snug.toml is \"mysql://a:***@b\", but it must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.",
            ),
            (
                "",
                &[("SNUG_LIMITS_FRAME_BYTES", "5000")],
                &[],
                "limits.frame_bytes is 5000, but a message of limits.message_chars (8000) needs 33024; raise one or lower the other.",
            ),
        ] {
            assert_eq!(refusal(file, variables, flags), says);
        }
    }

    #[test]
    fn broken_toml_is_located_but_not_quoted() {
        let says = load_with("log = 'info'\ndatabase_url = \"postgres://a:hunter2@b\nworkers = 1", &[], &[]).unwrap_err().to_string();
        assert!(says.contains("is not valid TOML") && says.contains("in line 2.") && !says.contains("hunter2"), "{says}");
    }

    #[test]
    fn a_named_file_must_exist_and_the_flag_names_it_first() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.toml");
        fs::write(&other, "workers = 7").unwrap();
        let environment = [(OsString::from(CONFIG_VARIABLE), OsString::from("/nowhere/snug.toml"))];
        let says = load(&Flags::default(), &environment, folder.path()).unwrap_err().to_string();
        assert!(says.starts_with("The settings file /nowhere/snug.toml cannot be read"), "{says}");
        let loaded = load(&Flags { file: Some(other), values: Vec::new() }, &environment, folder.path()).unwrap();
        assert_eq!(loaded.config.listen.workers.get(), 7);
        assert_eq!(load(&Flags::default(), &[], folder.path()).unwrap().config, Config::default());
    }

    #[test]
    fn variables_that_nobody_set_are_no_mistake() {
        let made = [("SNUG_SERVICE_HOST", "10.0.0.1"), ("SNUG_PORT", "tcp://10.0.0.1:80"), ("SNUG_PORT_80_TCP_ADDR", "10.0.0.1")];
        assert_eq!(load_with("", &made, &[]).unwrap().config, Config::default());
        assert_eq!(load_with("", &[("SNUG_PUBLIC_URL", "")], &[]).unwrap().config, Config::default());
        assert!(load_with("", &[("SNUG_PORT", "80")], &[]).is_err());
    }

    #[test]
    fn an_empty_flag_takes_back_what_the_file_says() {
        let loaded = load_with("public_url = 'https://a.example'", &[], &[("public_url", "")]).unwrap();
        assert_eq!(loaded.config.site.public_url, None);
    }
}
