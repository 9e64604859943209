//! What the client sends, as a stream: the bytes of the connection through the reader of frames.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::Stream;
use tokio::io::Interest;

use super::frames::{FrameReader, Inbound, Rules};
use super::outbox::Outbox;
use super::relay::Pulse;
use crate::protocol::CloseReason;

/// Most bytes of one reading.
const READ_BYTES: usize = 16 * 1024;

/// Where a thread's sockets are read into, one after the other: a connection on which nothing arrives holds no buffer. Cloning shares it.
#[derive(Clone)]
pub struct Space(Rc<RefCell<Box<[u8]>>>);

impl Default for Space {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(vec![0; READ_BYTES].into())))
    }
}

/// Ends when the client is gone or the outbox is over, so a session needs no other sign of either.
pub struct Incoming {
    stream: Rc<TcpStream>,
    space: Space,
    /// What has arrived and is not read yet.
    chunk: Bytes,
    reader: FrameReader,
    outbox: Rc<Outbox>,
    pulse: Rc<Pulse>,
}

impl Incoming {
    /// `read` has arrived already.
    pub fn new(stream: Rc<TcpStream>, read: Bytes, space: Space, rules: Rules, outbox: Rc<Outbox>, pulse: Rc<Pulse>) -> Self {
        Self { stream, space, chunk: read, reader: FrameReader::new(rules), outbox, pulse }
    }

    /// What has arrived; nothing at the end.
    fn poll_read(&self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            let mut space = self.space.0.borrow_mut();
            match self.stream.try_read(&mut space) {
                Ok(count) => {
                    if count < space.len() {
                        // That was all: the next word of the kernel is waited for without asking it in vain first. The end of the
                        // connection is not forgotten by this.
                        let _ = self.stream.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
                    }
                    return Poll::Ready(Ok(Bytes::copy_from_slice(&space[..count])));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl Stream for Incoming {
    type Item = Result<Inbound, CloseReason>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.outbox.poll_over(cx).is_ready() {
            return Poll::Ready(None);
        }
        loop {
            if !this.chunk.is_empty()
                && let Some(next) = this.reader.next(&mut this.chunk).transpose()
            {
                if matches!(next, Ok(Inbound::Text(_) | Inbound::Binary(_))) {
                    this.pulse.finished();
                }
                return Poll::Ready(Some(next));
            }
            match this.poll_read(cx) {
                Poll::Ready(Ok(chunk)) if !chunk.is_empty() => {
                    this.chunk = chunk;
                    this.pulse.heard();
                }
                Poll::Ready(_) => return Poll::Ready(None),
                Poll::Pending => {
                    // A chunk that is read to its end still holds its bytes.
                    this.chunk = Bytes::new();
                    if this.reader.is_midway() {
                        this.pulse.midway();
                    } else {
                        this.pulse.finished();
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}
