//! A request whose body stays away until it is asked for: its head was read, and its session with it, before whatever happens next.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::person::Person;
use super::socket::PATIENCE;

pub struct Slow {
    stream: TcpStream,
    body: String,
}

/// What came of it.
pub struct Finished {
    pub status: u16,
    /// `name=value` of each cookie it set.
    pub cookies: Vec<String>,
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Slow {
    /// Sends the head of this action with this cookie, and waits until a handler asks for the body.
    pub async fn begins(person: &Person, action: &str, cookie: &str) -> Self {
        let said = person.adapter.action(action);
        let (method, path) = said.request.split_once(' ').unwrap();
        let body = person.fills(said.body.as_ref().unwrap_or(&Value::Null)).to_string();
        let host = person.url.strip_prefix("http://").expect("slow requests are made over plain http");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nCookie: {cookie}\r\nConnection: close\r\n\
             Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            person.url,
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; CONTINUE.len()];
        timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("nobody asks for the body").unwrap();
        assert_eq!(answer, CONTINUE, "{action}");
        Self { stream, body }
    }

    /// Sends the body and reads the answer.
    pub async fn finishes(mut self) -> Finished {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, self.stream.read_to_end(&mut answer)).await.expect("no answer to a slow request").unwrap();
        let text = String::from_utf8_lossy(&answer);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let set = head.lines().filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")));
        let cookies = set.map(|(_, cookie)| cookie.split(';').next().unwrap().to_owned()).collect();
        Finished { status, cookies }
    }
}
