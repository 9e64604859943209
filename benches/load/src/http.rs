//! A small HTTP/1.1 client for setting up and for asking pages: one kept-alive connection, JSON both ways, waits for each answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// No answer of a healthy server takes longer; a server under `kill -9` may never answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a server is and how its own page would name it.
#[derive(Debug, Clone)]
pub struct Site {
    pub address: SocketAddr,
}

impl Site {
    /// The `Host`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The `Origin` of the server's own page.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// One connection to one server.
pub struct Http {
    site: Site,
    stream: Option<BufReader<TcpStream>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `name=value` of the cookies it set.
    pub cookies: Vec<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON where the status is a success.
    ///
    /// # Errors
    /// Another status (its body is quoted), or a body that is no JSON.
    pub fn json(self, what: &str) -> Result<Value> {
        if !(200..300).contains(&self.status) {
            bail!("{what}: the server answered {} {}", self.status, String::from_utf8_lossy(&self.body));
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).with_context(|| format!("{what}: the answer is not JSON"))
    }
}

impl Http {
    pub fn to(site: &Site) -> Self {
        Self { site: site.clone(), stream: None }
    }

    /// Asks and waits. A connection that the server closed while it was idle is opened again, once.
    ///
    /// # Errors
    /// The server cannot be reached, breaks the connection or answers something that is not HTTP.
    pub fn ask(&mut self, method: &str, path: &str, cookie: Option<&str>, body: Option<&Value>) -> Result<Answer> {
        let request = self.request(method, path, cookie, body);
        let reused = self.stream.is_some();
        match self.exchange(&request) {
            Err(_) if reused => {
                self.stream = None;
                self.exchange(&request)
            }
            other => other,
        }
        .with_context(|| format!("{method} {path}"))
    }

    fn request(&self, method: &str, path: &str, cookie: Option<&str>, body: Option<&Value>) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n", self.site.host(), self.site.origin());
        if let Some(cookie) = cookie {
            head.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        if !body.is_empty() || method != "GET" {
            head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        format!("{head}\r\n{body}").into_bytes()
    }

    fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.site.address, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(stream)
            }
        };
        stream.get_mut().write_all(request)?;
        let (answer, keep) = read_answer(&mut stream)?;
        if keep {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read_answer(stream: &mut impl BufRead) -> Result<(Answer, bool)> {
    let status_line = line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no HTTP status")?;
    let (mut length, mut chunked, mut keep, mut cookies) = (0_usize, false, true, Vec::new());
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().context("Content-Length")?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            "set-cookie" => cookies.extend(value.split(';').next().map(str::to_owned)),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let size = usize::from_str_radix(line(stream)?.split(';').next().unwrap_or_default(), 16).context("chunk size")?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..])?;
            line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if status != 204 && status != 304 {
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
    }
    Ok((Answer { status, cookies, body }, keep))
}

fn line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if stream.take(64 * 1024).read_line(&mut line)? == 0 {
        bail!("the server closed the connection");
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Answer, bool) {
        read_answer(&mut text.as_bytes()).unwrap()
    }

    #[test]
    fn answers_are_read_with_a_length_in_chunks_and_without_a_body() {
        let (answer, keep) = read("HTTP/1.1 201 Created\r\nSet-Cookie: snug=abc; HttpOnly\r\nContent-Length: 8\r\n\r\n{\"a\": 1}next");
        assert_eq!((answer.status, answer.cookies.clone(), keep), (201, vec!["snug=abc".to_owned()], true));
        assert_eq!(answer.json("test").unwrap(), serde_json::json!({"a": 1}));
        let (answer, keep) =
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n");
        assert_eq!((answer.json("test").unwrap(), keep), (serde_json::json!([1, 2]), false));
        assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n").0.json("test").unwrap(), Value::Null);
    }

    #[test]
    fn a_refusal_is_quoted_and_a_cut_answer_is_an_error() {
        let (answer, _) = read("HTTP/1.1 409 Conflict\r\nContent-Length: 6\r\n\r\ntaken!");
        assert!(format!("{:#}", answer.json("sign up").unwrap_err()).contains("sign up: the server answered 409 taken!"));
        assert!(read_answer(&mut "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".as_bytes()).is_err());
    }
}
