//! How accepted connections are set up, before a byte of HTTP is read.

use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

use crate::auth::{ClientAddress, TrustedProxies};
use crate::ws::Headcount;

/// A peer that takes nothing for this long is gone. The kernel ends the connection, also where a stalled write would wait for ever.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// Bytes the kernel may hold for one socket beside its outbox.
const SEND_BUFFER: usize = 256 * 1024;

/// Bytes of that which may wait for a peer that takes no more; the rest is for what is on its way. When many stop at once, filling their
/// buffers would keep the others waiting.
const UNSENT: u32 = 32 * 1024;

/// The door of the machine: sets up each connection, and counts those of each address, so that one who opens them and says nothing does
/// not take every descriptor there is.
#[derive(Clone)]
pub struct Porter {
    connections: Headcount,
    proxies: TrustedProxies,
}

impl Porter {
    /// At most so many connections of one address. A trusted proxy has as many as it likes: the people behind it are told apart later.
    pub fn new(most: usize, proxies: TrustedProxies) -> Self {
        Self { connections: Headcount::new(most), proxies }
    }

    /// Takes a connection in, or hangs up.
    pub fn receive(&self, stream: &TcpStream, kept: &mut Extensions) {
        let socket = SockRef::from(stream);
        let peer = stream.peer_addr().map(|peer| peer.ip().to_canonical());
        if let Ok(peer) = peer
            && !self.proxies.trusts(peer)
        {
            match self.connections.enter(ClientAddress(peer).network()) {
                // It is counted for as long as the connection lives, which owns these.
                Some(place) => drop(kept.insert(Rc::new(place))),
                // The server reads an end of the stream and closes.
                None => drop(socket.shutdown(Shutdown::Both)),
            }
        }
        prepare(&socket);
    }
}

/// Sends small frames at once (without it a frame waits for the peer's delayed acknowledgement: 47 ms at the 99th percentile instead
/// of 9) and bounds what a stalled peer can hold.
fn prepare(socket: &SockRef<'_>) {
    let prepared = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)))
        .and_then(|()| socket.set_send_buffer_size(SEND_BUFFER))
        .and_then(|()| socket.set_tcp_notsent_lowat(UNSENT));
    if let Err(error) = prepared {
        // The peer may be gone already; the connection then ends by itself.
        tracing::debug!(%error, "a new connection could not be set up");
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    /// A connection, as the server and as the client hold it.
    async fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (accepted.unwrap().0, client.unwrap())
    }

    #[tokio::test]
    async fn every_connection_sends_at_once_and_is_bounded() {
        let (server, _client) = connected().await;
        Porter::new(1, TrustedProxies::default()).receive(&server, &mut Extensions::new());
        let socket = SockRef::from(&server);
        assert!(socket.tcp_nodelay().unwrap());
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED));
        // Linux keeps as much again for its own book-keeping.
        assert!(socket.send_buffer_size().unwrap() <= 2 * SEND_BUFFER);
        assert_eq!(socket.tcp_notsent_lowat().unwrap(), UNSENT);
    }

    #[tokio::test]
    async fn one_address_too_many_is_hung_up_on_until_another_connection_ends() {
        let porter = Porter::new(1, TrustedProxies::default());
        let (first, _one) = connected().await;
        let mut kept = Extensions::new();
        porter.receive(&first, &mut kept);
        let (second, mut other) = connected().await;
        porter.receive(&second, &mut Extensions::new());
        assert_eq!(other.read(&mut [0]).await.unwrap(), 0, "it is hung up on");
        drop(kept);
        let (third, _another) = connected().await;
        let mut kept = Extensions::new();
        porter.receive(&third, &mut kept);
        assert!(kept.contains::<Rc<crate::ws::Place>>());
        let trusting = Porter::new(0, TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]));
        let (proxied, mut proxy) = connected().await;
        trusting.receive(&proxied, &mut Extensions::new());
        drop(proxied);
        assert_eq!(proxy.read(&mut [0]).await.unwrap(), 0);
    }
}
