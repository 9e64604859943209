//! The REST API against a real server: every story runs on SQLite and on Postgres.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test what must not fail may panic")]

mod accounts;
mod audit;
mod bad_input;
mod command_line;
mod devices;
mod guessing;
mod health;
mod invites;
mod logs;
mod messages;
mod origins;
mod pages;
mod password_resets;
mod passwords;
mod people;
mod rooms;
mod second_factor;
mod second_factor_rule;
mod set_up;
mod sign_out;
mod stopping;
mod strangers;
mod support;
mod tokens;
mod unavailable;
