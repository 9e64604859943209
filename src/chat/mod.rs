//! The centre: one [`ChatServer`] actor that knows who is where and in what order things happened. No HTTP, no SQL.

pub mod commands;
mod fan_out;
mod frame;

pub use fan_out::{FanOut, Step};
pub use frame::Frame;
