//! A handshake as one likes it, and the socket that comes of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::adapter::Adapter;
use super::template::{Vars, at, looks_like};

/// What does not come by then does not come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A request for a socket.
pub struct Opening {
    adapter: Arc<Adapter>,
    request: Request,
}

/// What a socket brought next.
pub enum Heard {
    Message(Value),
    /// The close code; 1005 where the close frame had none, 1006 where there was no close frame.
    Closed(u16),
}

impl Opening {
    /// With nothing but what the protocol asks for.
    pub fn at(adapter: &Arc<Adapter>, url: &str) -> Self {
        Self::at_path(adapter, url, &adapter.socket.path)
    }

    /// With a ticket in its address.
    pub fn by_ticket(adapter: &Arc<Adapter>, url: &str, ticket: &str) -> Self {
        Self::at_path(adapter, url, &Vars::default().with("ticket", ticket).text(&adapter.socket.ticket))
    }

    fn at_path(adapter: &Arc<Adapter>, url: &str, path: &str) -> Self {
        let url = format!("{}{path}", url.replacen("http", "ws", 1));
        Self { adapter: Arc::clone(adapter), request: url.into_client_request().unwrap() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers_mut().insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        self
    }

    /// With this cookie, if there is one.
    pub fn cookie(self, cookie: &str) -> Self {
        if cookie.is_empty() { self } else { self.header("cookie", cookie) }
    }

    /// With a token as a browser can bring it.
    pub fn by_subprotocol(self, token: &str) -> Self {
        let words = &self.adapter.socket;
        let bearer = Vars::default().with("token", token).text(&words.bearer_subprotocol);
        let offer = format!("{}, {bearer}", words.subprotocol);
        self.header("sec-websocket-protocol", &offer)
    }

    /// The upgrade alone; the status where there is none.
    pub async fn upgrade(self) -> Result<Socket, u16> {
        match timeout(PATIENCE, connect_async(self.request)).await.expect("no answer to a handshake") {
            Ok((stream, answer)) => {
                let protocol = answer.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap().to_owned());
                Ok(Socket { adapter: self.adapter, stream, protocol, ready: Value::Null })
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("a handshake: {error}"),
        }
    }

    /// A socket that has said it is ready; the status where the handshake was refused.
    pub async fn open(self) -> Result<Socket, u16> {
        let mut socket = self.upgrade().await?;
        match socket.next().await {
            Heard::Message(message) if looks_like(&message, &socket.adapter.socket.ready) => socket.ready = message,
            Heard::Message(message) => panic!("the first message is {message}"),
            Heard::Closed(code) => panic!("closed with {code} before it was ready"),
        }
        Ok(socket)
    }
}

pub struct Socket {
    pub adapter: Arc<Adapter>,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The subprotocol that the server chose.
    pub protocol: Option<String>,
    ready: Value,
}

impl Socket {
    /// Whose it is.
    pub fn user(&self) -> Value {
        at(&self.ready, &self.adapter.socket.user).expect("the first message does not say whose socket it is")
    }

    /// How far the log of this room was when the socket opened.
    pub fn cursor(&self, room: &Value) -> Value {
        let words = &self.adapter.socket.cursors;
        let rooms = at(&self.ready, &words.rooms).unwrap();
        let own = rooms.as_array().unwrap().iter().find(|one| at(one, &words.id).as_ref() == Some(room));
        at(own.expect("a room that is not in the first message"), &words.cursor).unwrap()
    }

    /// Says what the adapter calls this.
    pub async fn says(&mut self, what: &str, vars: &Vars) {
        let text = self.adapter.say(what, vars).to_string();
        // One that was ended meanwhile cannot be written to; what ended it is read.
        let _ = self.stream.send(Message::text(text)).await;
    }

    pub async fn next(&mut self) -> Heard {
        timeout(PATIENCE, self.next_ever()).await.expect("nothing came")
    }

    /// The same, however long it takes.
    pub async fn next_ever(&mut self) -> Heard {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Heard::Message(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Heard::Closed(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(1006),
            }
        }
    }

    /// The next message that looks like this one of the adapter's; a panic where the socket closes before.
    pub async fn hears(&mut self, what: &str) -> Value {
        loop {
            match self.next().await {
                Heard::Message(message) if looks_like(&message, self.adapter.hear(what)) => return message,
                Heard::Message(_) => {}
                Heard::Closed(code) => panic!("closed with {code} instead of {what}"),
            }
        }
    }

    /// The code it is closed with, whatever is said before.
    pub async fn is_closed(&mut self) -> u16 {
        loop {
            if let Heard::Closed(code) = self.next().await {
                return code;
            }
        }
    }
}
