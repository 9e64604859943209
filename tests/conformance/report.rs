//! What was found, row by row: shown in full, judged at the end, so that one failure hides no other.

use serde_json::Value;

pub struct Report {
    title: String,
    failures: Vec<String>,
    rows: usize,
}

impl Report {
    pub fn of(title: &str) -> Self {
        println!("\n{title}");
        Self { title: title.to_owned(), failures: Vec::new(), rows: 0 }
    }

    /// Something and what was expected of it.
    pub fn row(&mut self, what: &str, found: &Value, expected: &Value) {
        self.judged(what, if found == expected { Ok(found.to_string()) } else { Err(format!("{found} instead of {expected}")) });
    }

    pub fn judged(&mut self, what: &str, verdict: Result<String, String>) {
        self.rows += 1;
        match verdict {
            Ok(found) => println!("  ok   {what}: {found}"),
            Err(why) => {
                println!("  FAIL {what}: {why}");
                self.failures.push(format!("{what}: {why}"));
            }
        }
    }

    /// What this run could not show, said so that nobody takes it for shown.
    pub fn not_tried(&mut self, what: &str, why: &str) {
        assert!(super::server::by_hand().is_some(), "{what} was not tried: {why}");
        println!("  --   {what}: not tried, {why}");
    }

    /// Fails where a row has.
    pub fn ends(self) {
        println!("  {} rows, {} failed", self.rows, self.failures.len());
        assert!(self.failures.is_empty(), "{}:\n{}", self.title, self.failures.join("\n"));
        assert!(self.rows > 0 || super::server::by_hand().is_some(), "{}: nothing was tried", self.title);
    }
}

/// The codes in the adapter are those that the protocol's page tells clients.
#[test]
fn the_close_codes_of_the_adapter_are_those_of_the_protocol() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let adapter = super::adapter::Adapter::read(&here.join("tests/conformance/snug.toml"));
    let page = std::fs::read_to_string(here.join("docs/protocol.md")).unwrap();
    for (name, code) in &adapter.socket.closes {
        let row =
            page.lines().find(|line| line.starts_with(&format!("| {code} | "))).unwrap_or_else(|| panic!("{code} is not in the page"));
        assert!(row.contains(&name.replace('_', " ")), "{name}: {row}");
    }
}
