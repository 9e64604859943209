//! All clients: what they send and hear, written down.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::book::Book;
use super::client::{Client, Cursor, Stage, Step, Unanswered};
use super::entry::{Entry, text_hash};
use crate::adapter::Account;
use crate::net::{End, Listener, Net, Opening};
use crate::token;

/// Length of what they say.
const TEXT_BYTES: usize = 60;
/// A client with so many posts without an answer waits.
const MOST_UNANSWERED: usize = 64;
/// Errors that say "not stored" or "not known": the post is sent again with the same `client_id`.
const AGAIN: &[&str] = &["busy", "slow_down", "not_stored", "unknown", "unavailable"];

pub struct Clients {
    pub book: Book,
    pub run: u16,
    clients: Vec<Client>,
    accounts: Vec<Account>,
    openings: Vec<Opening>,
    next_post: u64,
    next_ref: u32,
    /// Answers that said "not stored" or "not known".
    pub refused: u64,
    /// The newest post that was acknowledged.
    newest_acknowledged: Option<u64>,
    /// Sockets that have to be told 1012, while the server stops.
    to_be_told: Option<Vec<bool>>,
}

impl Clients {
    pub fn new(book: Book, accounts: Vec<Account>, members: Vec<(usize, Vec<i64>)>) -> Self {
        let now = Instant::now();
        let clients = members.iter().map(|(account, rooms)| Client::new(*account, rooms, now)).collect();
        let run = fastrand::u16(1..);
        Self {
            book,
            run,
            clients,
            accounts,
            openings: Vec::new(),
            next_post: 0,
            next_ref: 1 << 30,
            refused: 0,
            newest_acknowledged: None,
            to_be_told: None,
        }
    }

    /// Where the server is now.
    pub fn server_is_at(&mut self, opening: impl Fn(&Account) -> Opening) {
        self.openings = self.accounts.iter().map(opening).collect();
    }

    /// Opens the sockets whose time has come and sends again what is due.
    pub fn tend(&mut self, net: &mut Net, now: Instant) {
        for id in 0..self.clients.len() {
            let client = &mut self.clients[id];
            match client.stage {
                Stage::Away { until } if until <= now => {
                    client.stage = Stage::Opening;
                    net.open(id, &self.openings[client.account]);
                }
                Stage::There => {
                    let due = |post: &Unanswered| post.again_at.is_some_and(|at| at <= now);
                    let due: Vec<u64> = client.unanswered.iter().filter(|(_, post)| due(post)).map(|(post, _)| *post).collect();
                    due.into_iter().for_each(|post| self.send(net, id, post));
                }
                Stage::Away { .. } | Stage::Opening => {}
            }
        }
    }

    /// One client says something new somewhere; nothing where the one drawn cannot.
    pub fn someone_posts(&mut self, net: &mut Net) {
        let id = fastrand::usize(..self.clients.len());
        let client = &mut self.clients[id];
        if client.stage != Stage::There || client.unanswered.len() >= MOST_UNANSWERED {
            return;
        }
        let rooms: Vec<i64> = client.cursors.keys().copied().collect();
        let Some(room) = fastrand::choice(rooms) else { return };
        client.unanswered.insert(self.next_post, Unanswered { room, again_at: None });
        self.next_post += 1;
        self.send(net, id, self.next_post - 1);
    }

    /// Everybody is there and waits for no replay.
    pub fn are_settled(&self) -> bool {
        self.clients.iter().all(Client::is_settled)
    }

    /// Nobody waits for an answer.
    pub fn are_answered(&self) -> bool {
        self.clients.iter().all(|client| client.unanswered.is_empty())
    }

    /// Everybody in a room has applied its log up to `seq`.
    pub fn have_heard(&self, room: i64, seq: i64) -> bool {
        let heard = |client: &Client| client.cursors.get(&room).is_none_or(|cursor| cursor.is_some_and(|cursor| cursor.seq >= seq));
        self.clients.iter().all(heard)
    }

    /// From here on every open socket has to be told that the server stops.
    pub fn expect_to_be_told(&mut self) {
        self.to_be_told = Some(self.clients.iter().map(|client| client.stage == Stage::There).collect());
    }

    /// Those that were not.
    pub fn untold(&mut self) -> Vec<usize> {
        let told = self.to_be_told.take().unwrap_or_default();
        told.iter().enumerate().filter(|(_, waits)| **waits).map(|(id, _)| id).collect()
    }

    /// Whether every socket that was open has ended by now.
    pub fn all_ended(&self, net: &Net) -> bool {
        self.to_be_told
            .as_ref()
            .is_none_or(|_| (0..self.clients.len()).all(|id| self.clients[id].stage != Stage::There || !net.is_there(id)))
    }

    /// The number of the next post.
    pub const fn next_post(&self) -> u64 {
        self.next_post
    }

    /// Whether a post with this number or a later one is acknowledged.
    pub fn is_acknowledged_from(&self, post: u64) -> bool {
        self.newest_acknowledged.is_some_and(|newest| newest >= post)
    }

    /// A part of those who are there vanish and come back soon: every other closes its socket, the others leave it open and never use it
    /// again, like a machine that lost its network.
    pub fn vanish(&mut self, net: &mut Net, one_in: usize) {
        for id in 0..self.clients.len() {
            if self.clients[id].stage == Stage::There && fastrand::usize(..one_in) == 0 {
                let silent = fastrand::bool();
                if silent {
                    net.abandon(id);
                } else {
                    net.cut(id);
                }
                self.book.write(Entry::Vanished { client: id as u32, silent: u8::from(silent) });
                self.clients[id].is_away(Instant::now() + Duration::from_millis(fastrand::u64(20..200)));
            }
        }
    }

    /// The account's id on the server.
    pub fn account(&self, index: usize) -> &Account {
        &self.accounts[index]
    }

    fn send(&mut self, net: &mut Net, id: usize, post: u64) {
        let client = &mut self.clients[id];
        let Some(unanswered) = client.unanswered.get_mut(&post) else { return };
        unanswered.again_at = None;
        let (text, room) = (text_of(post), unanswered.room);
        let (connection, account) = (client.connection, self.accounts[client.account].id);
        self.book.write(Entry::Attempt { client: id as u32, connection, account, room, post, text: text_hash(&text) });
        let frame = json!({"type": "post", "ref": post, "room": room, "client_id": token::client_id(self.run, post), "body": text});
        net.send_text(id, frame.to_string().as_bytes());
    }

    fn resume(&mut self, net: &mut Net, id: usize, rooms: &[i64]) {
        self.next_ref += 1;
        let frame = self.clients[id].resume(rooms, self.next_ref);
        net.send_text(id, frame.as_bytes());
    }

    fn ready(&mut self, net: &mut Net, id: usize, said: &Value) {
        let rooms = said["rooms"].as_array().into_iter().flatten();
        let rooms: Vec<(i64, Cursor)> = rooms.filter_map(|room| Some((room["id"].as_i64()?, Cursor::of(&room["last"])?))).collect();
        let client = &mut self.clients[id];
        let epoch = said["epoch"].as_str().map(str::to_owned);
        if client.epoch.is_some() && client.epoch != epoch {
            self.book.write(Entry::Foreign { client: id as u32, room: 0, seq: 0 });
        }
        client.epoch = epoch;
        let (begun, behind) = client.is_let_in(&rooms);
        let again: Vec<u64> = client.unanswered.keys().copied().collect();
        for (room, cursor) in begun {
            self.book.write(Entry::Start { client: id as u32, room, seq: cursor.seq });
        }
        for rooms in behind.chunks(500) {
            self.resume(net, id, rooms);
        }
        again.into_iter().for_each(|post| self.send(net, id, post));
    }

    fn event(&mut self, net: &mut Net, id: usize, said: &Value) {
        let client = id as u32;
        let (Some(room), Some(cursor)) = (said["room"].as_i64(), Cursor::of(said)) else {
            return self.book.write(Entry::Foreign { client, room: 0, seq: 0 });
        };
        if !self.clients[id].cursors.contains_key(&room) {
            return;
        }
        match self.clients[id].hears(room, cursor) {
            Step::Ignore => self.book.write(Entry::Repeat { client, room, seq: cursor.seq }),
            Step::WaitForReplay => {}
            Step::Ask { from } => {
                self.book.write(Entry::Jump { client, room, from, seq: cursor.seq });
                self.resume(net, id, &[room]);
            }
            Step::Apply => {
                let (seq, event) = (cursor.seq, &said["event"]);
                let entry = match shown(self.run, &event["message"]) {
                    _ if event["kind"] != "posted" => Entry::Other { client, room, seq },
                    Some((number, account, post, text)) => Entry::Receipt { client, room, seq, number, account, post, text },
                    None => Entry::Foreign { client, room, seq },
                };
                self.book.write(entry);
            }
        }
    }

    fn reply(&mut self, id: usize, said: &Value) {
        let (client, message) = (id as u32, &said["message"]);
        if said["did"] != "posted" {
            return;
        }
        let shown = shown(self.run, message).filter(|(_, _, post, _)| Some(*post) == said["ref"].as_u64());
        let (Some((number, _, post, _)), Some(room), Some(seq)) = (shown, message["room"].as_i64(), message["seq"].as_i64()) else {
            return self.book.write(Entry::Foreign { client, room: 0, seq: 0 });
        };
        self.book.write(Entry::Ack { client, room, post, seq, number });
        self.clients[id].unanswered.remove(&post);
        self.newest_acknowledged = self.newest_acknowledged.max(Some(post));
    }

    fn refused(&mut self, id: usize, said: &Value) {
        let (client, error) = (id as u32, &said["error"]);
        let Some(post) = said["ref"].as_u64() else { return self.book.write(Entry::Foreign { client, room: 0, seq: 0 }) };
        if error["code"].as_str().is_some_and(|code| AGAIN.contains(&code)) {
            let wait = Duration::from_millis(error["retry_after_ms"].as_u64().unwrap_or(100).clamp(1, 5_000));
            if let Some(unanswered) = self.clients[id].unanswered.get_mut(&post) {
                unanswered.again_at = Some(Instant::now() + wait);
            }
            self.refused += 1;
            return self.book.write(Entry::Retry { client, post });
        }
        crate::progress::say(&format!("client {id}: {said}"));
        self.book.write(Entry::Refused { client, post });
        self.clients[id].unanswered.remove(&post);
    }
}

/// What the post with this number says.
pub fn text_of(post: u64) -> String {
    crate::adapter::body(post, TEXT_BYTES)
}

/// Number, author, post and text of a message; nothing where it was not sent by this run.
pub fn shown(run: u16, message: &Value) -> Option<(i64, i64, u64, u32)> {
    let post = token::token_of(run, message["client_id"].as_str()?.as_bytes())?;
    Some((message["number"].as_i64()?, message["author"].as_i64()?, post, text_hash(message["body"].as_str()?)))
}

impl Listener for Clients {
    fn opened(&mut self, _net: &mut Net, id: usize) {
        self.clients[id].connection += 1;
        self.book.write(Entry::Opened { client: id as u32, connection: self.clients[id].connection });
    }

    fn message(&mut self, net: &mut Net, id: usize, payload: &[u8]) {
        let said: Value = serde_json::from_slice(payload).unwrap_or_default();
        let (client, room) = (id as u32, said["room"].as_i64());
        match said["type"].as_str() {
            Some("ready") => self.ready(net, id, &said),
            Some("event") => self.event(net, id, &said),
            Some("reply") => self.reply(id, &said),
            Some("error") => self.refused(id, &said),
            Some("resumed") => {
                if let (Some(room), Some(cursor)) = (room, Cursor::of(&said["cursor"])) {
                    self.book.write(Entry::Resumed { client, room, seq: cursor.seq });
                    self.clients[id].resuming.remove(&room);
                }
            }
            Some("reset") => {
                // Counted as a fault, since nothing done here deserves it; then the client goes on as a page does.
                let room = room.unwrap_or_default();
                self.book.write(Entry::Reset { client, room });
                self.next_ref += 1;
                let ask = json!({"type": "history", "ref": self.next_ref, "room": room, "limit": 1});
                net.send_text(id, ask.to_string().as_bytes());
            }
            Some("page") => {
                if let (Some(room), Some(cursor)) = (room, Cursor::of(&said["cursor"])) {
                    self.book.write(Entry::Start { client, room, seq: cursor.seq });
                    self.clients[id].starts_over(room, cursor);
                }
            }
            Some("presence" | "typing" | "read" | "pong") => {}
            _ => self.book.write(Entry::Foreign { client, room: 0, seq: 0 }),
        }
    }

    fn closed(&mut self, _net: &mut Net, id: usize, end: End) {
        let code = match end {
            End::Close(code) | End::Refused(code) => code,
            End::Broken(_) => 0,
            End::Invalid(_) => u16::MAX,
        };
        let client = &mut self.clients[id];
        let was_there = client.stage == Stage::There;
        let back_off = Duration::from_millis(fastrand::u64(20..200));
        client.is_away(Instant::now() + back_off);
        // A port where nobody listens is the usual thing while the server is away, and says nothing about a socket.
        if was_there || code != 0 {
            self.book.write(Entry::Closed { client: id as u32, code });
        }
        if code == 1012
            && let Some(waits) = self.to_be_told.as_mut().and_then(|told| told.get_mut(id))
        {
            *waits = false;
        }
    }
}
