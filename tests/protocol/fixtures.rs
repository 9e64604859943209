//! Reads `tests/protocol/fixtures/*.json`, which the page's tests read too.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Client,
    Server,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    pub name: String,
    pub direction: Direction,
    /// What it is for, in one or two sentences; printed in docs/protocol.md.
    pub doc: String,
    pub message: Value,
}

/// All of them, by name.
pub fn all() -> Vec<Fixture> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protocol/fixtures");
    let mut fixtures: Vec<Fixture> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let fixture: Fixture = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(fixture.name.as_str()));
            fixture
        })
        .collect();
    assert!(!fixtures.is_empty(), "no fixtures in {folder}");
    fixtures.sort_by(|one, other| one.name.cmp(&other.name));
    fixtures
}
