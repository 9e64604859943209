//! What was wanted, what was measured, and whether it is enough.

use serde::Serialize;

/// One promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub what: String,
    pub target: String,
    pub measured: String,
    pub verdict: Verdict,
}

/// Whether a promise is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Met,
    Missed,
    /// Measured, but in a way that says nothing about the target; the row says why.
    Undecided,
}

impl Verdict {
    /// Met where `met`.
    pub const fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::Missed }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "**missed**",
            Self::Undecided => "no verdict",
        }
    }
}

impl Row {
    pub fn new(what: impl Into<String>, target: impl Into<String>, measured: impl Into<String>, verdict: Verdict) -> Self {
        Self { what: what.into(), target: target.into(), measured: measured.into(), verdict }
    }
}

/// Rows as a table of Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let line = |row: &Row| format!("| {} | {} | {} | {} |\n", row.what, row.target, row.measured, row.verdict.words());
    let head = "| what | target | measured | |\n|---|---|---|---|\n";
    head.to_owned() + &rows.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_cannot_be_overlooked() {
        let rows = [Row::new("posts", "at least 10", "9", Verdict::of(9 >= 10)), Row::new("posts", "at least 9", "9", Verdict::of(true))];
        let table = markdown(&rows);
        assert!(table.ends_with("| posts | at least 10 | 9 | **missed** |\n| posts | at least 9 | 9 | met |\n"), "{table}");
    }
}
