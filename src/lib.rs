//! Snug: self-hosted team chat in one binary. The modules in reading order.

pub mod auth;
pub mod chat;
pub mod content;
pub mod domain;
pub mod error;
pub mod protocol;
pub mod store;
pub mod ws;
