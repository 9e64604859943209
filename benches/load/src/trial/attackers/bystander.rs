//! Somebody who just talks, on a thread of their own, while others attack.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::json;

use crate::adapter::{Account, Adapter, Seen, Snug, opening};
use crate::http::Site;
use crate::net::{End, Listener, Net};
use crate::token;

const PAUSE: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(5);

/// How they fared.
#[derive(Debug, Default)]
pub struct Fared {
    pub said: u64,
    pub slowest: Duration,
    /// What went wrong for them.
    pub failure: Option<String>,
}

pub struct Bystander {
    enough: Arc<AtomicBool>,
    thread: JoinHandle<Fared>,
}

struct Ears {
    snug: Snug,
    ready: bool,
    heard: Option<u64>,
    failure: Option<String>,
}

impl Bystander {
    /// Comes in and begins to talk in this room.
    pub fn begin(site: &Site, account: &Account, room: i64) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let (until, opening) = (Arc::clone(&enough), opening(site, account));
        let thread = thread::spawn(move || {
            let mut fared = Fared::default();
            let run = fastrand::u16(1..);
            let mut ears = Ears { snug: Snug::recogniser(run), ready: false, heard: None, failure: None };
            if let Err(error) = talk(&opening, room, run, &mut ears, &mut fared, &until) {
                fared.failure.get_or_insert(format!("{error:#}"));
            }
            fared.failure = fared.failure.take().or(ears.failure.take());
            fared
        });
        Self { enough, thread }
    }

    /// # Errors
    /// They panicked.
    pub fn end(self) -> Result<Fared> {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the bystander panicked"))
    }
}

fn talk(opening: &crate::net::Opening, room: i64, run: u16, ears: &mut Ears, fared: &mut Fared, until: &AtomicBool) -> Result<()> {
    let mut net = Net::new()?;
    net.open(0, opening);
    net.poll_until(ears, Instant::now() + PATIENCE, |ears| ears.ready || ears.failure.is_some())?;
    while !until.load(Ordering::Relaxed) && ears.failure.is_none() {
        let (number, begun) = (fared.said, Instant::now());
        let frame = json!({"type": "post", "ref": number, "room": room, "client_id": token::client_id(run, number), "body": "still here"});
        net.send_text(0, frame.to_string().as_bytes());
        let heard = net.poll_until(ears, begun + PATIENCE, |ears| ears.heard == Some(number) || ears.failure.is_some())?;
        if !heard {
            fared.failure = Some(format!("their own message {number} did not come back within {} s", PATIENCE.as_secs()));
            return Ok(());
        }
        fared.said += 1;
        fared.slowest = fared.slowest.max(begun.elapsed());
        net.poll_until(ears, Instant::now() + PAUSE, |_| false)?;
    }
    Ok(())
}

impl Listener for Ears {
    fn opened(&mut self, _net: &mut Net, _id: usize) {}

    fn message(&mut self, _net: &mut Net, _id: usize, payload: &[u8]) {
        match self.snug.recognise(payload) {
            Seen::Ready => self.ready = true,
            Seen::Delivery(token) => self.heard = Some(token),
            Seen::Refused(why) => self.failure = Some(why),
            Seen::Ack(_) | Seen::Other => {}
        }
    }

    fn closed(&mut self, _net: &mut Net, _id: usize, end: End) {
        self.failure = Some(format!("their socket was closed: {end:?}"));
    }
}
