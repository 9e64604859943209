//! HTTP by hand, for what no good client sends: in pieces, or with headers of one's own choice.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::App;

/// A connection of one request.
pub struct Raw(TcpStream);

impl Raw {
    /// Sends the beginning of a request.
    pub async fn begin(app: &App, head: &str) -> Self {
        let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(head.replace('\n', "\r\n").as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Waits until the server asks for the body (`Expect: 100-continue`): a handler is reading it.
    pub async fn is_awaited(&mut self) {
        let mut answer = [0; 25];
        self.0.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    /// Sends the rest and reads the answer: its status line, headers and body as they came.
    pub async fn finish(mut self, rest: &str) -> String {
        self.0.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        self.0.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}
