//! Tokens that an identity provider signed (RFC 7519).
//!
//! What a token is checked by is fixed by the operator, never chosen by the token: the algorithms, the keys, the issuer, the
//! audience. `none` is no algorithm here, and a key of one kind never verifies a signature of another.

mod account;
mod claims;
mod fetched;
mod keys;
#[cfg(test)]
mod tests;
mod verifier;

pub use account::{Accounts, Holder, Newcomers};
pub use verifier::{Proved, Refused, Verifier};
