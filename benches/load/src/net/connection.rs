//! One connection: what it waits for, and what it could not send yet.

use std::io::{self, Read, Write};

use mio::net::TcpStream;

use super::Opening;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Connecting,
    /// The request is sent, the head of the response is awaited.
    Upgrading,
    Open,
}

pub struct Connection {
    pub stream: TcpStream,
    pub stage: Stage,
    /// The beginning of a frame whose end has not come.
    pub inbox: Vec<u8>,
    outgoing: Vec<u8>,
    upgrade: bool,
}

impl Connection {
    pub fn connect(opening: &Opening) -> io::Result<Self> {
        let stream = TcpStream::connect(opening.address)?;
        Ok(Self { stream, stage: Stage::Connecting, inbox: Vec::new(), outgoing: opening.hello.clone(), upgrade: opening.upgrade })
    }

    /// The socket takes bytes (again): finishes connecting and sends what waits.
    pub fn writable(&mut self) -> io::Result<()> {
        if self.stage == Stage::Connecting {
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            match self.stream.peer_addr() {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(()),
                Err(error) => return Err(error),
            }
            self.stream.set_nodelay(true)?;
            self.stage = if self.upgrade { Stage::Upgrading } else { Stage::Open };
        }
        self.flush()
    }

    /// Sends now what can be sent now and keeps the rest.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.outgoing.extend_from_slice(bytes);
        if self.stage == Stage::Connecting { Ok(()) } else { self.flush() }
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut sent = 0;
        while sent < self.outgoing.len() {
            match self.stream.write(&self.outgoing[sent..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.outgoing.drain(..sent);
        if self.outgoing.is_empty() && self.outgoing.capacity() > 4_096 {
            self.outgoing = Vec::new();
        }
        Ok(())
    }
}

/// Status and length of the head of an HTTP response, once it is whole. An upgrade without the right answer to our key counts as a
/// broken answer (502): something that is no WebSocket server replied.
pub fn response_head(bytes: &[u8]) -> Option<(u16, usize)> {
    let length = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..length]);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(502);
    if status == 101 && !head.lines().any(accepts) {
        return Some((502, length));
    }
    Some((status, length))
}

/// RFC 6455's own example, so that the answer is known beforehand.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn accepts(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_the_upgrade_must_be_whole_and_to_our_key() {
        let right = format!("HTTP/1.1 101 Switching Protocols\r\nSec-Websocket-Accept: {ACCEPT}\r\n\r\n");
        assert_eq!(response_head(right.as_bytes()), Some((101, right.len())));
        assert_eq!(response_head(&right.as_bytes()[..right.len() - 1]), None);
        assert_eq!(response_head(right.replace("s3p", "S3P").as_bytes()).map(|(status, _)| status), Some(502));
        assert_eq!(response_head(b"HTTP/1.1 401 Unauthorized\r\n\r\n{}").map(|(status, _)| status), Some(401));
    }
}
