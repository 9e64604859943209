//! A client that writes its frames by hand.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::protocol::CloseReason;

/// How long a client waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Client {
    pub stream: TcpStream,
}

/// A masked frame with the shortest length. The mask is zero, so the payload stands there as it is.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

impl Client {
    pub async fn connect(address: SocketAddr, path: &str) -> Self {
        let (client, head) = Self::ask(address, path, "13", "AAAAAAAAAAAAAAAAAAAAAA==").await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        client
    }

    /// Sends a handshake and reads the head of the answer.
    pub async fn ask(address: SocketAddr, path: &str, version: &str, key: &str) -> (Self, String) {
        let mut client = Self::hang_on(address).await;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: {version}\r\n\
             Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: other, snug.v1\r\n\r\n"
        );
        let head = client.requests(&request).await;
        (client, head)
    }

    /// A connection on which nothing has been said.
    pub async fn hang_on(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// Sends a request and reads the head of the answer.
    pub async fn requests(&mut self, request: &str) -> String {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, self.stream.read_u8()).await.unwrap().unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    pub async fn sends(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends what may be cut off in the middle because the server has hung up.
    pub async fn floods(&mut self, bytes: &[u8], times: usize) {
        for _ in 0..times {
            if self.stream.write_all(bytes).await.is_err() {
                break;
            }
        }
    }

    /// The next frame: its first byte and its payload. `None` where the server has hung up.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(PATIENCE, self.read()).await.expect("nothing came")
    }

    async fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.stream.read_u8().await.ok()?;
        let length = match self.stream.read_u8().await.ok()? {
            126 => usize::from(self.stream.read_u16().await.ok()?),
            127 => usize::try_from(self.stream.read_u64().await.ok()?).unwrap(),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((first, payload))
    }

    pub async fn hears(&mut self, text: &str) {
        let (first, payload) = self.next().await.expect("the server has hung up");
        assert_eq!((first, String::from_utf8_lossy(&payload).as_ref()), (0x81, text));
    }

    /// The next frames up to a close are pongs and pings; then the close has this reason, and the server hangs up.
    pub async fn is_closed(&mut self, reason: CloseReason) {
        let payload = loop {
            match self.next().await {
                Some((0x88, payload)) => break payload,
                Some((0x89 | 0x8a, _)) => {}
                other => panic!("expected {reason:?}, got {other:?}"),
            }
        };
        let code = u16::from_be_bytes([payload[0], payload[1]]);
        assert_eq!((code, &payload[2..]), (reason.code(), reason.reason().as_bytes()));
        assert_eq!(self.next().await, None, "the server has not hung up");
    }
}
