//! The WebSocket transport.

mod frames;
mod outbox;
