//! The wire as a contract: every message has a fixture, the fixtures are what serde prints, and docs/protocol.md is made from them.
#![expect(clippy::unwrap_used, reason = "in a test what must not fail may panic")]

mod document;
mod fixtures;

use std::collections::BTreeSet;

use fixtures::{Direction, Fixture};
use serde_json::Value;
use snug::domain::Event;
use snug::protocol::{ClientMessage, ServerMessage};

#[test]
fn every_fixture_is_what_the_types_read_and_write() {
    for Fixture { name, direction, message, .. } in fixtures::all() {
        let written = match direction {
            Direction::Client => serde_json::from_value::<ClientMessage>(message.clone()).map(serde_json::to_value),
            Direction::Server => serde_json::from_value::<ServerMessage>(message.clone()).map(serde_json::to_value),
        };
        let written = written.unwrap_or_else(|error| panic!("{name}: {error}")).unwrap();
        assert_eq!(written, message, "{name}");
    }
}

#[test]
fn every_message_and_every_kind_of_event_has_a_fixture() {
    let (mut from_client, mut from_server, mut events) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for Fixture { direction, message, .. } in fixtures::all() {
        let kind = message["type"].as_str().unwrap().to_owned();
        if let Some(event) = message["event"]["kind"].as_str() {
            events.insert(event.to_owned());
        }
        match direction {
            Direction::Client => from_client.insert(kind),
            Direction::Server => from_server.insert(kind),
        };
    }
    assert_eq!(from_client, tags_of::<ClientMessage>());
    assert_eq!(from_server, tags_of::<ServerMessage>());
    assert_eq!(events, tags_of::<Event>());
}

#[test]
fn a_client_cannot_add_a_field_or_a_type() {
    for Fixture { name, message, .. } in fixtures::all().into_iter().filter(|fixture| fixture.direction == Direction::Client) {
        for field in ["author", "user_id", "at", "number_", "seq", "extra"] {
            let mut forged = message.clone();
            forged[field] = Value::from(1);
            assert!(serde_json::from_value::<ClientMessage>(forged).is_err(), "{name} took {field}");
        }
        let mut unknown = message.clone();
        unknown["type"] = Value::from("shutdown");
        assert!(serde_json::from_value::<ClientMessage>(unknown).is_err(), "{name}");
    }
}

#[test]
fn the_protocol_page_is_made_from_the_fixtures() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/protocol.md");
    let made = document::protocol_page();
    if std::env::var_os("SNUG_UPDATE_DOCS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == made, "docs/protocol.md is behind: run `make docs`");
}

/// The tags serde knows for an enum: it names them all when it meets one it does not know.
fn tags_of<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
    let nothing = serde_json::json!({ "type": "?", "kind": "?" });
    let Err(error) = serde_json::from_value::<T>(nothing) else { panic!("an unknown tag was read") };
    let text = error.to_string();
    let (_, expected) = text.split_once("expected").unwrap_or_else(|| panic!("no list of tags in: {text}"));
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
