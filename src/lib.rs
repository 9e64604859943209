//! Snug: self-hosted team chat in one binary. The modules in reading order.

pub mod chat;
pub mod domain;
pub mod protocol;
pub mod store;
pub mod ws;
