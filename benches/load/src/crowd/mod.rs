//! The clients: gathered once, then made to talk under one load after the other.

mod gather;
mod latency;
mod senders;
mod talk;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::Serialize;

use crate::adapter::{Adapter, Seat, Shape};
use crate::net::Net;
use crate::process::{CpuSpent, Tree};
use crate::progress;
use gather::Gathering;
pub use gather::Handshakes;
pub use latency::{Latency, Percentiles};
use senders::Senders;
use talk::Talking;

/// Where the next crowd begins to count. Two crowds may sit in the same rooms with the same accounts: a post with the `client_id` of an
/// earlier one would be its retry, which is answered and not delivered.
static NEXT_TOKEN: AtomicU64 = AtomicU64::new(0);

/// After the last post, nobody waits longer for what has not come.
const DRAIN: Duration = Duration::from_secs(10);
/// No healthy server takes longer to let everybody in.
const GATHER: Duration = Duration::from_secs(120);

/// What the clients do.
#[derive(Debug, Clone, Serialize)]
pub struct Load {
    /// Senders in each room.
    pub senders: usize,
    /// Posts each sender has in flight: the next one is sent when one has reached the last member. Ignored where there is a rate.
    pub window: usize,
    /// Posts a second of all senders together. Latency then counts from the moment a post was due.
    pub rate: Option<f64>,
    pub body_bytes: usize,
    pub warm_up: Duration,
    pub duration: Duration,
    /// Posts after which it is over, before the duration is.
    pub count: Option<u64>,
}

/// Sockets that are open and in their rooms.
pub struct Crowd {
    net: Net,
    shape: Shape,
    room_of: Vec<usize>,
    next_token: u64,
}

/// What one load did and cost.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub load: Load,
    pub seconds: f64,
    pub posts: u64,
    pub deliveries: u64,
    pub posts_per_second: f64,
    pub deliveries_per_second: f64,
    /// CPU of the server and what works for it, microseconds.
    pub server_us_per_delivery: f64,
    pub server_us_per_post: f64,
    /// Without its database.
    pub server_alone_us_per_post: f64,
    pub post_to_last: Percentiles,
    /// From a post to its acknowledgement; absent where the server gives none.
    pub post_to_ack: Option<Percentiles>,
    /// Shares of one core.
    pub server_busy: f64,
    pub client_busy: f64,
    pub others_busy: f64,
    pub client_was_the_bottleneck: bool,
    pub resident_mib: f64,
    /// Deliveries that were parsed and checked fully.
    pub verified: u64,
    pub faults: Faults,
    /// Length of one delivered message on the wire, without its frame header.
    pub message_bytes: usize,
    /// One delivered message, for the floor to send the same.
    #[serde(skip)]
    pub sample: Vec<u8>,
}

impl Measured {
    /// For a table: says so where the rate is the clients' and not the server's.
    pub const fn bottleneck(&self) -> &'static str {
        if self.client_was_the_bottleneck { "; the client was the bottleneck" } else { "" }
    }
}

/// What must not happen. All zero, or the figures are worth nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Deliveries that never came.
    pub missing: u64,
    /// Deliveries beyond one for each member.
    pub surplus: u64,
    pub refused: u64,
    pub closed: u64,
    /// The first thing that went wrong, in words.
    pub first: Option<String>,
}

impl Faults {
    /// # Errors
    /// Something went wrong, and a figure that was measured meanwhile means nothing.
    pub fn none(&self, what: &str) -> Result<()> {
        anyhow::ensure!(
            *self == Self::default(),
            "{what}: {} deliveries missing, {} surplus, {} refused, {} sockets closed; first: {}",
            self.missing,
            self.surplus,
            self.refused,
            self.closed,
            self.first.as_deref().unwrap_or("unknown")
        );
        Ok(())
    }

    fn say(&mut self, what: String) {
        self.first.get_or_insert(what);
    }
}

impl Crowd {
    /// Opens a socket for every seat, so many at once, and waits until all are ready.
    ///
    /// # Errors
    /// One is refused or not all are ready in time.
    pub fn gather(adapter: &dyn Adapter, shape: Shape, seats: &[Seat], at_once: usize, tree: &Tree) -> Result<(Self, Handshakes)> {
        let mut net = Net::new()?;
        net.attention.on = true;
        let bar = progress::bar("opening sockets", seats.len() as u64);
        let mut gathering = Gathering::new(adapter, seats, bar);
        let before = tree.mark();
        gathering.begin(&mut net, at_once);
        let all = net.poll_until(&mut gathering, Instant::now() + GATHER, Gathering::is_done)?;
        let spent = before.until(&tree.mark()).without(net.attention.looked);
        if let Some(failure) = gathering.failure() {
            bail!("a socket could not be opened: {failure}");
        }
        if !all {
            bail!("only {} of {} sockets were ready within {} s", gathering.ready(), seats.len(), GATHER.as_secs());
        }
        let room_of = seats.iter().map(|seat| seat.room).collect();
        Ok((Self { net, shape, room_of, next_token: NEXT_TOKEN.load(Ordering::Relaxed) }, gathering.handshakes(&spent)))
    }

    /// Lets the crowd be silent for a while; answers what that cost.
    ///
    /// # Errors
    /// The epoll fails.
    pub fn rest(&mut self, adapter: &dyn Adapter, length: Duration, tree: &Tree) -> Result<(CpuSpent, Faults)> {
        let mut talking = Talking::new(adapter, &self.shape, &self.room_of, self.next_token);
        self.net.attention.on = false;
        let before = tree.mark();
        self.net.poll_until(&mut talking, Instant::now() + length, |_| false)?;
        let spent = before.until(&tree.mark());
        self.net.attention.on = true;
        Ok((spent, talking.faults))
    }

    /// Puts a load on the server and measures it.
    ///
    /// # Errors
    /// The epoll fails.
    pub fn measure(&mut self, adapter: &dyn Adapter, load: &Load, tree: &Tree) -> Result<Measured> {
        let mut talking = Talking::new(adapter, &self.shape, &self.room_of, self.next_token);
        let mut senders = Senders::new(load, &self.shape);
        let bar = progress::timed(adapter.name(), load.warm_up + load.duration);
        talk(&mut self.net, &mut talking, &mut senders, load.warm_up, &bar)?;
        talking.start_recording();
        let (before, looked) = (tree.mark(), self.net.attention.looked);
        talk(&mut self.net, &mut talking, &mut senders, load.duration, &bar)?;
        let spent = before.until(&tree.mark()).without(self.net.attention.looked - looked);
        talking.stop_recording();
        self.net.poll_until(&mut talking, Instant::now() + DRAIN, Talking::is_quiet)?;
        bar.finish_and_clear();
        self.next_token = talking.next_token();
        NEXT_TOKEN.fetch_max(self.next_token, Ordering::Relaxed);
        talking.count_missing();
        Ok(measured(load, talking, &spent, tree, adapter))
    }
}

/// Lets the senders send for a while.
fn talk(net: &mut Net, talking: &mut Talking, senders: &mut Senders, length: Duration, bar: &indicatif::ProgressBar) -> Result<()> {
    let (mut now, mut drawn) = (Instant::now(), Instant::now());
    let until = now + length;
    while now < until && !(senders.are_done() && talking.is_quiet()) {
        crate::stop::check()?;
        let wait = senders.send_what_is_due(net, talking, now).min(until - now).min(Duration::from_millis(100));
        net.poll(talking, wait)?;
        let later = Instant::now();
        // Drawing costs more than a delivery; a few times a second is enough.
        if later - drawn > Duration::from_millis(200) {
            bar.inc((later - drawn).as_millis() as u64);
            drawn = later;
        }
        now = later;
    }
    Ok(())
}

fn measured(load: &Load, mut talking: Talking, spent: &CpuSpent, tree: &Tree, adapter: &dyn Adapter) -> Measured {
    let seconds = spent.wall.as_secs_f64();
    let per = |cpu: Duration, count: u64| if count == 0 { 0.0 } else { cpu.as_secs_f64() * 1e6 / count as f64 };
    let sample = std::mem::take(&mut talking.sample);
    Measured {
        load: load.clone(),
        seconds,
        posts: talking.posts,
        deliveries: talking.deliveries,
        posts_per_second: talking.posts as f64 / seconds,
        deliveries_per_second: talking.deliveries as f64 / seconds,
        server_us_per_delivery: per(spent.server, talking.deliveries),
        server_us_per_post: per(spent.server, talking.posts),
        server_alone_us_per_post: per(spent.server_alone, talking.posts),
        post_to_last: talking.to_last.percentiles(),
        post_to_ack: adapter.acknowledges().then(|| talking.to_ack.percentiles()),
        server_busy: spent.server_busy(),
        client_busy: spent.client_busy(),
        others_busy: spent.others_busy(),
        client_was_the_bottleneck: spent.client_was_the_bottleneck(),
        resident_mib: tree.resident_bytes() as f64 / (1 << 20) as f64,
        verified: talking.verified,
        faults: talking.faults,
        message_bytes: sample.len(),
        sample,
    }
}
