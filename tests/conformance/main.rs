//! Every socket obeys its session: a suite that knows a base URL and an adapter file, and nothing else of the server. README.md says how
//! to run it against another one.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test what must not fail may panic")]
#![expect(clippy::print_stdout, reason = "the report is what somebody reads who runs it by hand")]

mod adapter;
#[path = "../api/support/database.rs"]
mod database;
mod examples;
mod handshake;
mod person;
mod place;
mod races;
mod replay;
mod report;
mod server;
mod slow;
mod socket;
mod template;
mod tokens;
mod ways_out;
mod witness;
