//! The store's promises, each on SQLite and on Postgres.
//!
//! Postgres is the server that `SNUG_TEST_POSTGRES_URL` names; every test makes a database of its own there and drops it. `make test`
//! starts one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "in a test what must not fail may panic, and say why"
)]

#[macro_use]
mod harness;

mod audit;
mod callers;
mod cost;
mod devices;
mod directs;
mod fold;
mod guests;
mod history;
mod invites;
mod jwt;
mod known_posts;
mod membership;
mod migrations;
mod model;
mod opening;
mod place;
mod posting;
mod readers;
mod reading;
mod replay;
mod rights;
mod rooms;
mod writer;
