//! The WebSocket transport.

mod frames;
mod outbox;
mod relay;

pub use relay::{Relay, RelayHandle};
