//! Snug: real accounts, cookies, `Origin`, and the wire of its `/ws`.

use anyhow::{Context, Result, ensure};
use memchr::memmem::Finder;
use serde_json::Value;

use super::{Account, Adapter, Seat, Seen, Shape, SnugApi, body};
use crate::frames;
use crate::http::Site;
use crate::net::{KEY, Opening};
use crate::token::{self, Token};

const EVENT: &[u8] = br#"{"type":"event""#;
const REPLY: &[u8] = br#"{"type":"reply","ref":"#;
const CLIENT_ID: &str = r#""client_id":""#;

/// One Snug, and the rooms of a run in it.
pub struct Snug {
    api: Option<SnugApi>,
    run: u16,
    rooms: Vec<i64>,
    client_id: Finder<'static>,
    body_bytes: usize,
}

impl Snug {
    pub fn at(api: SnugApi) -> Self {
        Self { api: Some(api), ..Self::recogniser(fastrand::u16(1..)) }
    }

    /// One that only tells what messages are.
    pub fn recogniser(run: u16) -> Self {
        Self { api: None, run, rooms: Vec::new(), client_id: Finder::new(CLIENT_ID), body_bytes: 0 }
    }

    /// The rooms of the last [`Adapter::seats`], in the order of the shape.
    pub fn rooms(&self) -> &[i64] {
        &self.rooms
    }

    /// Seats of accounts in groups of ten that share `rooms_each` rooms; one of each account, then another, as people reconnect. One account
    /// after the other would have each arrival told to all the sockets before it, and handshakes are what is measured.
    ///
    /// # Errors
    /// The server refuses.
    pub fn idle_seats(&mut self, sockets: usize, rooms_each: usize, sockets_per_account: usize) -> Result<Vec<Seat>> {
        let api = self.api()?;
        let accounts = api.accounts(sockets.div_ceil(sockets_per_account))?;
        for group in accounts.chunks(10) {
            (0..rooms_each).try_for_each(|_| api.new_room(group).map(drop))?;
        }
        let seats = std::iter::repeat_n(&accounts, sockets_per_account).flatten().take(sockets);
        Ok(seats.map(|account| Seat { opening: opening(api.site(), account), room: 0 }).collect())
    }

    /// The way in for more set-up.
    ///
    /// # Errors
    /// This one only recognises.
    pub fn api(&mut self) -> Result<&mut SnugApi> {
        self.api.as_mut().context("no server to ask")
    }

    fn token(&self, payload: &[u8]) -> Option<Token> {
        let at = self.client_id.find(payload)? + CLIENT_ID.len();
        token::token_of(self.run, payload.get(at..at + token::CLIENT_ID_LENGTH)?)
    }
}

impl Adapter for Snug {
    fn name(&self) -> &'static str {
        "snug"
    }

    fn seats(&mut self, shape: &Shape) -> Result<Vec<Seat>> {
        let api = self.api.as_mut().context("no server to ask")?;
        let accounts = api.accounts(shape.rooms * shape.accounts_per_room())?;
        self.rooms.clear();
        let mut seats = Vec::with_capacity(shape.sockets());
        for (room, accounts) in accounts.chunks(shape.accounts_per_room()).enumerate() {
            self.rooms.push(api.room_of(accounts)?);
            let sockets = accounts.iter().flat_map(|account| std::iter::repeat_n(account, shape.sockets_per_account));
            seats.extend(sockets.take(shape.members).map(|account| Seat { opening: opening(api.site(), account), room }));
        }
        Ok(seats)
    }

    fn post(&self, room: usize, token: Token, body_bytes: usize, mask: [u8; 4], out: &mut Vec<u8>) {
        let (id, text, room) = (token::client_id(self.run, token), body(token, body_bytes), self.rooms[room]);
        let frame = format!(r#"{{"type":"post","ref":{token},"room":{room},"client_id":"{id}","body":"{text}"}}"#);
        frames::masked(frames::TEXT, frame.as_bytes(), mask, out);
    }

    fn recognise(&self, payload: &[u8]) -> Seen {
        if payload.starts_with(EVENT) {
            return self.token(payload).map_or(Seen::Other, Seen::Delivery);
        }
        if let Some(rest) = payload.strip_prefix(REPLY) {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
            return Seen::Ack(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')));
        }
        recognise_rare(payload)
    }

    fn verify(&self, payload: &[u8]) -> Result<()> {
        let said: Value = serde_json::from_slice(payload).context("not JSON")?;
        let (event, message) = (&said["event"], &said["event"]["message"]);
        ensure!(said["type"] == "event" && event["kind"] == "posted", "not a posted event: {said}");
        ensure!(message["room"] == said["room"] && message["seq"] == said["seq"] && message["author"] == said["by"], "two answers: {said}");
        let known = self.rooms.is_empty() || said["room"].as_i64().is_some_and(|room| self.rooms.contains(&room));
        ensure!(known, "a room of nobody here: {said}");
        let token = message["client_id"].as_str().and_then(|id| token::token_of(self.run, id.as_bytes())).context("a foreign id")?;
        let text = message["body"].as_str().unwrap_or_default();
        ensure!(text == body(token, text.len()) && text.len() >= self.body_bytes, "not the text that was sent: {text}");
        ensure!(message["html"].as_str().is_some_and(|html| html.contains(text)), "not its rendering: {said}");
        Ok(())
    }

    fn acknowledges(&self) -> bool {
        true
    }

    fn notes(&self) -> Vec<String> {
        self.api.as_ref().map(SnugApi::notes).unwrap_or_default()
    }
}

/// What comes seldom enough to be parsed.
fn recognise_rare(payload: &[u8]) -> Seen {
    let said: Value = match serde_json::from_slice(payload) {
        Ok(said) => said,
        Err(error) => return Seen::Refused(format!("a message that is not JSON: {error}")),
    };
    match said["type"].as_str() {
        Some("ready") => Seen::Ready,
        Some("error") => Seen::Refused(said["error"].to_string()),
        _ => Seen::Other,
    }
}

/// How a socket of this account is opened.
pub fn opening(site: &Site, account: &Account) -> Opening {
    Opening { address: site.address, hello: upgrade_request(site, "/ws", Some(&account.cookie)), upgrade: true }
}

/// The request of a browser that opens a WebSocket from the server's own page.
pub fn upgrade_request(site: &Site, path: &str, cookie: Option<&str>) -> Vec<u8> {
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n{cookie}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n",
        site.host(),
        site.origin()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(snug: &Snug, token: Token) -> Value {
        json!({"type": "event", "room": 5, "seq": 9, "tag": 1, "at": 1, "by": 3, "event": {"kind": "posted", "message": {
            "id": 1, "room": 5, "number": 4, "seq": 9, "author": 3, "client_id": token::client_id(snug.run, token),
            "body": body(token, 50), "html": format!("<p>{}</p>", body(token, 50)), "at": 1}}})
    }

    /// serde_json sorts the keys of a `Value`; the server writes `type` first.
    fn wire(value: &Value) -> Vec<u8> {
        let text = value.to_string();
        let kind = value["type"].to_string();
        let rest = text.replacen(&format!(r#","type":{kind}"#), "", 1);
        format!(r#"{{"type":{kind},{}"#, &rest[1..]).into_bytes()
    }

    #[test]
    fn deliveries_acknowledgements_and_refusals_are_told_apart() {
        let snug = Snug::recogniser(77);
        assert_eq!(snug.recognise(&wire(&event(&snug, 123_456))), Seen::Delivery(123_456));
        assert_eq!(snug.recognise(&wire(&event(&Snug::recogniser(78), 1))), Seen::Other);
        assert_eq!(snug.recognise(br#"{"type":"reply","ref":42,"did":"posted","message":{}}"#), Seen::Ack(42));
        assert_eq!(snug.recognise(br#"{"type":"ready","me":{}}"#), Seen::Ready);
        assert_eq!(snug.recognise(br#"{"type":"presence","presence":"diff"}"#), Seen::Other);
        assert!(matches!(snug.recognise(br#"{"type":"error","ref":1,"error":{"code":"slow_down"}}"#), Seen::Refused(_)));
        assert!(matches!(snug.recognise(b"{\"type\":"), Seen::Refused(_)));
    }

    #[test]
    fn a_quoted_client_id_in_the_text_is_not_taken_for_the_real_one() {
        let snug = Snug::recogniser(77);
        let mut said = event(&snug, 8);
        said["event"]["message"]["body"] = format!(r#""client_id":"{}""#, token::client_id(77, 1)).into();
        assert_eq!(snug.recognise(&wire(&said)), Seen::Delivery(8));
    }

    #[test]
    fn the_full_check_finds_another_text_author_or_rendering() {
        let snug = Snug::recogniser(77);
        let right = event(&snug, 8);
        snug.verify(&wire(&right)).unwrap();
        for (field, wrong) in [("body", json!("8 something else")), ("author", json!(4)), ("seq", json!(8)), ("html", json!(""))] {
            let mut said = right.clone();
            said["event"]["message"][field] = wrong;
            assert!(snug.verify(&wire(&said)).is_err(), "{field}");
        }
    }

    #[test]
    fn a_post_is_what_the_protocol_asks_for() {
        let snug = Snug { rooms: vec![5], ..Snug::recogniser(77) };
        let mut frame = Vec::new();
        snug.post(0, 3, 200, [0; 4], &mut frame);
        let said: Value = serde_json::from_slice(&frame[8..]).unwrap();
        assert_eq!(said, json!({"type": "post", "ref": 3, "room": 5, "client_id": token::client_id(77, 3), "body": body(3, 200)}));
    }
}
