//! The store's promises, each on SQLite and on Postgres.
//!
//! Postgres is the server that `SNUG_TEST_POSTGRES_URL` names; every test makes a database of its own there and drops it. `make test`
//! starts one.

#[macro_use]
mod harness;

mod cost;
mod devices;
mod directs;
mod fold;
mod history;
mod invites;
mod membership;
mod migrations;
mod model;
mod opening;
mod place;
mod posting;
mod reading;
mod replay;
mod rights;
mod rooms;
mod writer;
