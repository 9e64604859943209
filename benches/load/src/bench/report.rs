//! docs/performance.md.

use std::fmt::Write;

use super::Findings;
use super::plan::Plan;
use super::table;
use crate::machine::Machine;

/// The whole page.
pub fn markdown(machine: &Machine, plan: &Plan, all: &[Findings]) -> String {
    let mut page = String::from("# How fast it is\n\nWritten by `make bench` (`benches/load`); do not edit.\n\n");
    let Machine { date, commit, cores, cpu, kernel, memory_mib } = machine;
    // Writing to a String cannot fail.
    let _ = writeln!(page, "- date: {date}\n- commit: {commit}\n- machine: {cores} cores of {cpu}, {memory_mib} MiB, Linux {kernel}");
    let _ = writeln!(page, "- command: `make bench`{}\n", if plan.quick { " in its short form" } else { "" });
    if plan.quick {
        page.push_str(
            "**This is the short form: smaller and shorter than what the targets are about. It shows that everything works.**\n\n",
        );
    }
    page.push_str(HOW);
    for found in all {
        let _ = writeln!(page, "\n## {}\n\n{}", found.title, table::markdown(&found.rows));
        for note in &found.notes {
            let _ = writeln!(page, "- {note}");
        }
    }
    page
}

const HOW: &str = "\
Real accounts, cookies and WebSockets on the loopback; messages of 200 bytes, with ids like those of the page; everything is stored before
it is acknowledged. CPU is user and system time of the server's process tree (with Postgres, also its processes) from `/proc`. Deliveries
are measured in rounds: in each of them every load once, on the server and beside it on the **floor**, a bare sender without any server,
which writes the same frames to the same number of loopback sockets, one `write(2)` for each frame; and on a second server, in a larger
place. What is compared is of one round, and the figures are medians of what the rounds say.

The clients look for what comes for a millisecond before they sleep: to wake a sleeper on the same machine costs whoever writes to it more
than the write, and no server pays that for clients elsewhere. A page of history or of rooms is there when its last byte is; to parse it
is the client's affair and not counted. Every delivery is counted, and a sample is parsed and checked; where one is missing the bench
fails instead of printing a figure.
";

#[cfg(test)]
mod tests {
    use super::super::table::{Row, Verdict};
    use super::*;

    #[test]
    fn the_page_says_when_on_what_and_with_which_result() {
        let found = Findings {
            title: "SQLite".to_owned(),
            rows: vec![Row::new("posts", "10", "11", Verdict::Met)],
            figures: serde_json::Value::Null,
            notes: vec!["bound".to_owned()],
        };
        let machine = Machine::describe();
        let page = markdown(&machine, &Plan::full(), &[found]);
        for part in [&machine.date, &machine.commit, "## SQLite", "| posts | 10 | 11 | met |", "\n- bound\n"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("short form"));
        assert!(markdown(&machine, &Plan::quick(), &[]).contains("**This is the short form"));
    }
}
