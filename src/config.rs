//! What the operator can set, and the only reader of the environment.
//!
//! Every setting is one entry of [`SETTINGS`]: its names, its default, what is allowed and what it does come from there, and so do
//! `snug config show`, `docs/settings.md` and the refusal of names that do not exist. The layers are, the later ones winning:
//! defaults, the TOML file, `SNUG_*` variables, flags.

mod error;
mod jwt;
mod layers;
mod redact;
mod report;
mod settings;
mod values;

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use ipnet::IpNet;

use crate::domain::Limits;
use crate::store::COMMIT_BATCH;

pub use error::ConfigError;
pub use jwt::{Jwt, JwtAlgorithm, JwtKeys, JwtSettings};
pub use layers::{CONFIG_VARIABLE, Flags, Loaded, Source, load};
pub use report::{as_json, as_text, docs};
pub use settings::{SETTINGS, Setting};
pub use values::{DatabaseUrl, LogFilter, LogFormat, WebOrigin};

/// All settings, one struct for each concern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub listen: Listen,
    pub site: SiteAddress,
    pub storage: Storage,
    pub log: Log,
    pub sign_in: SignIn,
    pub jwt: JwtSettings,
    /// What one client may ask: `SNUG_LIMITS_*`, `--limits-*`, table `[limits]`; defaults in [`Limits::default`].
    pub limits: Limits,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Address and port; port 0 takes any free one. `SNUG_BIND`, `--bind`, `bind`; default 127.0.0.1:8080.
    pub bind: SocketAddr,
    /// Threads that serve sockets and requests. `SNUG_WORKERS`, `--workers`, `workers`; default one for each core.
    pub workers: NonZeroUsize,
}

/// How people reach the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteAddress {
    /// The address people type. `SNUG_PUBLIC_URL`, `--public-url`, `public_url`; default none: localhost and literal addresses.
    pub public_url: Option<WebOrigin>,
    /// Other origins whose pages may call this server. `SNUG_ALLOWED_ORIGINS`, `--allowed-origins`, `allowed_origins`; default none.
    pub allowed_origins: Vec<WebOrigin>,
    /// Networks whose `X-Forwarded-For` is believed. `SNUG_TRUSTED_PROXIES`, `--trusted-proxies`, `trusted_proxies`; default none.
    pub trusted_proxies: Vec<IpNet>,
}

/// Where data is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// The folder of the database, the secrets and the uploads. `SNUG_DATA_DIR`, `--data-dir`, `data_dir`; default ./data.
    pub data_dir: PathBuf,
    /// The database, where it was set: `SNUG_DATABASE_URL`, `--database-url`, `database_url`; default the SQLite file snug.db in the
    /// data folder. Ask [`Storage::database_url`].
    pub database: Option<DatabaseUrl>,
    /// Most changes of one transaction. `SNUG_COMMIT_BATCH`, `--commit-batch`, `commit_batch`; default 512.
    pub commit_batch: usize,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// Least level that is logged, also for each module. `SNUG_LOG`, `--log`, `log`; default info.
    pub filter: LogFilter,
    /// Lines for people or for programs. `SNUG_LOG_FORMAT`, `--log-format`, `log_format`; default text.
    pub format: LogFormat,
}

/// How long a sign-in lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Days without a visit after which a login session ends. `SNUG_SESSION_DAYS`, `--session-days`, `session_days`; default 30.
    pub session_days: u32,
    /// Whether API tokens and JWTs may stand in the address of a socket. `SNUG_TOKENS_IN_URL`, `--tokens-in-url`, `tokens_in_url`;
    /// default false.
    pub tokens_in_url: bool,
}

impl Default for Listen {
    fn default() -> Self {
        let workers = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), workers }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("./data"), database: None, commit_batch: COMMIT_BATCH }
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self { session_days: 30, tokens_in_url: false }
    }
}

impl Storage {
    /// The database in use.
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data_dir.join("snug.db")))
    }
}

/// The arguments and variables of this process.
pub fn of_this_process() -> (Vec<OsString>, Vec<(OsString, OsString)>) {
    (std::env::args_os().collect(), std::env::vars_os().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_documented_where_it_lives() {
        let source = concat!(include_str!("config.rs"), include_str!("config/jwt.rs"));
        for setting in SETTINGS.iter().filter(|setting| !setting.key.starts_with("limits.")) {
            let names = format!("`{}`, `--{}`, `{}`; default", setting.variable(), setting.flag(), setting.key);
            assert!(source.replace("\n    /// ", " ").contains(&names), "{names}");
        }
    }

    #[test]
    fn the_database_is_in_the_data_folder_unless_set() {
        let mut storage = Storage { data_dir: PathBuf::from("/srv/snug"), ..Storage::default() };
        assert_eq!(storage.database_url().expose(), "sqlite:/srv/snug/snug.db");
        storage.database = DatabaseUrl::parse("postgres://snug@db/snug");
        assert_eq!(storage.database_url().expose(), "postgres://snug@db/snug");
    }
}
