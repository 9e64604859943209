//! The room: some go on whatever happens, the extras come and stop.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::adapter::{Adapter, Seat, Seen, Snug};
use crate::crowd::{Latency, Percentiles};
use crate::net::{End, Listener, Net};

/// Of those who go on, so many also speak, in turns.
const SPEAKERS: usize = 20;
/// Longest wait for what was posted in a window.
const DRAIN: Duration = Duration::from_secs(10);

pub struct Room<'a> {
    net: Net,
    people: People<'a>,
    seats: &'a [Seat],
    every: Duration,
    body_bytes: usize,
}

/// Who is there and what was heard.
struct People<'a> {
    snug: &'a Snug,
    /// The first so many go on; the others are the extras.
    others: usize,
    there: HashSet<usize>,
    /// When each post was due, and how many of the others have not heard it.
    posts: Vec<(Instant, usize)>,
    heard: Latency,
    on_their_way: usize,
    failure: Option<String>,
}

impl<'a> Room<'a> {
    /// # Errors
    /// The system gives no epoll.
    pub fn new(snug: &'a Snug, seats: &'a [Seat], others: usize, rate: f64, body_bytes: usize) -> Result<Self> {
        ensure!(others > 0 && others < seats.len(), "somebody has to go on and somebody has to stop");
        let people =
            People { snug, others, there: HashSet::new(), posts: Vec::new(), heard: Latency::new(), on_their_way: 0, failure: None };
        Ok(Self { net: Net::new()?, people, seats, every: Duration::from_secs_f64(1.0 / rate.max(0.1)), body_bytes })
    }

    /// Opens a socket for everyone who has none and waits until all are in.
    ///
    /// # Errors
    /// Somebody is not let in.
    pub fn everybody_comes(&mut self, patience: Duration) -> Result<()> {
        for (id, seat) in self.seats.iter().enumerate() {
            if !self.net.is_there(id) {
                self.net.open(id, &seat.opening);
            }
        }
        let all = self.seats.len();
        let done = |people: &People| people.failure.is_some() || people.there.len() == all;
        let came = self.net.poll_until(&mut self.people, Instant::now() + patience, done)?;
        self.fails()?;
        ensure!(came, "not everybody came in");
        Ok(())
    }

    /// They talk for so long; answers how late each of the others heard each message, from the moment at which it was due.
    ///
    /// # Errors
    /// Somebody who reads is ended, refused or misses something.
    pub fn talks_for(&mut self, length: Duration) -> Result<Percentiles> {
        self.people.heard = Latency::new();
        let begun = Instant::now();
        let (mut due, until, speakers) = (begun, begun + length, SPEAKERS.min(self.people.others));
        let mut frame = Vec::new();
        loop {
            crate::stop::check()?;
            let now = Instant::now();
            if now >= until {
                break;
            }
            while due <= now {
                let token = self.people.posts.len();
                frame.clear();
                self.people.snug.post(0, token as u64, self.body_bytes, self.net.mask(), &mut frame);
                self.people.posts.push((due, self.people.others));
                self.people.on_their_way += 1;
                self.net.send_raw(token % speakers, &frame);
                due += self.every;
            }
            let wait = due.min(until).saturating_duration_since(Instant::now());
            self.net.poll(&mut self.people, wait)?;
            self.fails()?;
        }
        let all = self.net.poll_until(&mut self.people, Instant::now() + DRAIN, |people| people.on_their_way == 0)?;
        self.fails()?;
        ensure!(all, "{} messages did not reach everybody who reads", self.people.on_their_way);
        Ok(self.people.heard.percentiles())
    }

    /// The extras stop reading; answers the ports of their ends.
    ///
    /// # Errors
    /// One of them is not there.
    pub fn extras_stop(&mut self) -> Result<HashSet<u16>> {
        let mut ports = HashSet::new();
        for id in self.people.others..self.seats.len() {
            let Some(port) = self.net.port(id) else { bail!("reader {id} is gone before it stops") };
            ports.insert(port);
            self.net.abandon(id);
            self.people.there.remove(&id);
        }
        Ok(ports)
    }

    /// Closes the sockets of those who stopped.
    pub fn forgets_the_stalled(&mut self) {
        self.net.forget_abandoned();
    }

    fn fails(&self) -> Result<()> {
        match &self.people.failure {
            Some(failure) => bail!("{failure}"),
            None => Ok(()),
        }
    }
}

impl Listener for People<'_> {
    fn opened(&mut self, _net: &mut Net, _id: usize) {}

    fn message(&mut self, _net: &mut Net, id: usize, payload: &[u8]) {
        match self.snug.recognise(payload) {
            Seen::Ready => drop(self.there.insert(id)),
            Seen::Delivery(token) if id < self.others => {
                let Some((due, left)) = self.posts.get_mut(token as usize).filter(|(_, left)| *left > 0) else {
                    return self.failure = Some(format!("message {token} was heard too often"));
                };
                *left -= 1;
                self.on_their_way -= usize::from(*left == 0);
                self.heard.record(due.elapsed());
            }
            Seen::Refused(why) => self.failure = Some(why),
            Seen::Delivery(_) | Seen::Ack(_) | Seen::Other => {}
        }
    }

    fn closed(&mut self, _net: &mut Net, id: usize, end: End) {
        self.failure = Some(format!("socket {id}, which reads, was closed: {end:?}"));
    }
}
