//! Many WebSocket connections on one thread: one epoll, one read for everything a socket has, no task and no allocation per message,
//! so that the clients are cheaper than any server they drive.

mod attention;
mod connection;

pub use connection::KEY;

use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token};

use crate::frames;
use attention::Attention;
use connection::{Connection, Stage};

/// How a connection is opened.
#[derive(Debug, Clone)]
pub struct Opening {
    pub address: SocketAddr,
    /// What is sent first.
    pub hello: Vec<u8>,
    /// Whether the server answers that with the head of an HTTP response, 101 for success.
    pub upgrade: bool,
}

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server said so, with this code (1005 where it gave none).
    Close(u16),
    /// The upgrade was answered with this status.
    Refused(u16),
    /// The connection broke without a close frame.
    Broken(String),
    /// The server sent what no WebSocket server may send.
    Invalid(&'static str),
}

/// Who is told what happens.
pub trait Listener {
    /// The connection can be used.
    fn opened(&mut self, net: &mut Net, id: usize);
    /// A text or binary message came.
    fn message(&mut self, net: &mut Net, id: usize, payload: &[u8]);
    /// The connection is gone; its id may be used again.
    fn closed(&mut self, net: &mut Net, id: usize, end: End);
}

/// The connections. Ids are chosen by the caller: small and dense.
pub struct Net {
    poll: Poll,
    events: Option<Events>,
    connections: Vec<Option<Box<Connection>>>,
    scratch: Vec<u8>,
    masks: fastrand::Rng,
    failed: Vec<(usize, End)>,
    /// Sockets that are open and never used again.
    abandoned: Vec<mio::net::TcpStream>,
    pub attention: Attention,
}

impl Net {
    /// # Errors
    /// The system gives no epoll.
    pub fn new() -> Result<Self> {
        Ok(Self {
            poll: Poll::new().context("epoll")?,
            events: Some(Events::with_capacity(1_024)),
            connections: Vec::new(),
            scratch: vec![0; 256 * 1024],
            masks: fastrand::Rng::new(),
            failed: Vec::new(),
            abandoned: Vec::new(),
            attention: Attention::default(),
        })
    }

    /// Begins to open a connection; `opened` or `closed` follows from [`Net::poll`].
    pub fn open(&mut self, id: usize, opening: &Opening) {
        if self.connections.len() <= id {
            self.connections.resize_with(id + 1, || None);
        }
        let opened = Connection::connect(opening).and_then(|mut connection| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut connection.stream, Token(id), interest)?;
            Ok(connection)
        });
        match opened {
            Ok(connection) => self.connections[id] = Some(Box::new(connection)),
            Err(error) => self.failed.push((id, End::Broken(error.to_string()))),
        }
    }

    /// Whether the connection is there, be it still opening.
    pub fn is_there(&self, id: usize) -> bool {
        self.connections.get(id).is_some_and(Option::is_some)
    }

    /// A key for the next frame. It has to be different each time, so that a server cannot get by without unmasking.
    pub fn mask(&mut self) -> [u8; 4] {
        self.masks.u32(..).to_ne_bytes()
    }

    /// Sends a text message. Silently dropped where the connection is gone: `closed` has been or will be called.
    pub fn send_text(&mut self, id: usize, text: &[u8]) {
        let mut frame = Vec::with_capacity(text.len() + 14);
        frames::masked(frames::TEXT, text, self.mask(), &mut frame);
        self.send_raw(id, &frame);
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, id: usize, bytes: &[u8]) {
        if let Some(Some(connection)) = self.connections.get_mut(id)
            && let Err(error) = connection.send(bytes)
        {
            self.failed.push((id, End::Broken(error.to_string())));
        }
    }

    /// Drops a connection without a word and without calling `closed`.
    pub fn cut(&mut self, id: usize) {
        if let Some(place) = self.connections.get_mut(id) {
            // Closing the descriptor takes it out of the epoll.
            *place = None;
        }
    }

    /// Leaves a connection open and never reads or writes it again, as if its machine had lost the network: no FIN, no RST. `closed` is
    /// not called, and the id may be used again.
    pub fn abandon(&mut self, id: usize) {
        if let Some(mut connection) = self.connections.get_mut(id).and_then(Option::take)
            && self.poll.registry().deregister(&mut connection.stream).is_ok()
        {
            self.abandoned.push(connection.stream);
        }
    }

    /// The port of this end of a connection.
    pub fn port(&self, id: usize) -> Option<u16> {
        Some(self.connections.get(id)?.as_ref()?.stream.local_addr().ok()?.port())
    }

    /// Closes those that were abandoned.
    pub fn forget_abandoned(&mut self) {
        self.abandoned.clear();
    }

    /// How many of those the server has not ended yet. What it had sent before is read now and thrown away.
    pub fn abandoned(&mut self) -> usize {
        let scratch = &mut self.scratch;
        self.abandoned.retain_mut(|stream| {
            loop {
                match stream.read(scratch) {
                    Ok(0) => return false,
                    Ok(_) => {}
                    Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
                }
            }
        });
        self.abandoned.len()
    }

    /// Waits for something to happen, at most so long, and tells the listener everything that did.
    ///
    /// # Errors
    /// The epoll fails.
    pub fn poll(&mut self, listener: &mut impl Listener, timeout: Duration) -> Result<()> {
        self.tell_failed(listener);
        let mut events = self.events.take().unwrap_or_else(|| Events::with_capacity(1_024));
        self.attention.wait(&mut self.poll, &mut events, timeout)?;
        for event in &events {
            self.advance(event, listener);
        }
        self.events = Some(events);
        self.tell_failed(listener);
        Ok(())
    }

    /// Polls until `done` says so or the deadline passes; true where it was `done`.
    ///
    /// # Errors
    /// The epoll fails, or somebody asked this program to stop.
    pub fn poll_until<L: Listener>(&mut self, listener: &mut L, deadline: Instant, mut done: impl FnMut(&L) -> bool) -> Result<bool> {
        while !done(listener) {
            crate::stop::check()?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.poll(listener, left.min(Duration::from_millis(50)))?;
        }
        Ok(true)
    }

    fn tell_failed(&mut self, listener: &mut impl Listener) {
        while let Some((id, end)) = self.failed.pop() {
            // One that never began has nothing to say.
            if self.is_there(id) { self.give_up(id, end, listener) } else { listener.closed(self, id, end) }
        }
    }

    /// A connection that takes nothing any more. What the server said before it hung up still lies there and is heard first: a close
    /// frame, most of all.
    fn give_up(&mut self, id: usize, end: End, listener: &mut impl Listener) {
        self.read(id, true, listener);
        if self.is_there(id) {
            self.end(id, end, listener);
        }
    }

    fn advance(&mut self, event: &Event, listener: &mut impl Listener) {
        let id = event.token().0;
        let Some(Some(connection)) = self.connections.get_mut(id) else { return };
        let was_connecting = connection.stage == Stage::Connecting;
        if (was_connecting || event.is_writable())
            && let Err(error) = connection.writable()
        {
            return self.give_up(id, End::Broken(error.to_string()), listener);
        }
        if was_connecting && connection.stage == Stage::Open {
            listener.opened(self, id);
        }
        if event.is_readable() || event.is_read_closed() {
            self.read(id, event.is_read_closed(), listener);
        }
    }

    /// Reads until the socket is empty. A read that did not fill the buffer emptied it (`epoll(7)`), so the usual delivery costs one
    /// system call.
    fn read(&mut self, id: usize, closing: bool, listener: &mut impl Listener) {
        let mut scratch = std::mem::take(&mut self.scratch);
        while let Some(Some(connection)) = self.connections.get_mut(id) {
            match connection.read(&mut scratch) {
                Ok(0) => {
                    self.end(id, End::Broken("the server closed the connection".to_owned()), listener);
                    break;
                }
                Ok(count) => {
                    self.consume(id, &scratch[..count], listener);
                    if count < scratch.len() && !closing {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.end(id, End::Broken(error.to_string()), listener);
                    break;
                }
            }
        }
        self.scratch = scratch;
    }

    /// Takes apart what was read, together with what was left of the last read.
    fn consume(&mut self, id: usize, fresh: &[u8], listener: &mut impl Listener) {
        let Some(Some(connection)) = self.connections.get_mut(id) else { return };
        let mut inbox = std::mem::take(&mut connection.inbox);
        let joined = !inbox.is_empty();
        if joined {
            inbox.extend_from_slice(fresh);
        }
        let bytes: &[u8] = if joined { &inbox } else { fresh };
        let used = self.take_apart(id, bytes, listener);
        if let (Some(used), Some(Some(connection))) = (used, self.connections.get_mut(id)) {
            if joined {
                inbox.drain(..used);
                connection.inbox = inbox;
            } else {
                connection.inbox.extend_from_slice(&fresh[used..]);
            }
            // What a burst or the long first message needed is given back, so that ten thousand idle clients stay small.
            if connection.inbox.capacity() > 4_096 && connection.inbox.len() < 512 {
                connection.inbox.shrink_to_fit();
            }
        }
    }

    /// Tells the listener every whole message in `bytes`; answers how many bytes that was, or nothing where the connection ended.
    fn take_apart(&mut self, id: usize, bytes: &[u8], listener: &mut impl Listener) -> Option<usize> {
        let mut at = 0;
        let connection = self.connections.get_mut(id)?.as_mut()?;
        if connection.stage == Stage::Upgrading {
            match connection::response_head(bytes) {
                None => return Some(0),
                Some((101, length)) => {
                    at = length;
                    connection.stage = Stage::Open;
                    listener.opened(self, id);
                }
                Some((status, _)) => {
                    self.end(id, End::Refused(status), listener);
                    return None;
                }
            }
        }
        loop {
            match frames::next(&bytes[at..]) {
                frames::Next::Incomplete => return Some(at),
                frames::Next::Invalid(what) => {
                    self.end(id, End::Invalid(what), listener);
                    return None;
                }
                frames::Next::Frame(frame) => {
                    at += frame.length;
                    if !self.frame(id, frame.opcode, frame.payload, listener) {
                        return None;
                    }
                }
            }
        }
    }

    /// False where that was the end of the connection.
    fn frame(&mut self, id: usize, opcode: u8, payload: &[u8], listener: &mut impl Listener) -> bool {
        match opcode {
            frames::TEXT | frames::BINARY => {
                listener.message(self, id, payload);
                self.is_there(id)
            }
            frames::PING => {
                let mut pong = Vec::new();
                frames::masked(frames::PONG, payload, self.mask(), &mut pong);
                self.send_raw(id, &pong);
                true
            }
            frames::PONG => true,
            frames::CLOSE => {
                let code = match payload {
                    [high, low, ..] => u16::from_be_bytes([*high, *low]),
                    _ => 1005,
                };
                let mut answer = Vec::new();
                frames::masked(frames::CLOSE, payload.get(..2).unwrap_or_default(), self.mask(), &mut answer);
                self.send_raw(id, &answer);
                self.end(id, End::Close(code), listener);
                false
            }
            _ => {
                self.end(id, End::Invalid("an unknown opcode"), listener);
                false
            }
        }
    }

    fn end(&mut self, id: usize, end: End, listener: &mut impl Listener) {
        self.cut(id);
        self.failed.retain(|(failed, _)| *failed != id);
        listener.closed(self, id, end);
    }
}
