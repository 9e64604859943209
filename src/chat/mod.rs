//! The centre: one [`ChatServer`] actor that knows who is where and in what order things happened. No HTTP, no SQL.

mod centre;
mod changes;
pub mod commands;
mod fan_out;
mod frame;
mod handle;
mod presence;
mod relays;
mod revocations;
mod server;
pub mod sessions;
mod tails;

pub use centre::{Centre, letterbox};
pub use fan_out::{FanOut, Step};
pub use frame::Frame;
pub use handle::Chat;
pub use server::ChatServer;
