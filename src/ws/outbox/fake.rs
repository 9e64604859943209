//! An outbox without a kernel behind it.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::{Flusher, Outbox, Wire, Writing};

/// An outbox with a flusher of its own, seen from the peer's side.
pub struct Peer {
    pub outbox: Rc<Outbox>,
    /// Taken when the connection is gone.
    pub writing: Option<Writing>,
    kernel: Rc<Kernel>,
    flusher: Flusher,
}

pub struct Kernel {
    taken: RefCell<Vec<u8>>,
    space: Cell<usize>,
    writes: Cell<usize>,
}

impl Kernel {
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.space.get());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.space.set(self.space.get() - count);
        self.writes.set(self.writes.get() + 1);
        self.taken.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    pub(super) fn poll_writable(&self) -> Poll<io::Result<()>> {
        if self.space.get() > 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl Peer {
    /// One who takes everything.
    pub fn of(limit: usize) -> Self {
        Self::answered(limit, b"")
    }

    /// One who waits for this answer to a handshake.
    pub fn answered(limit: usize, answer: &'static [u8]) -> Self {
        let kernel = Rc::new(Kernel { taken: RefCell::default(), space: Cell::new(usize::MAX), writes: Cell::new(0) });
        let flusher = Flusher::default();
        let (outbox, writing) = Outbox::new(limit, Bytes::from_static(answer), Wire::Fake(Rc::clone(&kernel)), &flusher);
        Self { outbox, writing: Some(writing), kernel, flusher }
    }

    /// From here on the kernel takes so many more bytes.
    pub fn has_space_for(&self, bytes: usize) {
        self.kernel.space.set(bytes);
    }

    /// Lets the flusher and the connection's task write; answers all bytes of it.
    pub fn bytes(&self) -> Vec<u8> {
        self.flusher.flush(usize::MAX);
        if let Some(writing) = &self.writing {
            let _ = writing.0.poll_written(&mut Context::from_waker(Waker::noop()));
        }
        self.kernel.taken.take()
    }

    /// The same as whole frames.
    pub fn frames(&self) -> Vec<Vec<u8>> {
        let bytes = self.bytes();
        let (mut rest, mut frames) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let length = match rest[1] {
                126 => 4 + usize::from(u16::from_be_bytes([rest[2], rest[3]])),
                short => 2 + usize::from(short),
            };
            frames.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        frames
    }

    /// System calls so far.
    pub fn writes(&self) -> usize {
        self.kernel.writes.get()
    }
}
