//! Who posts when.

use std::time::{Duration, Instant};

use super::{Load, Talking};
use crate::adapter::Shape;
use crate::net::Net;

/// The senders of all rooms: the first sockets of each.
pub struct Senders {
    sockets: Vec<usize>,
    pace: Pace,
    body_bytes: usize,
    /// Posts that may still be sent.
    left: u64,
}

enum Pace {
    /// Posts each sender may still put in flight.
    Window(Vec<usize>),
    /// One post every so often, the senders taking turns.
    Rate { every: Duration, due: Option<Instant>, turn: usize },
}

impl Senders {
    pub fn new(load: &Load, shape: &Shape) -> Self {
        let in_room = |room: usize| (0..load.senders.min(shape.members)).map(move |sender| room * shape.members + sender);
        // Sender by sender and not room by room, so that neighbours in turn are in different rooms.
        let mut sockets: Vec<usize> = (0..shape.rooms).flat_map(in_room).collect();
        sockets.sort_by_key(|socket| (socket % shape.members, socket / shape.members));
        let pace = match load.rate {
            Some(rate) => Pace::Rate { every: Duration::from_secs_f64(1.0 / rate.max(0.001)), due: None, turn: 0 },
            None => Pace::Window(vec![load.window; sockets.len()]),
        };
        Self { sockets, pace, body_bytes: load.body_bytes, left: load.count.unwrap_or(u64::MAX) }
    }

    /// All posts of a counted load are sent.
    pub const fn are_done(&self) -> bool {
        self.left == 0
    }

    /// Sends what is due and answers how long nothing else will be.
    pub fn send_what_is_due(&mut self, net: &mut Net, talking: &mut Talking, now: Instant) -> Duration {
        match &mut self.pace {
            Pace::Window(free) => {
                for sender in talking.finished.drain(..) {
                    if let Some(free) = free.get_mut(sender) {
                        *free += 1;
                    }
                }
                for (sender, free) in free.iter_mut().enumerate().filter(|(_, free)| **free > 0) {
                    let count = std::mem::take(free).min(usize::try_from(self.left).unwrap_or(usize::MAX));
                    self.left -= count as u64;
                    if count > 0 {
                        talking.post(net, sender, self.sockets[sender], count, now, self.body_bytes);
                    }
                }
                Duration::MAX
            }
            Pace::Rate { every, due, turn } => {
                talking.finished.clear();
                let mut next = due.unwrap_or(now);
                while next <= now && self.left > 0 {
                    self.left -= 1;
                    let sender = *turn % self.sockets.len();
                    talking.post(net, sender, self.sockets[sender], 1, next, self.body_bytes);
                    *turn += 1;
                    next += *every;
                }
                *due = Some(next);
                next.saturating_duration_since(now)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_the_first_of_each_room_and_neighbours_are_in_different_rooms() {
        let load =
            Load { senders: 2, window: 1, rate: None, body_bytes: 10, warm_up: Duration::ZERO, duration: Duration::ZERO, count: None };
        let shape = Shape { rooms: 3, members: 10, sockets_per_account: 5 };
        assert_eq!(Senders::new(&load, &shape).sockets, [0, 10, 20, 1, 11, 21]);
        let alone = Shape { rooms: 2, members: 1, sockets_per_account: 5 };
        assert_eq!(Senders::new(&load, &alone).sockets, [0, 1]);
    }
}
