//! The WebSocket transport.
//!
//! In the order of a message: [`upgrade`] lets someone in, `frames` reads what they send, `session` understands it and asks the centre
//! ([`crate::chat`]), the [`Relay`] of the thread takes the centre's answer, and an `outbox` for each socket is what is written.
//!
//! A session begins with a [`CurrentUser`](crate::auth::CurrentUser), and nothing but its extractor makes one:
//!
//! ```compile_fail,E0451
//! use snug::auth::CurrentUser;
//! fn forge(other: CurrentUser) -> CurrentUser {
//!     CurrentUser { ..other }
//! }
//! ```

mod addresses;
#[cfg(any(test, feature = "echo"))]
pub mod echo;
mod frames;
mod incoming;
mod live;
mod outbox;
mod relay;
mod serving;
mod session;
#[cfg(test)]
mod tests;
mod upgrade;

/// What the fuzzer looks into.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod inspect {
    pub(crate) use super::frames::Rules;
    pub(crate) use super::frames::inspect::reads_alike;
    pub(crate) use super::session::requests::inspect::understood_or_refused;
}

pub use addresses::{Addresses, Headcount, Place, pace_handshakes};
pub use live::LiveSessions;
pub use relay::{Relay, RelayHandle};
pub use serving::Serving;
pub use upgrade::upgrade;
