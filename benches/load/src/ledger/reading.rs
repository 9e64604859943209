//! Somebody who reads while the server is in trouble, on a thread of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::adapter::Account;
use crate::http::{Http, Site};

/// Between two readings.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Reading {
    enough: Arc<AtomicBool>,
    /// How often each status was the answer; 0 stands for no answer.
    thread: JoinHandle<BTreeMap<u16, u32>>,
}

impl Reading {
    /// Begins to read the newest messages of a room.
    pub fn begin(site: &Site, reader: Account, room: i64) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let (mut http, until) = (Http::to(site), Arc::clone(&enough));
        let thread = thread::spawn(move || {
            let mut answers = BTreeMap::new();
            while !until.load(Ordering::Relaxed) {
                let answer = http.ask("GET", &format!("/api/v1/rooms/{room}/messages?limit=50"), Some(&reader.cookie), None);
                *answers.entry(answer.map_or(0, |answer| answer.status)).or_default() += 1;
                thread::sleep(PAUSE);
            }
            answers
        });
        Self { enough, thread }
    }

    /// Ends it.
    ///
    /// # Errors
    /// The reader panicked.
    pub fn end(self) -> Result<BTreeMap<u16, u32>> {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the reader panicked"))
    }
}
