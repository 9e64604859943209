//! Snug: self-hosted team chat in one binary. The modules in reading order.

pub mod cli;
pub mod config;
pub mod startup;
pub mod telemetry;

pub mod chat;
pub mod domain;
pub mod protocol;
pub mod secrets;
pub mod store;
