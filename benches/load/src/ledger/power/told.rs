//! The acknowledgements among all that a server writes to its sockets.

use std::collections::HashMap;

use anyhow::{Result, bail};
use memchr::memmem;
use serde_json::Value;

use super::super::checker::Place;
use super::super::clients::shown;
use crate::frames::{self, Next};

const REPLY: &[u8] = br#"{"type":"reply""#;
const UPGRADED: &[u8] = b"HTTP/1.1 101";
const HEAD_ENDS: &[u8] = b"\r\n\r\n";

/// A post that was acknowledged, and the line on which the server began to write that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub at: usize,
    pub post: u64,
    pub place: Place,
}

/// All that is said, by socket.
#[derive(Debug)]
pub struct Tongue {
    run: u16,
    sockets: HashMap<String, Socket>,
}

#[derive(Debug)]
enum Socket {
    /// Too little was said to know.
    Unknown(Vec<u8>),
    /// It speaks WebSocket; what has no end yet.
    Frames(Vec<u8>),
    /// It does not.
    Other,
}

impl Tongue {
    pub fn new(run: u16) -> Self {
        Self { run, sockets: HashMap::new() }
    }

    /// Takes what was written to a socket on this line.
    ///
    /// # Errors
    /// It is no WebSocket frame after an upgrade.
    pub fn says(&mut self, socket: &str, line: usize, data: &[u8], told: &mut Vec<Told>) -> Result<()> {
        if !self.sockets.contains_key(socket) {
            self.sockets.insert(socket.to_owned(), Socket::Unknown(Vec::new()));
        }
        let Some(socket) = self.sockets.get_mut(socket) else { return Ok(()) };
        if let Socket::Unknown(said) = socket {
            said.extend_from_slice(data);
            if said.len() < UPGRADED.len() {
                return Ok(());
            }
            if !said.starts_with(UPGRADED) {
                *socket = Socket::Other;
            } else if let Some(end) = memmem::find(said, HEAD_ENDS) {
                let rest = said.split_off(end + HEAD_ENDS.len());
                *socket = Socket::Frames(rest);
            }
        } else if let Socket::Frames(said) = socket {
            said.extend_from_slice(data);
        }
        let Socket::Frames(said) = socket else { return Ok(()) };
        let mut used = 0;
        loop {
            match frames::next(&said[used..]) {
                Next::Incomplete => break,
                Next::Invalid(what) => bail!("the server wrote {what}"),
                Next::Frame(frame) => {
                    used += frame.length;
                    if frame.opcode == frames::TEXT && frame.payload.starts_with(REPLY) {
                        told.extend(acknowledged(self.run, frame.payload).map(|(post, place)| Told { at: line, post, place }));
                    }
                }
            }
        }
        said.drain(..used);
        Ok(())
    }
}

/// The post that a reply acknowledges, and its place.
fn acknowledged(run: u16, payload: &[u8]) -> Option<(u64, Place)> {
    let said: Value = serde_json::from_slice(payload).ok()?;
    let message = Some(&said["message"]).filter(|_| said["did"] == "posted")?;
    let (number, _, post, _) = shown(run, message)?;
    Some((post, Place { room: message["room"].as_i64()?, seq: message["seq"].as_i64()?, number }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token;

    #[test]
    fn acknowledgements_are_found_in_whatever_pieces_they_were_written() {
        let reply = format!(
            r#"{{"type":"reply","ref":3,"did":"posted","message":{{"room":5,"seq":9,"number":4,"author":1,"client_id":"{}","body":"x"}}}}"#,
            token::client_id(7, 3)
        );
        let mut stream = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec();
        frames::unmasked(frames::TEXT, br#"{"type":"ready"}"#, &mut stream);
        frames::unmasked(frames::TEXT, reply.as_bytes(), &mut stream);
        for size in [1, 7, 100, stream.len()] {
            let (mut tongue, mut told) = (Tongue::new(7), Vec::new());
            for (line, piece) in stream.chunks(size).enumerate() {
                tongue.says("socket:[1]", line, piece, &mut told).unwrap();
                tongue.says("socket:[2]", line, b"HTTP/1.1 200 OK, and so on", &mut told).unwrap();
            }
            let place = Place { room: 5, seq: 9, number: 4 };
            assert_eq!(told, [Told { at: stream.len().div_ceil(size) - 1, post: 3, place }], "pieces of {size}");
        }
    }
}
