//! The one list of settings.

use std::fmt::Display;
use std::path::PathBuf;

use super::values::{network, web_address};
use super::{Config, DatabaseUrl, JwtAlgorithm, LogFilter, LogFormat, WebOrigin};
use crate::domain::PlaceRole;

/// One setting: how it is called, what it may be and where it goes.
pub struct Setting {
    /// The key in the TOML file; a dot stands before a key in a table. The variable and the flag are made from it.
    pub key: &'static str,
    /// What stands for the value in `--help`.
    pub value: &'static str,
    /// One sentence for the operator.
    pub about: &'static str,
    /// Completes "it must be …".
    pub allowed: &'static str,
    /// The default in words, where it depends on the machine or on other settings.
    pub default_words: Option<&'static str>,
    pub(super) set: fn(&mut Config, &str) -> Option<()>,
    pub(super) get: fn(&Config) -> String,
}

impl Setting {
    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("SNUG_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// Its flag, without the dashes before it.
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// The default as shown in the documentation.
    pub fn default_text(&self) -> String {
        self.default_words.map_or_else(|| (self.get)(&Config::default()), str::to_owned)
    }

    /// The setting with this key.
    pub fn by_key(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }
}

/// A setting that is one field of [`crate::domain::Limits`].
macro_rules! limit {
    ($field:ident, $least:literal..=$most:literal, $about:literal) => {
        Setting {
            key: concat!("limits.", stringify!($field)),
            value: "NUMBER",
            about: $about,
            allowed: concat!("a whole number from ", $least, " to ", $most),
            default_words: None,
            set: |config, text| put(&mut config.limits.$field, text.parse().ok().filter(|number| ($least..=$most).contains(number))),
            get: |config| config.limits.$field.to_string(),
        }
    };
}
/// Every setting, in the order of the documentation.
pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "bind",
        value: "ADDRESS:PORT",
        about: "Where the server listens. 0.0.0.0:8080 is every address of the machine; port 0 takes any free port.",
        allowed: "an address and a port, such as 127.0.0.1:8080",
        default_words: None,
        set: |config, text| put(&mut config.listen.bind, text.parse().ok()),
        get: |config| config.listen.bind.to_string(),
    },
    Setting {
        key: "public_url",
        value: "URL",
        about: "The address people type. Needed as soon as that is a name: without it only localhost and literal addresses are served. With https the cookie is Secure.",
        allowed: "an http or https address without a path, such as https://chat.example.org",
        default_words: Some("localhost, or the literal address that was asked for"),
        set: |config, text| put(&mut config.site.public_url, optional(text, WebOrigin::parse)),
        get: |config| config.site.public_url.as_ref().map(ToString::to_string).unwrap_or_default(),
    },
    Setting {
        key: "data_dir",
        value: "FOLDER",
        about: "The folder of the database, the secrets and the uploads; made on first start.",
        allowed: "the path of a folder",
        default_words: None,
        set: |config, text| put(&mut config.storage.data_dir, (!text.is_empty()).then(|| PathBuf::from(text))),
        get: |config| config.storage.data_dir.display().to_string(),
    },
    Setting {
        key: "database_url",
        value: "URL",
        about: "The database: a SQLite file on a local disk, or PostgreSQL.",
        allowed: "sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
        default_words: Some("the SQLite file snug.db in the data folder"),
        set: |config, text| put(&mut config.storage.database, optional(text, DatabaseUrl::parse)),
        get: |config| config.storage.database_url().to_string(),
    },
    Setting {
        key: "commit_batch",
        value: "NUMBER",
        about: "Most changes that share one transaction and its flush to the disk. Changes never wait for a batch to fill; 1 makes each pay for its own, which is only good for comparing.",
        allowed: "a whole number from 1 to 4096",
        default_words: None,
        set: |config, text| put(&mut config.storage.commit_batch, text.parse().ok().filter(|most| (1..=4_096).contains(most))),
        get: |config| config.storage.commit_batch.to_string(),
    },
    Setting {
        key: "allowed_origins",
        value: "URL,URL",
        about: "Other origins of the same site, such as another port, whose pages may open the socket of a person who is signed in.",
        allowed: "a list of http or https addresses without a path, such as https://intranet.example.org",
        default_words: None,
        set: |config, text| put(&mut config.site.allowed_origins, list(text, WebOrigin::parse)),
        get: |config| joined(&config.site.allowed_origins),
    },
    Setting {
        key: "trusted_proxies",
        value: "NETWORK,NETWORK",
        about: "The reverse proxies in front of the server: only their X-Forwarded-For says where a person comes from.",
        allowed: "a list of addresses or networks, such as 10.0.0.0/8",
        default_words: None,
        set: |config, text| put(&mut config.site.trusted_proxies, list(text, network)),
        get: |config| joined(&config.site.trusted_proxies),
    },
    Setting {
        key: "workers",
        value: "NUMBER",
        about: "Threads that serve sockets and requests.",
        allowed: "a whole number from 1 to 256",
        default_words: Some("one for each core"),
        set: |config, text| {
            put(&mut config.listen.workers, text.parse().ok().filter(|workers: &std::num::NonZeroUsize| workers.get() <= 256))
        },
        get: |config| config.listen.workers.to_string(),
    },
    Setting {
        key: "session_days",
        value: "DAYS",
        about: "Days without a visit after which a device has to sign in again.",
        allowed: "a whole number from 1 to 3650",
        default_words: None,
        set: |config, text| put(&mut config.sign_in.session_days, text.parse().ok().filter(|days| (1..=3_650).contains(days))),
        get: |config| config.sign_in.session_days.to_string(),
    },
    Setting {
        key: "tokens_in_url",
        value: "YES",
        about: "Whether API tokens and JWTs, and not only one-time tickets, may stand in the address of a socket (?token=). Proxies and browsers keep addresses.",
        allowed: "true or false",
        default_words: None,
        set: |config, text| put(&mut config.sign_in.tokens_in_url, text.parse().ok()),
        get: |config| config.sign_in.tokens_in_url.to_string(),
    },
    Setting {
        key: "log",
        value: "LEVEL",
        about: "What is logged: a level, or levels for modules, such as info,snug::ws=debug.",
        allowed: "off, error, warn, info, debug or trace, or a list such as info,snug::ws=debug",
        default_words: None,
        set: |config, text| put(&mut config.log.filter, LogFilter::parse(text)),
        get: |config| config.log.filter.as_str().to_owned(),
    },
    Setting {
        key: "log_format",
        value: "FORMAT",
        about: "Log lines for people (text) or for programs (json).",
        allowed: "text or json",
        default_words: None,
        set: |config, text| put(&mut config.log.format, LogFormat::parse(text)),
        get: |config| config.log.format.as_str().to_owned(),
    },
    Setting {
        key: "jwt.issuer",
        value: "TEXT",
        about: "The issuer (iss) whose tokens open accounts here, exactly as it stands in them. Setting it switches JWTs on.",
        allowed: "the issuer, such as https://id.example.org/",
        default_words: Some("none: no JWT is accepted"),
        set: |config, text| put(&mut config.jwt.issuer, optional(text, |text| Some(text.to_owned()))),
        get: |config| config.jwt.issuer.clone().unwrap_or_default(),
    },
    Setting {
        key: "jwt.audience",
        value: "TEXT",
        about: "The audience (aud) that a token must be for.",
        allowed: "a text, such as snug",
        default_words: Some("none, but needed with jwt.issuer"),
        set: |config, text| put(&mut config.jwt.audience, optional(text, |text| Some(text.to_owned()))),
        get: |config| config.jwt.audience.clone().unwrap_or_default(),
    },
    Setting {
        key: "jwt.algorithms",
        value: "NAME,NAME",
        about: "The signatures that count; a token cannot choose another.",
        allowed: "a list of RS256, ES256 and EdDSA, or HS256 alone",
        default_words: None,
        set: |config, text| put(&mut config.jwt.algorithms, list(text, JwtAlgorithm::parse)),
        get: |config| joined(&config.jwt.algorithms),
    },
    Setting {
        key: "jwt.secret_file",
        value: "FILE",
        about: "The file with the secret that HS256 tokens are signed with: 32 bytes or more.",
        allowed: "the path of a file",
        default_words: Some("none"),
        set: |config, text| put(&mut config.jwt.secret_file, optional(text, |text| Some(PathBuf::from(text)))),
        get: |config| config.jwt.secret_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
    },
    Setting {
        key: "jwt.public_key_file",
        value: "FILE",
        about: "The file with the public key of the provider, in PEM.",
        allowed: "the path of a file",
        default_words: Some("none"),
        set: |config, text| put(&mut config.jwt.public_key_file, optional(text, |text| Some(PathBuf::from(text)))),
        get: |config| config.jwt.public_key_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
    },
    Setting {
        key: "jwt.jwks_url",
        value: "URL",
        about: "Where the provider publishes its keys (a JWK set). Fetched when needed and kept for ten minutes, or as long as the answer says.",
        allowed: "an http or https address",
        default_words: Some("none"),
        set: |config, text| put(&mut config.jwt.jwks_url, optional(text, web_address)),
        get: |config| config.jwt.jwks_url.as_ref().map(ToString::to_string).unwrap_or_default(),
    },
    Setting {
        key: "jwt.leeway_s",
        value: "SECONDS",
        about: "By how much the clocks of provider and server may differ.",
        allowed: "a whole number from 0 to 300",
        default_words: None,
        set: |config, text| put(&mut config.jwt.leeway_s, text.parse().ok().filter(|seconds| *seconds <= 300)),
        get: |config| config.jwt.leeway_s.to_string(),
    },
    Setting {
        key: "jwt.user_claim",
        value: "CLAIM",
        about: "The claim that says whose token it is. With email, a token whose email_verified is false is refused.",
        allowed: "the name of a claim",
        default_words: None,
        set: |config, text| put(&mut config.jwt.user_claim, (!text.is_empty()).then(|| text.to_owned())),
        get: |config| config.jwt.user_claim.clone(),
    },
    Setting {
        key: "jwt.link_existing",
        value: "YES",
        about: "Whether a token whose claim is the username of an account opens that account. Only where nobody chooses that name at the provider.",
        allowed: "true or false",
        default_words: None,
        set: |config, text| put(&mut config.jwt.link_existing, text.parse().ok()),
        get: |config| config.jwt.link_existing.to_string(),
    },
    Setting {
        key: "jwt.create_users",
        value: "YES",
        about: "Whether somebody whom a token names for the first time gets an account.",
        allowed: "true or false",
        default_words: None,
        set: |config, text| put(&mut config.jwt.create_users, text.parse().ok()),
        get: |config| config.jwt.create_users.to_string(),
    },
    Setting {
        key: "jwt.new_user_role",
        value: "ROLE",
        about: "What such an account may: member, or guest.",
        allowed: "member or guest",
        default_words: None,
        set: |config, text| put(&mut config.jwt.new_user_role, PlaceRole::from_word(text).filter(|role| !role.runs_the_place())),
        get: |config| config.jwt.new_user_role.as_str().to_owned(),
    },
    limit!(frame_bytes, 4096..=16777216, "Bytes of one message on the socket, fragments joined, and of one request body."),
    limit!(message_chars, 1..=40000, "Characters of one message."),
    limit!(posts_per_second, 1..=1000000, "Posts a second of one person, averaged."),
    limit!(posts_burst, 1..=1000000, "Posts of one person at once."),
    limit!(frames_per_second, 1..=1000000, "Other frames a second of one socket, averaged; four times as many at once."),
    limit!(sockets_per_user, 1..=100000, "Open sockets of one person."),
    limit!(
        sockets_per_address,
        1..=1000000,
        "Open sockets of one address; an IPv6 network of 64 bits counts as one. Behind a proxy, set trusted_proxies."
    ),
    limit!(handshakes_per_second, 1..=1000000, "Handshakes a second of one address, averaged; as many at once as it may have sockets."),
    limit!(
        connections_per_address,
        1..=1000000,
        "Open connections of one address, idle ones too; those of trusted_proxies are not counted."
    ),
    limit!(outbox_bytes, 65536..=1073741824, "Bytes waiting for one socket; a reader further behind is cut and resumes."),
    limit!(backlog, 1..=1000000, "Changes waiting for the database; over it people are told to try again."),
    limit!(replay_events, 1..=100000, "Events of one room sent after a reconnect; a page further behind loads the room anew."),
    limit!(
        sign_in_per_minute,
        1..=1000000,
        "Sign-in attempts a minute for one account from one address; five times as many for an address."
    ),
];

fn put<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

/// Nothing for an empty text, so that a flag can take back what the file says.
fn optional<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { parse(text).map(Some) }
}

fn list<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if text.trim().is_empty() { Some(Vec::new()) } else { text.split(',').map(|one| parse(one.trim())).collect() }
}

fn joined(values: &[impl Display]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_setting_shows_can_be_set_again() {
        for setting in SETTINGS {
            let mut config = Config::default();
            let shown = (setting.get)(&config);
            assert_eq!((setting.set)(&mut config, &shown), Some(()), "{}", setting.key);
            assert_eq!((setting.get)(&config), shown, "{}", setting.key);
        }
    }

    #[test]
    fn every_limit_is_a_setting() {
        let limits = serde_json::to_value(crate::domain::Limits::default()).unwrap();
        let fields: Vec<&String> = limits.as_object().unwrap().keys().collect();
        assert!(!fields.is_empty());
        for field in fields {
            let setting = Setting::by_key(&format!("limits.{field}")).unwrap_or_else(|| panic!("{field} is no setting"));
            let mut config = Config::default();
            assert_eq!((setting.set)(&mut config, "0"), None, "{field}");
            assert_eq!((setting.set)(&mut config, "70000000000"), None, "{field}");
        }
    }

    #[test]
    fn names_are_made_from_the_key() {
        let setting = Setting::by_key("limits.message_chars").unwrap();
        assert_eq!((setting.variable().as_str(), setting.flag().as_str()), ("SNUG_LIMITS_MESSAGE_CHARS", "limits-message-chars"));
    }

    #[test]
    fn refused_values() {
        for (key, text) in [
            ("bind", "8080"),
            ("bind", "localhost:8080"),
            ("public_url", "chat.example.org"),
            ("public_url", "https://x/path"),
            ("data_dir", ""),
            ("database_url", "mysql://x"),
            ("allowed_origins", "https://a,,https://b"),
            ("trusted_proxies", "proxy"),
            ("workers", "0"),
            ("workers", "many"),
            ("session_days", "0"),
            ("session_days", "-1"),
            ("log", "loud"),
            ("log_format", "xml"),
            ("jwt.algorithms", "none"),
            ("jwt.jwks_url", "file:///etc/passwd"),
            ("jwt.leeway_s", "301"),
            ("jwt.new_user_role", "owner"),
        ] {
            let setting = Setting::by_key(key).unwrap();
            assert_eq!((setting.set)(&mut Config::default(), text), None, "{key} {text:?}");
        }
    }
}
