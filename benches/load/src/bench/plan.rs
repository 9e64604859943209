//! How large and how long everything is, in full and in short.

use std::time::Duration;

/// The sizes of a bench.
#[derive(Debug, Clone)]
pub struct Plan {
    pub quick: bool,
    /// Sizes of the one room for the fit; the last is the big room.
    pub members: Vec<usize>,
    pub many_rooms: (usize, usize),
    pub warm_up: Duration,
    pub duration: Duration,
    pub rounds: usize,
    pub latency: Duration,
    pub commits: Duration,
    pub durable_senders: usize,
    pub idle_sockets: usize,
    pub rest: Duration,
    /// Messages of the room whose history is read.
    pub history: u64,
    pub pages: usize,
    pub unread_rooms: usize,
    /// How much larger the larger place is.
    pub growth: usize,
}

impl Plan {
    /// The figures that the targets are about.
    pub fn full() -> Self {
        Self {
            quick: false,
            members: vec![20, 100, 300, 1_000],
            many_rooms: (50, 20),
            warm_up: Duration::from_millis(400),
            duration: Duration::from_millis(1_200),
            rounds: 5,
            latency: Duration::from_secs(15),
            commits: Duration::from_secs(3),
            durable_senders: 256,
            idle_sockets: 10_000,
            rest: Duration::from_secs(30),
            history: 1_000_000,
            pages: 2_000,
            unread_rooms: 500,
            growth: 10,
        }
    }

    /// Shows that everything works, within a minute or two.
    pub fn quick() -> Self {
        Self {
            quick: true,
            members: vec![20, 60, 200],
            many_rooms: (10, 20),
            warm_up: Duration::from_millis(200),
            duration: Duration::from_millis(700),
            rounds: 1,
            latency: Duration::from_secs(2),
            commits: Duration::from_millis(500),
            durable_senders: 32,
            idle_sockets: 500,
            rest: Duration::from_secs(3),
            history: 20_000,
            pages: 200,
            unread_rooms: 50,
            growth: 2,
        }
    }

    /// The members of the big room.
    pub fn big_room(&self) -> usize {
        self.members.last().copied().unwrap_or(1)
    }
}
