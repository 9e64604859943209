//! Everybody comes in: handshakes, measured.

use std::time::Instant;

use indicatif::ProgressBar;
use serde::Serialize;

use super::{Latency, Percentiles};
use crate::adapter::{Adapter, Seat, Seen};
use crate::net::{End, Listener, Net};
use crate::process::CpuSpent;

/// What opening the sockets took: from the first byte of TCP to the first message on the socket.
#[derive(Debug, Clone, Serialize)]
pub struct Handshakes {
    pub count: u64,
    pub per_second: f64,
    pub server_us_each: f64,
    /// From connecting to the `101`.
    pub to_upgrade: Percentiles,
    /// From connecting to the first message: the socket is in its rooms.
    pub to_ready: Percentiles,
    pub server_busy: f64,
    pub client_busy: f64,
    pub others_busy: f64,
    pub client_was_the_bottleneck: bool,
}

pub struct Gathering<'a> {
    adapter: &'a dyn Adapter,
    seats: &'a [Seat],
    begun: Vec<Option<Instant>>,
    next: usize,
    ready: usize,
    to_upgrade: Latency,
    to_ready: Latency,
    failure: Option<String>,
    bar: ProgressBar,
}

impl<'a> Gathering<'a> {
    pub fn new(adapter: &'a dyn Adapter, seats: &'a [Seat], bar: ProgressBar) -> Self {
        Self {
            adapter,
            seats,
            begun: vec![None; seats.len()],
            next: 0,
            ready: 0,
            to_upgrade: Latency::new(),
            to_ready: Latency::new(),
            failure: None,
            bar,
        }
    }

    /// Opens the first ones; the others follow as those become ready.
    pub fn begin(&mut self, net: &mut Net, at_once: usize) {
        (0..at_once.max(1)).for_each(|_| self.open_next(net));
    }

    pub fn is_done(&self) -> bool {
        self.failure.is_some() || self.ready == self.seats.len()
    }

    pub const fn ready(&self) -> usize {
        self.ready
    }

    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub fn handshakes(&self, spent: &CpuSpent) -> Handshakes {
        self.bar.finish_and_clear();
        let count = self.ready.max(1) as f64;
        Handshakes {
            count: self.ready as u64,
            per_second: count / spent.wall.as_secs_f64(),
            server_us_each: spent.server.as_secs_f64() * 1e6 / count,
            to_upgrade: self.to_upgrade.percentiles(),
            to_ready: self.to_ready.percentiles(),
            server_busy: spent.server_busy(),
            client_busy: spent.client_busy(),
            others_busy: spent.others_busy(),
            client_was_the_bottleneck: spent.client_was_the_bottleneck(),
        }
    }

    fn open_next(&mut self, net: &mut Net) {
        if let Some(seat) = self.seats.get(self.next) {
            self.begun[self.next] = Some(Instant::now());
            net.open(self.next, &seat.opening);
            self.next += 1;
        }
    }

    fn fail(&mut self, what: String) {
        self.failure.get_or_insert(what);
    }
}

impl Listener for Gathering<'_> {
    fn opened(&mut self, net: &mut Net, id: usize) {
        if let Some(begun) = self.begun[id] {
            self.to_upgrade.record(begun.elapsed());
        }
        // A server that says nothing first lets one in with the upgrade itself.
        if !self.adapter.says_ready() {
            self.is_ready(net, id);
        }
    }

    fn message(&mut self, net: &mut Net, id: usize, payload: &[u8]) {
        match self.adapter.recognise(payload) {
            Seen::Ready => self.is_ready(net, id),
            Seen::Refused(why) => self.fail(why),
            Seen::Delivery(_) | Seen::Ack(_) | Seen::Other => {}
        }
    }

    fn closed(&mut self, _net: &mut Net, _id: usize, end: End) {
        self.fail(format!("{end:?}"));
    }
}

impl Gathering<'_> {
    fn is_ready(&mut self, net: &mut Net, id: usize) {
        if let Some(begun) = self.begun[id].take() {
            self.to_ready.record(begun.elapsed());
            self.ready += 1;
            self.bar.inc(1);
            self.open_next(net);
        }
    }
}
