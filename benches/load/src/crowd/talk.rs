//! Posts on their way, and what came of them.

use std::time::Instant;

use super::{Faults, Latency};
use crate::adapter::{Adapter, Seen, Shape};
use crate::net::{End, Listener, Net};
use crate::token::Token;

/// Every so many deliveries one is parsed and checked fully. A prime, so that no pattern of members hides from it.
const VERIFY_EVERY: u64 = 997;

struct Post {
    sender: usize,
    sent: Instant,
    /// Members that have not got it.
    left: usize,
    recorded: bool,
}

pub struct Talking<'a> {
    adapter: &'a dyn Adapter,
    members: usize,
    room_of: &'a [usize],
    first_token: Token,
    posts_made: Vec<Post>,
    in_flight: usize,
    recording: bool,
    frames: Vec<u8>,
    seen: u64,
    /// Senders one of whose posts has reached the last member; taken by the senders.
    pub finished: Vec<usize>,
    pub posts: u64,
    pub deliveries: u64,
    pub to_last: Latency,
    pub to_ack: Latency,
    pub verified: u64,
    pub faults: Faults,
    pub sample: Vec<u8>,
}

impl<'a> Talking<'a> {
    pub fn new(adapter: &'a dyn Adapter, shape: &Shape, room_of: &'a [usize], first_token: Token) -> Self {
        Self {
            adapter,
            members: shape.members,
            room_of,
            first_token,
            posts_made: Vec::new(),
            in_flight: 0,
            recording: false,
            frames: Vec::new(),
            seen: 0,
            finished: Vec::new(),
            posts: 0,
            deliveries: 0,
            to_last: Latency::new(),
            to_ack: Latency::new(),
            verified: 0,
            faults: Faults::default(),
            sample: Vec::new(),
        }
    }

    pub const fn start_recording(&mut self) {
        self.recording = true;
    }

    pub const fn stop_recording(&mut self) {
        self.recording = false;
    }

    /// Nothing is on its way.
    pub const fn is_quiet(&self) -> bool {
        self.in_flight == 0
    }

    pub fn next_token(&self) -> Token {
        self.first_token + self.posts_made.len() as u64
    }

    /// What has not come by now never will.
    pub fn count_missing(&mut self) {
        self.faults.missing = self.posts_made.iter().map(|post| post.left as u64).sum();
        if self.faults.missing > 0 {
            self.faults.say(format!("{} posts did not reach everybody", self.in_flight));
        }
    }

    /// Sends `count` posts in one write. `due` is when they should have been sent.
    pub fn post(&mut self, net: &mut Net, sender: usize, socket: usize, count: usize, due: Instant, body_bytes: usize) {
        self.frames.clear();
        for _ in 0..count {
            let token = self.next_token();
            self.adapter.post(self.room_of[socket], token, body_bytes, net.mask(), &mut self.frames);
            self.posts_made.push(Post { sender, sent: due, left: self.members, recorded: self.recording });
        }
        self.in_flight += count;
        net.send_raw(socket, &self.frames);
    }

    fn delivery(&mut self, token: Token, payload: &[u8]) {
        let post = token.checked_sub(self.first_token).and_then(|index| self.posts_made.get_mut(usize::try_from(index).ok()?));
        // A post of an earlier load on the same sockets: those were waited for, so this one is a surplus too.
        let Some(post) = post.filter(|post| post.left > 0) else {
            self.faults.surplus += 1;
            return self.faults.say(format!("post {token} came more often than there are members"));
        };
        post.left -= 1;
        self.deliveries += u64::from(self.recording);
        if post.left == 0 {
            self.in_flight -= 1;
            self.posts += u64::from(self.recording);
            self.finished.push(post.sender);
            if post.recorded {
                self.to_last.record(post.sent.elapsed());
            }
        }
        self.seen += 1;
        if self.seen % VERIFY_EVERY == 1 {
            self.verify(payload);
        }
    }

    fn verify(&mut self, payload: &[u8]) {
        match self.adapter.verify(payload) {
            Ok(()) => self.verified += 1,
            Err(error) => {
                self.faults.refused += 1;
                self.faults.say(format!("a delivery is wrong: {error:#}"));
            }
        }
        self.sample.clear();
        self.sample.extend_from_slice(payload);
    }

    fn ack(&mut self, token: Token) {
        let post = token.checked_sub(self.first_token).and_then(|index| self.posts_made.get(usize::try_from(index).ok()?));
        if let Some(post) = post.filter(|post| post.recorded) {
            self.to_ack.record(post.sent.elapsed());
        }
    }
}

impl Listener for Talking<'_> {
    fn opened(&mut self, _net: &mut Net, _id: usize) {}

    fn message(&mut self, _net: &mut Net, _id: usize, payload: &[u8]) {
        match self.adapter.recognise(payload) {
            Seen::Delivery(token) => self.delivery(token, payload),
            Seen::Ack(token) => self.ack(token),
            Seen::Ready | Seen::Other => {}
            Seen::Refused(why) => {
                self.faults.refused += 1;
                self.faults.say(why);
            }
        }
    }

    fn closed(&mut self, _net: &mut Net, id: usize, end: End) {
        self.faults.closed += 1;
        self.faults.say(format!("socket {id} was closed: {end:?}"));
    }
}
