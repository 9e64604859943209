//! What the server holds for those who stopped, looked at from outside on a thread of its own.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde::Serialize;

use crate::trial::memory;

/// The kernel goes through all connections of the machine for each look.
const EVERY: Duration = Duration::from_millis(500);

/// The most that was seen.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Held {
    /// Growth of the server's own memory.
    pub memory: u64,
    /// Bytes in the kernel that nobody took, of all of them together.
    pub unsent: u64,
    /// Until the last of their connections was ended by the server.
    pub ended_after_ms: u64,
    /// Connections that were never ended.
    pub left: usize,
}

pub struct Watch {
    enough: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Held>,
}

impl Watch {
    /// Begins to look at the connections from `port` to these ports.
    pub fn begin(pid: u32, port: u16, stalled: HashSet<u16>) -> Self {
        let (enough, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (until, tell) = (Arc::clone(&enough), Arc::clone(&ended));
        let (before, begun) = (memory::own_bytes(pid), Instant::now());
        let thread = thread::spawn(move || {
            let mut held = Held { left: stalled.len(), ..Held::default() };
            while !until.load(Ordering::Relaxed) {
                let open = memory::established(port);
                let open: Vec<_> = open.into_iter().filter(|peer| stalled.contains(&peer.port)).collect();
                held.memory = held.memory.max(memory::own_bytes(pid).saturating_sub(before));
                held.unsent = held.unsent.max(open.iter().map(|peer| peer.unsent).sum());
                if held.left > 0 {
                    held.left = open.len();
                    held.ended_after_ms = begun.elapsed().as_millis() as u64;
                }
                tell.store(held.left == 0, Ordering::Relaxed);
                thread::sleep(EVERY);
            }
            held
        });
        Self { enough, ended, thread }
    }

    /// Whether the server has ended all of them.
    pub fn all_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// # Errors
    /// The watcher panicked.
    pub fn end(self) -> Result<Held> {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the watcher panicked"))
    }
}
