//! Values that settings can have.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::redact::redact;

/// Scheme, host and port of a web site, as a browser writes it in the `Origin` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin {
    text: String,
    host: String,
    https: bool,
}

impl WebOrigin {
    /// Parses an http or https address without a path, a query or a user. A default port is dropped, a name becomes ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        let host = url.host_str()?.to_owned();
        (bare && anonymous && text.contains("://")).then(|| Self { text: url.origin().ascii_serialization(), host, https })
    }

    /// The origin, such as `https://chat.example.org`, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host without the port; a literal IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers reach it encrypted, so that its cookies can be `Secure`.
    pub const fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which database. `Debug` and `Display` hide the password; [`DatabaseUrl::expose`] does not.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// The URL as libpq takes it.
    Postgres(String),
}

impl DatabaseUrl {
    /// Parses `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::Sqlite(PathBuf::from(path)));
        }
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))?;
        (!rest.is_empty()).then(|| Self::Postgres(text.to_owned()))
    }

    /// The URL with its password, for the one who connects.
    pub fn expose(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.clone(),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.expose()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Which log lines are wanted: levels, alone or for a module, such as `info,snug::ws=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Parses comma-separated directives, each a level or `module=level`. A word that is no level is refused: the filter would take
    /// it for the name of a module and fall silent.
    pub fn parse(text: &str) -> Option<Self> {
        let is_level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word);
        let is_module = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-'));
        let directives: Vec<&str> = text.split(',').map(str::trim).collect();
        let valid = directives.iter().all(|directive| match directive.split_once('=') {
            Some((module, level)) => is_module(module) && is_level(level),
            None => is_level(directive),
        });
        valid.then(|| Self(directives.join(",")))
    }

    /// The directives.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

/// Log lines for people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

impl LogFormat {
    /// Parses `text` or `json`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The word it is set by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Parses an http or https address with whatever path.
pub(super) fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

/// Parses a network, or one address as the network that holds only it.
pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (given, kept) in [
            ("https://chat.example.org", "https://chat.example.org"),
            ("HTTPS://Chat.Example.org:443/", "https://chat.example.org"),
            ("http://192.168.1.5:8080", "http://192.168.1.5:8080"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://büro.example", "https://xn--bro-hoa.example"),
        ] {
            assert_eq!(WebOrigin::parse(given).unwrap().as_str(), kept);
        }
        for refused in
            ["", "chat.example.org", "https:chat", "ftp://x", "https://x/chat", "https://x?q", "https://x#f", "https://u:p@x", "https://"]
        {
            assert_eq!(WebOrigin::parse(refused), None, "{refused:?}");
        }
        assert!(WebOrigin::parse("https://x").unwrap().is_https());
        assert!(!WebOrigin::parse("http://x").unwrap().is_https());
    }

    #[test]
    fn databases() {
        for (given, kept) in [
            ("sqlite:snug.db", "sqlite:snug.db"),
            ("sqlite:///srv/snug.db", "sqlite:/srv/snug.db"),
            ("postgres:///snug?host=/run", "postgres:///snug?host=/run"),
            ("postgresql://a@b/c", "postgresql://a@b/c"),
        ] {
            assert_eq!(DatabaseUrl::parse(given).unwrap().expose(), kept);
        }
        for refused in ["", "sqlite:", "snug.db", "mysql://x", "postgres://", "postgres:x"] {
            assert_eq!(DatabaseUrl::parse(refused), None, "{refused:?}");
        }
        let url = DatabaseUrl::parse("postgres://snug:hunter2@db/snug").unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://snug:***@db/snug DatabaseUrl(postgres://snug:***@db/snug)");
    }

    #[test]
    fn log_filters() {
        for kept in ["info", "warn,snug::ws=debug", "off", "info,actix-web=trace"] {
            assert_eq!(LogFilter::parse(kept).unwrap().as_str(), kept);
        }
        for refused in ["", "inof", "snug", "snug=loud", "=info", "info,", "info,[span]=debug"] {
            assert_eq!(LogFilter::parse(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn networks() {
        assert_eq!(network("10.0.0.7"), "10.0.0.7/32".parse().ok());
        assert_eq!(network("fd00::/8"), "fd00::/8".parse().ok());
        assert_eq!(network("10.0.0.0/33"), None);
        assert_eq!(network("proxy"), None);
    }
}
