//! docs/security.md has a row for every requirement of its chapters, and every test that it names is there.

use std::collections::BTreeSet;
use std::path::Path;

/// The chapters and sections of ASVS 5.0 that the page is about, and the numbers in each that are of level 1 or 2.
const ASKED: &[(&str, &[u32])] = &[
    ("1.1", &[1, 2]),
    ("1.2", &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("1.3", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("1.4", &[1, 2, 3]),
    ("1.5", &[1, 2]),
    ("2.1", &[1, 2, 3]),
    ("2.2", &[1, 2, 3]),
    ("2.3", &[1, 2, 3, 4]),
    ("2.4", &[1]),
    ("3.2", &[1, 2]),
    ("3.3", &[1, 2, 3, 4]),
    ("3.4", &[1, 2, 3, 4, 5, 6]),
    ("3.5", &[1, 2, 3, 4, 5]),
    ("3.7", &[1, 2]),
    ("4.1", &[1, 2, 3]),
    ("4.2", &[1]),
    ("4.3", &[1, 2]),
    ("4.4", &[1, 2, 3, 4]),
    ("5.1", &[1]),
    ("5.2", &[1, 2, 3]),
    ("5.3", &[1, 2]),
    ("5.4", &[1, 2, 3]),
    ("6.1", &[1, 2, 3]),
    ("6.2", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("6.3", &[1, 2, 3, 4]),
    ("6.4", &[1, 2, 3, 4]),
    ("6.5", &[1, 2, 3, 4, 5]),
    ("6.6", &[1, 2, 3]),
    ("6.8", &[1, 2, 3, 4]),
    ("7.1", &[1, 2, 3]),
    ("7.2", &[1, 2, 3, 4]),
    ("7.3", &[1, 2]),
    ("7.4", &[1, 2, 3, 4, 5]),
    ("7.5", &[1, 2]),
    ("7.6", &[1, 2]),
    ("8.1", &[1, 2]),
    ("8.2", &[1, 2, 3]),
    ("8.3", &[1]),
    ("8.4", &[1]),
    ("14.1", &[1, 2]),
    ("14.2", &[1, 2, 3, 4]),
    ("14.3", &[1, 2, 3]),
    ("16.1", &[1]),
    ("16.2", &[1, 2, 3, 4, 5]),
    ("16.3", &[1, 2, 3, 4]),
    ("16.4", &[1, 2, 3]),
    ("16.5", &[1, 2, 3]),
];

#[expect(clippy::unwrap_used, reason = "in a test what must not fail may panic")]
fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md")).unwrap()
}

/// The number, the verdict and what shows it, of each row.
fn rows(page: &str) -> Vec<(String, String, String)> {
    let cells = page.lines().filter(|line| line.starts_with("| ")).map(|line| line.trim_matches('|').split(" | ").collect::<Vec<_>>());
    cells
        .filter(|cells| cells[0].trim().starts_with(|first: char| first.is_ascii_digit()))
        .map(|cells| {
            assert_eq!(cells.len(), 5, "{cells:?}");
            (cells[0].trim().to_owned(), cells[3].to_owned(), cells[4].trim().to_owned())
        })
        .collect()
}

#[test]
fn every_requirement_has_a_row() {
    let asked: BTreeSet<String> =
        ASKED.iter().flat_map(|(section, numbers)| numbers.iter().map(move |number| format!("{section}.{number}"))).collect();
    let rows = rows(&page());
    let answered: BTreeSet<String> = rows.iter().map(|(number, ..)| number.clone()).collect();
    assert_eq!(answered, asked);
    assert_eq!(rows.len(), asked.len(), "none has two");
    for (number, verdict, shown) in &rows {
        assert!(["met", "partly", "not met", "does not apply"].contains(&verdict.as_str()), "{number}: {verdict}");
        assert!(!shown.is_empty(), "{number} says nothing");
    }
    let counted = |verdict: &str| rows.iter().filter(|(_, said, _)| said == verdict).count();
    let sum = format!(
        "Of {}: {} met, {} in part, {} not, {} do not apply.",
        rows.len(),
        counted("met"),
        counted("partly"),
        counted("not met"),
        counted("does not apply")
    );
    assert!(page().contains(&sum), "it should say: {sum}");
}

#[test]
fn every_test_that_is_named_is_there() {
    let page = page();
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).filter(|quoted| quoted.contains("::")).collect();
    assert!(named.len() > 60, "{}", named.len());
    let missing: Vec<&str> = named.into_iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(!is_there("tests/api/rooms.rs::nobody_wrote_this"));
    assert!(!is_there("tests/api/support/mod.rs::client_id"), "it is no test");
}

/// Whether a file has a test of this name: a function with an attribute above it, one inside `both!`, one with a place in a list of
/// stories, or a sentence.
fn is_there(name: &str) -> bool {
    let Some((file, test)) = name.split_once("::") else { return false };
    let Ok(text) = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)) else { return false };
    if !file.ends_with(".rs") {
        return text.contains(&format!("test(\"{test}\""));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_function = |line: &str| line.contains(&format!("fn {test}("));
    let has_attribute = lines.windows(2).any(|pair| pair[0].starts_with("#[") && pair[0].contains("test]") && is_function(pair[1]));
    let is_story = |line: &str| line.contains(&format!("async fn {test}(db)")) && text.contains("both! {");
    let is_listed = lines.iter().any(|line| line.trim_end_matches(',') == test || line.ends_with(&format!("![{test}];")));
    let is_listed = is_listed || lines.iter().any(|line| line.contains("on_both![") && line.contains(test));
    has_attribute || lines.iter().any(|line| is_story(line) || (is_listed && is_function(line)))
}
