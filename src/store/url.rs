//! Where the database is.

use std::fmt;
use std::path::PathBuf;

use super::StoreError;

/// The address of a database: `sqlite:PATH` (also `sqlite://PATH`) or `postgres://...` as libpq takes it. Neither `Debug` nor
/// `Display` shows a password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`StoreError::Setup`] for another scheme, and for a Postgres address that asks for TLS, which the bundled libpq cannot speak.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            return match path {
                "" | ":memory:" => Err(StoreError::Setup("A SQLite database address names a file, as in sqlite:data/snug.db.".into())),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(StoreError::Setup("A database address begins with sqlite: or postgres://.".into()));
        }
        if asks_for_tls(text) {
            return Err(StoreError::Setup(
                "This build of Snug cannot speak TLS to Postgres: take sslmode out of the database address and reach Postgres over a local \
                 socket, a private network or a tunnel."
                    .into(),
            ));
        }
        Ok(Self::Postgres(text.to_owned()))
    }
}

fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    url.split_once('?').map_or("", |(_, query)| query).split('&').filter_map(|pair| pair.split_once('='))
}

fn asks_for_tls(url: &str) -> bool {
    parameters(url).any(|(name, value)| match name {
        "sslmode" => !matches!(value, "disable" | "allow" | "prefer"),
        "sslrootcert" | "sslcert" | "sslkey" => true,
        _ => false,
    })
}

/// The address with `***` where a password stands, before the `@` or as a parameter.
fn without_password(url: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let mut shown = match base.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
        Some((scheme, (login, place))) => match login.split_once(':') {
            Some((name, _)) => format!("{scheme}://{name}:***@{place}"),
            None => base.to_owned(),
        },
        None => base.to_owned(),
    };
    if let Some(query) = query {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name @ ("password" | "passfile" | "sslpassword"), _)) => format!("{name}=***"),
            _ => pair.to_owned(),
        });
        shown.push('?');
        shown.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    shown
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (given, shown) in [
            ("sqlite:data/snug.db", "sqlite:data/snug.db"),
            ("sqlite:///var/lib/snug/snug.db", "sqlite:/var/lib/snug/snug.db"),
            ("postgres://snug@db/snug", "postgres://snug@db/snug"),
            ("postgresql://snug:p@ss@db/snug?sslmode=prefer", "postgresql://snug:***@db/snug?sslmode=prefer"),
            ("postgres:///snug?host=/run/pg&password=hunter2", "postgres:///snug?host=/run/pg&password=***"),
        ] {
            let url = DatabaseUrl::parse(given).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
        for refused in ["", "snug.db", "mysql://x", "sqlite:", "sqlite::memory:", "postgres://db/snug?sslmode=require"] {
            assert!(matches!(DatabaseUrl::parse(refused), Err(StoreError::Setup(_))), "{refused}");
        }
    }
}
