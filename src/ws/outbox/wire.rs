//! The kernel's end of an outbox.

use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::rt::net::TcpStream;

/// Where an outbox is written to.
pub trait Wire {
    /// Gives bytes to the kernel, which takes as many as it has space for.
    ///
    /// # Errors
    /// `WouldBlock` where it has none; anything else ends the connection.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Waits until the kernel has space.
    ///
    /// # Errors
    /// The connection is gone.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Wire for Rc<TcpStream> {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        TcpStream::try_write(self, bytes)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }
}
