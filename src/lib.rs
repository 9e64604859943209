//! Snug: self-hosted team chat in one binary. The modules in reading order.

// The way in: the command line, its settings, the life of the process.
pub mod cli;
pub mod config;
pub mod secrets;
pub mod startup;
pub mod telemetry;

// The edge: the URL table, REST, the page's files, the sockets.
pub mod assets;
pub mod error;
pub mod http;
pub mod routes;
pub mod ws;

// Who is calling, and the centre that routes what they say.
pub mod auth;
pub mod chat;

// What is kept, what is said, and the values all of it is made of.
pub mod content;
pub mod domain;
pub mod protocol;
pub mod store;

// What goes wrong on purpose, in tests; and what the fuzzer feeds, never in a release.
pub mod faults;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;

/// The Rust in the documentation, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/authentication.md")]
pub struct Authentication;
