//! One attacker on a connection of its own: it writes on one thread and listens on another, as nobody would who waits for an answer.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use memchr::memmem;

use super::kinds::Kind;
use crate::frames::{self, Next};
use crate::net::Opening;

/// Longest wait for one byte, and for room to write one.
const TICK: Duration = Duration::from_millis(100);

/// A socket that is open and has been told `ready`.
pub struct Attacker {
    stream: TcpStream,
    /// What came and is not read yet.
    inbox: Vec<u8>,
}

/// How it ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// The server's close code; nothing where the connection broke without one.
    pub code: Option<u16>,
    /// From the first bad byte to the close frame, or to the end of the patience.
    pub after: Duration,
    /// Whether the server hung up too.
    pub hung_up: bool,
}

impl Attacker {
    /// Opens a socket as a good client does.
    ///
    /// # Errors
    /// It is not let in.
    pub fn connect(opening: &Opening) -> Result<Self> {
        let mut stream = TcpStream::connect(opening.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(TICK))?;
        stream.write_all(&opening.hello)?;
        let mut attacker = Self { stream, inbox: Vec::new() };
        let deadline = Instant::now() + Duration::from_secs(10);
        while memmem::find(&attacker.inbox, b"\r\n\r\n").is_none() {
            attacker.read()?;
            ensure!(Instant::now() < deadline, "the handshake has no answer");
        }
        ensure!(attacker.inbox.starts_with(b"HTTP/1.1 101"), "not let in: {}", String::from_utf8_lossy(&attacker.inbox));
        let head = memmem::find(&attacker.inbox, b"\r\n\r\n").context("no head")? + 4;
        attacker.inbox.drain(..head);
        while memmem::find(&attacker.inbox, br#""type":"ready""#).is_none() {
            attacker.read()?;
            ensure!(Instant::now() < deadline, "no ready");
        }
        Ok(attacker)
    }

    /// Attacks until the server hangs up, or for so long.
    ///
    /// # Errors
    /// The system gives no second handle to the socket.
    pub fn attack(mut self, kind: &Kind, patience: Duration) -> Result<Ended> {
        let (over, begun) = (Arc::new(AtomicBool::new(false)), Instant::now());
        let (writing, until) = (self.stream.try_clone()?, Arc::clone(&over));
        let (mut code, mut after, mut hung_up) = (None, patience, false);
        thread::scope(|scope| -> Result<()> {
            scope.spawn(move || write_all_of(kind, &writing, &until));
            while begun.elapsed() < patience && !hung_up {
                hung_up = !self.read().unwrap_or(false);
                if code.is_none()
                    && let Some(said) = self.close_frame()
                {
                    (code, after) = (Some(said), begun.elapsed());
                }
            }
            over.store(true, Ordering::Relaxed);
            // The writer may wait for room.
            let _ = self.stream.shutdown(Shutdown::Both);
            Ok(())
        })?;
        Ok(Ended { code, after, hung_up })
    }

    /// Reads what has come; false where nothing ever will.
    fn read(&mut self) -> Result<bool> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.inbox.extend_from_slice(&bytes[..count]);
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// The code of the close frame, once it has come.
    fn close_frame(&mut self) -> Option<u16> {
        loop {
            let Next::Frame(frame) = frames::next(&self.inbox) else { return None };
            let code = match frame.payload {
                [high, low, ..] => u16::from_be_bytes([*high, *low]),
                _ => 1005,
            };
            let (opcode, length) = (frame.opcode, frame.length);
            self.inbox.drain(..length);
            if opcode == frames::CLOSE {
                return Some(code);
            }
        }
    }
}

/// Ends where the server has hung up: that is what the attack was for.
fn write_all_of(kind: &Kind, mut stream: &TcpStream, over: &AtomicBool) {
    let mut send = |bytes: &[u8]| {
        let mut sent = 0;
        while sent < bytes.len() {
            match stream.write(&bytes[sent..]) {
                Ok(count) => sent += count,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(_) => return false,
            }
            if over.load(Ordering::Relaxed) {
                return false;
            }
        }
        true
    };
    if !send(&kind.first) {
        return;
    }
    let Some(again) = &kind.again else { return };
    for _ in 0..again.times {
        let next = Instant::now() + again.pause;
        while Instant::now() < next && !over.load(Ordering::Relaxed) {
            thread::sleep(again.pause.min(Duration::from_millis(20)));
        }
        if over.load(Ordering::Relaxed) || !send(&again.bytes) {
            return;
        }
    }
}
