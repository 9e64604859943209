//! How clients wait: asleep, or looking for a while before.
//!
//! Whoever writes to a client that sleeps pays for waking it where both are on one machine, and how often it sleeps depends on how fast
//! the two are beside each other: a server a little slower than its clients wakes them for each frame, one a little faster never. No
//! server does that for clients elsewhere, so what is measured should not have it.

use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mio::{Events, Poll};
use rustix::time::{ClockId, clock_gettime};

/// For so long an attentive client looks again and again before it goes to sleep.
const ATTENTION: Duration = Duration::from_millis(1);

/// Waits for a [`Net`](super::Net).
#[derive(Debug, Default)]
pub struct Attention {
    /// Whether to look before sleeping.
    pub on: bool,
    /// CPU time that went into looking in vain.
    pub looked: Duration,
}

impl Attention {
    /// Waits until there are events, at most so long.
    ///
    /// # Errors
    /// The epoll fails.
    pub fn wait(&mut self, poll: &mut Poll, events: &mut Events, timeout: Duration) -> Result<()> {
        let left = if self.on { self.look(poll, events, timeout)? } else { timeout };
        if self.on && (!events.is_empty() || left.is_zero()) { Ok(()) } else { ask(poll, events, left) }
    }

    /// Answers how much of the timeout is left.
    fn look(&mut self, poll: &mut Poll, events: &mut Events, timeout: Duration) -> Result<Duration> {
        ask(poll, events, Duration::ZERO)?;
        if !events.is_empty() {
            return Ok(timeout);
        }
        let (since, spent, most) = (Instant::now(), cpu_of_this_thread(), timeout.min(ATTENTION));
        while events.is_empty() && since.elapsed() < most {
            (0..64).for_each(|_| std::hint::spin_loop());
            ask(poll, events, Duration::ZERO)?;
        }
        self.looked += cpu_of_this_thread().saturating_sub(spent);
        Ok(timeout.saturating_sub(since.elapsed()))
    }
}

fn ask(poll: &mut Poll, events: &mut Events, timeout: Duration) -> Result<()> {
    match poll.poll(events, Some(timeout)) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other.context("epoll_wait"),
    }
}

fn cpu_of_this_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Never negative.
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
