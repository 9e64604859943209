//! The kernel's end of an outbox.

use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use tokio::io::Interest;

/// Where an outbox is written to.
pub enum Wire {
    Tcp(Rc<TcpStream>),
    #[cfg(test)]
    Fake(Rc<super::fake::Kernel>),
}

impl Wire {
    /// Gives bytes to the kernel, which takes as many as it has space for.
    ///
    /// # Errors
    /// `WouldBlock` where it has none; anything else ends the connection.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => {
                // The kernel is asked without a look at what tokio knows of it: mostly it has space.
                let written = SockRef::from(&**stream).send(bytes);
                if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
                    let _ = stream.try_io(Interest::WRITABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
                }
                written
            }
            #[cfg(test)]
            Self::Fake(kernel) => kernel.try_write(bytes),
        }
    }

    /// Looks where the descriptor stands.
    pub(super) fn touch(&self) -> usize {
        match self {
            Self::Tcp(stream) => usize::from(stream.as_raw_fd() > 0),
            #[cfg(test)]
            Self::Fake(_) => 0,
        }
    }

    /// Waits until the kernel has space.
    ///
    /// # Errors
    /// The connection is gone.
    pub(super) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            #[cfg(test)]
            Self::Fake(kernel) => kernel.poll_writable(),
        }
    }
}
