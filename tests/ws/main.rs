//! The socket against the real server: sign-in, rooms, catching up and being told to stop.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test what must not fail may panic")]

mod app;
mod catching_up;
mod commands;
mod cost;
#[path = "../api/support/database.rs"]
mod database;
mod one_worker;
mod other_processes;
mod people;
mod person;
mod restored;
mod talking;
mod tokens;
mod unreadable;
mod ways_out;
