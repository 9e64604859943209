//! The whole program, run as a person runs it, against servers of a few lines.
#![expect(clippy::unwrap_used, reason = "in a test what must not fail may panic")]

mod broadcast;

use std::process::{Command, Output};

use serde_json::Value;

fn load(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load")).args(arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const SHORT: [&str; 8] = ["--rooms", "2", "--members", "10", "--warm-up", "0.1", "--duration", "0.3"];

#[test]
fn the_floor_delivers_every_frame_to_everybody() {
    let result = json(&load(&[&["floor", "--no-pin"], &SHORT[..]].concat()));
    let measured = &result["measured"];
    assert!(measured["deliveries"].as_u64().unwrap() > 100, "{measured}");
    assert_eq!(measured["faults"], serde_json::json!({"missing": 0, "surplus": 0, "refused": 0, "closed": 0, "first": null}));
}

#[test]
fn another_server_is_driven_through_its_adapter() {
    let server = broadcast::start(broadcast::Manner::Right);
    let result = json(&load(&[&["run", "--adapter", "plain", "--url", &server, "--window", "3"], &SHORT[..]].concat()));
    let measured = &result["measured"];
    assert!(measured["deliveries"].as_u64().unwrap() > 100 && measured["verified"].as_u64().unwrap() > 0, "{measured}");
    assert_eq!(measured["faults"]["first"], Value::Null);
    assert_eq!(result["handshakes"]["count"], 20);
}

#[test]
fn a_counted_load_ends_with_its_last_post() {
    let server = broadcast::start(broadcast::Manner::Right);
    let counted = ["--count", "30", "--rooms", "1", "--members", "3", "--warm-up", "0", "--duration", "60"];
    let result = json(&load(&[&["run", "--adapter", "plain", "--url", &server], &counted[..]].concat()));
    assert_eq!((&result["measured"]["posts"], &result["measured"]["deliveries"]), (&30.into(), &90.into()));
}

#[test]
fn a_server_that_says_things_twice_is_found_out() {
    let server = broadcast::start(broadcast::Manner::Twice);
    let result = json(&load(&[&["run", "--adapter", "plain", "--url", &server], &SHORT[..]].concat()));
    assert!(result["measured"]["faults"]["surplus"].as_u64().unwrap() > 0, "{result}");
}

#[test]
fn addresses_of_other_machines_are_refused() {
    let output = load(&["run", "--adapter", "plain", "--url", "http://192.0.2.1:80"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a loopback address"));
}

#[test]
fn a_ledger_with_a_loss_in_it_ends_in_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.txt");
    let ledger = "start client=0 room=5 seq=0\nattempt client=0 connection=1 account=7 room=5 post=0 text=1\nack client=0 room=5 post=0 seq=1 number=1\n";
    std::fs::write(&path, ledger).unwrap();
    let output = load(&["check", path.to_str().unwrap()]);
    assert!(!output.status.success());
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["lost"], 1);
}
