//! The floor: a bare sender instead of a server. See `floor.rs` of the crate for the sender itself.

use std::net::SocketAddr;

use anyhow::Result;

use super::{Adapter, Seat, Seen, Shape, Snug};
use crate::net::Opening;
use crate::token::Token;

/// A socket says the number of its room in four bytes; a post is its token in eight. What comes back are frames exactly as the
/// server would have sent them.
pub struct FloorAdapter {
    address: SocketAddr,
    /// Recognises deliveries, since the frames are a Snug's.
    snug: Snug,
}

impl FloorAdapter {
    /// `run` must be the one in the frames that the sender was given.
    pub fn at(address: SocketAddr, run: u16) -> Self {
        Self { address, snug: Snug::recogniser(run) }
    }
}

impl Adapter for FloorAdapter {
    fn name(&self) -> &'static str {
        "floor"
    }

    fn seats(&mut self, shape: &Shape) -> Result<Vec<Seat>> {
        let opening = |room: usize| Opening { address: self.address, hello: (room as u32).to_be_bytes().to_vec(), upgrade: false };
        Ok((0..shape.sockets()).map(|socket| socket / shape.members).map(|room| Seat { opening: opening(room), room }).collect())
    }

    fn post(&self, _room: usize, token: Token, _body_bytes: usize, _mask: [u8; 4], out: &mut Vec<u8>) {
        out.extend_from_slice(&token.to_be_bytes());
    }

    fn recognise(&self, payload: &[u8]) -> Seen {
        self.snug.recognise(payload)
    }

    fn verify(&self, _payload: &[u8]) -> Result<()> {
        Ok(())
    }

    fn acknowledges(&self) -> bool {
        false
    }
}
