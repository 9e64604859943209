//! What differs from one server to the next: how its clients get in, how they post and what a delivery looks like.
//!
//! To drive another server, implement [`Adapter`] for it; `plain.rs` is the smallest one.

mod floor;
mod plain;
mod snug;
mod snug_api;

use anyhow::Result;

pub use floor::FloorAdapter;
pub use plain::Plain;
pub use snug::{Snug, opening};
pub use snug_api::{Account, SnugApi};

use crate::net::Opening;
use crate::token::Token;

/// Where nobody says otherwise: a member is a person at a few devices and tabs, not one tab of twenty. What is told to all devices of an
/// author would else be told to a whole room.
pub const SOCKETS_PER_ACCOUNT: usize = 4;

/// Who is where: `rooms` × `members` sockets, each socket in one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub rooms: usize,
    pub members: usize,
    /// Sockets that share an account (and so a cookie). An account is in one room of the run.
    pub sockets_per_account: usize,
}

impl Shape {
    /// All sockets.
    pub const fn sockets(&self) -> usize {
        self.rooms * self.members
    }

    /// Accounts of each room.
    pub const fn accounts_per_room(&self) -> usize {
        self.members.div_ceil(self.sockets_per_account)
    }
}

/// A socket that is to be opened, and the room it will be in.
#[derive(Debug, Clone)]
pub struct Seat {
    pub opening: Opening,
    /// Index of the room within the shape.
    pub room: usize,
}

/// What a message of the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The socket is in its room and hears what is said there.
    Ready,
    /// A post of this run was delivered.
    Delivery(Token),
    /// A post of this run was acknowledged.
    Ack(Token),
    /// A post was refused, or something else went wrong.
    Refused(String),
    /// Anything else: presence, typing, posts of other runs.
    Other,
}

/// One kind of server.
pub trait Adapter {
    /// The name in the output.
    fn name(&self) -> &'static str;

    /// Makes accounts and rooms and says how each socket is opened: room by room, `members` for each.
    ///
    /// # Errors
    /// The server refuses.
    fn seats(&mut self, shape: &Shape) -> Result<Vec<Seat>>;

    /// Writes the bytes of a post of about `body_bytes` of text in a room.
    fn post(&self, room: usize, token: Token, body_bytes: usize, mask: [u8; 4], out: &mut Vec<u8>);

    /// Says what a message is. Called for every one: it must not parse more than it needs.
    fn recognise(&self, payload: &[u8]) -> Seen;

    /// Checks a delivery fully. Called for a sample.
    ///
    /// # Errors
    /// What is wrong with it.
    fn verify(&self, payload: &[u8]) -> Result<()>;

    /// Whether posts are acknowledged apart from their delivery.
    fn acknowledges(&self) -> bool;

    /// Whether the server says something first ([`Seen::Ready`]) once a socket is in its room.
    fn says_ready(&self) -> bool {
        true
    }

    /// What was done to get the accounts, for the output.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A body of so many bytes that begins with the token, is text like any other and renders as one paragraph.
pub fn body(token: Token, bytes: usize) -> String {
    const WORDS: &str = "the quick brown fox jumps over the lazy dog and says that tea is at five ";
    let mut text = format!("{token} ");
    while text.len() < bytes {
        let left = bytes - text.len();
        text.push_str(&WORDS[..left.min(WORDS.len())]);
    }
    // A space at the end would be trimmed by the server.
    if text.ends_with(' ') {
        text.pop();
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_its_length_and_keeps_it() {
        for bytes in [10, 80, 200, 8_000] {
            let text = body(7, bytes);
            assert_eq!((text.len(), text.trim().len()), (bytes, bytes));
            assert!(text.starts_with("7 "));
        }
    }

    #[test]
    fn accounts_are_enough_for_the_sockets() {
        let shape = |members| Shape { rooms: 3, members, sockets_per_account: 20 };
        assert_eq!([1, 20, 21, 1_000].map(|members| shape(members).accounts_per_room()), [1, 1, 2, 50]);
    }
}
