//! Snug: self-hosted team chat in one binary. The modules in reading order.

pub mod config;
pub mod telemetry;

pub mod routes;

pub mod assets;
pub mod auth;
pub mod chat;
pub mod content;
pub mod domain;
pub mod error;
pub mod http;
pub mod protocol;
pub mod secrets;
pub mod store;
pub mod ws;
