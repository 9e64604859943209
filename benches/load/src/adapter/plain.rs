//! A server without accounts and without a log: whatever text a client of `/?room=N` sends goes to everyone there, itself too.
//! uWebSockets and actix's chat example can be brought to that with a few lines, and it is what this tool's own tests run against.

use anyhow::{Result, ensure};

use super::{Adapter, Seat, Seen, Shape, body};
use crate::frames;
use crate::http::Site;
use crate::net::Opening;
use crate::token::{self, Token};

/// Rooms are paths, a delivery is the post itself.
pub struct Plain {
    site: Site,
    run: u16,
}

impl Plain {
    pub fn at(site: Site) -> Self {
        Self { site, run: fastrand::u16(..) }
    }
}

impl Adapter for Plain {
    fn name(&self) -> &'static str {
        "plain broadcast"
    }

    fn seats(&mut self, shape: &Shape) -> Result<Vec<Seat>> {
        let opening = |room: usize| {
            let hello = super::snug::upgrade_request(&self.site, &format!("/?room={room}"), None);
            Opening { address: self.site.address, hello, upgrade: true }
        };
        Ok((0..shape.sockets()).map(|socket| socket / shape.members).map(|room| Seat { opening: opening(room), room }).collect())
    }

    fn post(&self, _room: usize, token: Token, body_bytes: usize, mask: [u8; 4], out: &mut Vec<u8>) {
        let text = format!("{} {}", token::client_id(self.run, token), body(token, body_bytes));
        frames::masked(frames::TEXT, text.as_bytes(), mask, out);
    }

    fn recognise(&self, payload: &[u8]) -> Seen {
        let id = payload.get(..token::CLIENT_ID_LENGTH).and_then(|id| token::token_of(self.run, id));
        id.map_or(Seen::Other, Seen::Delivery)
    }

    fn verify(&self, payload: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(payload)?;
        let (id, said) = text.split_at(token::CLIENT_ID_LENGTH);
        let token = token::token_of(self.run, id.as_bytes());
        let begins = token.is_some_and(|token| said.trim_start().starts_with(&format!("{token} ")));
        ensure!(begins, "the text does not belong to its id: {text}");
        Ok(())
    }

    fn acknowledges(&self) -> bool {
        false
    }

    fn says_ready(&self) -> bool {
        false
    }
}
