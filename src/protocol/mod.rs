//! The wire: what a client and the server say to each other over `/ws`, as closed enums.
//!
//! Every message has a fixture in `tests/protocol/fixtures/`, read by the Rust tests and by the page's tests, and
//! `docs/protocol.md` is made from them.

mod client;
mod close;
mod server;

pub use client::{ClientMessage, Ref, ResumeRoom};
pub use close::{CloseReason, Then};
pub use server::{ErrorBody, Presence, Ready, ResetRoom, ServerMessage};
