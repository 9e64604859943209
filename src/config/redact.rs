//! Passwords taken out of what is shown.

/// The text with the password of a URL replaced by `***`: the one before the `@`, and the one in a `password=` parameter.
///
/// It looks at the shape alone, so that a mistyped URL in an error message gives nothing away either.
pub(super) fn redact(text: &str) -> String {
    redact_parameter(&redact_user(text))
}

fn redact_user(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(start);
    // The last `@`, wherever it stands: a password with an unescaped slash or `@` must not escape in part.
    let Some((user, host)) = rest.rsplit_once('@') else { return text.to_owned() };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}{name}:***@{host}"),
        None => text.to_owned(),
    }
}

fn redact_parameter(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("password=") {
        let value = at + "password=".len();
        shown.push_str(&rest[..value]);
        shown.push_str("***");
        rest = &rest[value..];
        rest = &rest[rest.find(['&', ' ']).unwrap_or(rest.len())..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (given, shown) in [
            ("postgres://snug:hunter2@db/snug", "postgres://snug:***@db/snug"),
            ("postgre://snug:hunter2@db/snug", "postgre://snug:***@db/snug"),
            ("postgres://snug:hun/te@r2@db/snug", "postgres://snug:***@db/snug"),
            ("snug:hunter2@db", "snug:***@db"),
            ("postgres:///snug?PassWord=hunter2&user=snug&sslpassword=x", "postgres:///snug?PassWord=***&user=snug&sslpassword=***"),
            ("host=db password=hunter2 user=snug", "host=db password=*** user=snug"),
            ("postgres://snug@db/snug", "postgres://snug@db/snug"),
            ("sqlite:/srv/snug.db", "sqlite:/srv/snug.db"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(redact(given), shown);
        }
    }
}
