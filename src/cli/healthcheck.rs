//! `snug healthcheck`: the health check of containers, so that no image needs curl.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use thiserror::Error;

/// How long the whole question may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// `HTTP/1.1 200` and the space behind it.
const STATUS_BYTES: usize = 13;

/// Why the server is not known to be ready.
#[derive(Debug, Error)]
pub(super) enum Unhealthy {
    #[error("Nothing can be asked on port 0; set SNUG_BIND to the port that the server listens on.")]
    NoPort,
    #[error("Snug does not answer on {address} ({cause}); is it running, and is SNUG_BIND the same for both?")]
    NoAnswer { address: SocketAddr, cause: io::Error },
    #[error("Snug on {address} is not ready: it answered {status:?}; its log says why.")]
    NotReady { address: SocketAddr, status: String },
}

/// Asks `/readyz` on the address that the server is configured to listen on.
pub(super) fn ask(bind: SocketAddr) -> Result<(), Unhealthy> {
    if bind.port() == 0 {
        return Err(Unhealthy::NoPort);
    }
    let address = SocketAddr::new(reachable(bind.ip()), bind.port());
    let status = status(address).map_err(|cause| Unhealthy::NoAnswer { address, cause })?;
    if status.starts_with("HTTP/1.") && status.ends_with(" 200 ") { Ok(()) } else { Err(Unhealthy::NotReady { address, status }) }
}

/// A server that listens on every address is asked on the loopback one.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// The beginning of the answer. The time left is set before each read, so that an answer in drips cannot hold the check.
fn status(address: SocketAddr) -> io::Result<String> {
    let deadline = Instant::now() + PATIENCE;
    let left = || Some(deadline.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero()).ok_or(io::ErrorKind::TimedOut);
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;

    let mut answer = [0; STATUS_BYTES];
    let mut filled = 0;
    while filled < STATUS_BYTES {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut answer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(String::from_utf8_lossy(&answer[..filled]).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answer(bytes: &'static [u8]) -> (Result<(), Unhealthy>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                peer.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            peer.write_all(bytes).unwrap();
            String::from_utf8(request).unwrap()
        });
        (ask(address), server.join().unwrap())
    }

    #[test]
    fn ready_is_200_and_nothing_else() {
        let (result, request) = answer(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        assert!(result.is_ok());
        assert!(request.starts_with("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
        for bytes in [&b"HTTP/1.1 503 Service Unavailable\r\n\r\n"[..], b"HTTP/1.1 2000 ?", b"SSH-2.0-Open 200", b"HTTP/1.1", b""] {
            assert!(matches!(answer(bytes).0, Err(Unhealthy::NotReady { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn nobody_there() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(ask(free), Err(Unhealthy::NoAnswer { .. })));
        assert!(matches!(ask("127.0.0.1:0".parse().unwrap()), Err(Unhealthy::NoPort)));
    }

    #[test]
    fn every_address_is_asked_on_loopback() {
        assert_eq!(reachable(Ipv4Addr::UNSPECIFIED.into()), Ipv4Addr::LOCALHOST);
        assert_eq!(reachable(Ipv6Addr::UNSPECIFIED.into()), Ipv6Addr::LOCALHOST);
        assert_eq!(reachable(Ipv4Addr::new(10, 0, 0, 7).into()), Ipv4Addr::new(10, 0, 0, 7));
    }
}
