//! The settings as shown to the operator.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{CONFIG_VARIABLE, Loaded, SETTINGS, Setting};

/// `snug config show`: one line for each setting, secrets hidden.
pub fn as_text(loaded: &Loaded) -> String {
    let shown = |setting: &Setting| match (setting.get)(&loaded.config) {
        value if value.is_empty() => "(none)".to_owned(),
        value => value,
    };
    let keys = SETTINGS.iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    let values = SETTINGS.iter().map(|setting| shown(setting).chars().count()).max().unwrap_or_default();
    SETTINGS.iter().fold(String::new(), |mut text, setting| {
        let _ = writeln!(text, "{:keys$}  {:values$}  {}", setting.key, shown(setting), loaded.source(setting));
        text
    })
}

/// `snug config show --json`: `{"bind": {"value": "127.0.0.1:8080", "source": "default"}, …}`.
pub fn as_json(loaded: &Loaded) -> Value {
    let entry = |setting: &Setting| json!({"value": (setting.get)(&loaded.config), "source": loaded.source(setting).to_string()});
    Value::Object(SETTINGS.iter().map(|setting| (setting.key.to_owned(), entry(setting))).collect::<Map<_, _>>())
}

/// `snug config docs`, also `docs/settings.md`.
pub fn docs() -> String {
    let mut text = format!(
        "# Settings\n\n\
         Made by `snug config docs`; do not edit. No setting is required. Each can be set by a flag, by a variable or in a TOML file; a\n\
         flag wins over a variable, a variable over the file. The file is the one named by `--config` or `{CONFIG_VARIABLE}`, else\n\
         `snug.toml` in the working directory where there is one. Keys with a dot stand in a table (`[limits]`). In variables and flags a\n\
         list is separated by commas; in the file it is an array. An empty variable counts as not set. `snug config show` prints what is\n\
         in force and where it came from.\n\n\
         | Key | Variable | Flag | Default | What it does | Allowed |\n|---|---|---|---|---|---|\n"
    );
    for setting in SETTINGS {
        let default = match (setting.default_words, setting.default_text()) {
            (Some(words), _) => words.to_owned(),
            (None, value) if value.is_empty() => "none".to_owned(),
            (None, value) => format!("`{value}`"),
        };
        let Setting { key, about, allowed, .. } = setting;
        let _ = writeln!(text, "| `{key}` | `{}` | `--{}` | {default} | {about} | {allowed} |", setting.variable(), setting.flag());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, load};

    fn loaded() -> Loaded {
        let environment = [("SNUG_DATABASE_URL".into(), "postgres://snug:hunter2@db/snug".into())];
        load(&Flags::default(), &environment, std::path::Path::new("/nowhere")).unwrap()
    }

    #[test]
    fn every_setting_is_shown_with_its_source_and_without_secrets() {
        let text = as_text(&loaded());
        assert_eq!(text.lines().count(), SETTINGS.len());
        let words = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(words("bind"), ["bind", "127.0.0.1:8080", "default"]);
        assert_eq!(words("public_url"), ["public_url", "(none)", "default"]);
        assert_eq!(words("database_url"), ["database_url", "postgres://snug:***@db/snug", "env"]);
    }

    #[test]
    fn json_holds_the_same() {
        let json = as_json(&loaded());
        assert_eq!(json["database_url"], json!({"value": "postgres://snug:***@db/snug", "source": "env"}));
        assert_eq!(json.as_object().unwrap().len(), SETTINGS.len());
    }

    #[test]
    fn the_page_in_docs_is_up_to_date() {
        assert_eq!(include_str!("../../docs/settings.md"), docs(), "run `snug config docs > docs/settings.md`");
    }
}
