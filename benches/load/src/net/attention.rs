//! How clients wait: asleep, or looking for a while before.
//!
//! Whoever writes to a client that sleeps pays for waking it where both are on one machine, and how often it sleeps depends on how fast
//! the two are beside each other: a server a little slower than its clients wakes them for each frame, one a little faster never. No
//! server does that for clients elsewhere, so what is measured should not have it.

use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mio::{Events, Poll};

use crate::machine;

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
        if !self.on {
            return ask(poll, events, timeout);
        }
        let left = self.look(poll, events, timeout)?;
        if events.is_empty() && !left.is_zero() {
            ask(poll, events, left)?;
        }
        Ok(())
    }

    /// Answers how much of the timeout is left.
    fn look(&mut self, poll: &mut Poll, events: &mut Events, timeout: Duration) -> Result<Duration> {
        ask(poll, events, Duration::ZERO)?;
        if !events.is_empty() {
            return Ok(timeout);
        }
        let (since, spent, most) = (Instant::now(), machine::cpu_of_this_thread(), timeout.min(ATTENTION));
        while events.is_empty() && since.elapsed() < most {
            (0..64).for_each(|_| std::hint::spin_loop());
            ask(poll, events, Duration::ZERO)?;
        }
        self.looked += machine::cpu_of_this_thread().saturating_sub(spent);
        Ok(timeout.saturating_sub(since.elapsed()))
    }
}

fn ask(poll: &mut Poll, events: &mut Events, timeout: Duration) -> Result<()> {
    match poll.poll(events, Some(timeout)) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other.context("epoll_wait"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use mio::{Interest, Token};

    use super::*;

    /// Waits for something that never comes, and then for something that is there. Answers the CPU time of looking.
    fn waits(on: bool) -> Duration {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let near = listener.accept().unwrap().0;
        near.set_nonblocking(true).unwrap();
        let mut near = mio::net::TcpStream::from_std(near);
        let (mut poll, mut events) = (Poll::new().unwrap(), Events::with_capacity(8));
        poll.registry().register(&mut near, Token(7), Interest::READABLE).unwrap();
        let mut attention = Attention { on, ..Attention::default() };

        let (begun, patience) = (Instant::now(), Duration::from_millis(20));
        attention.wait(&mut poll, &mut events, patience).unwrap();
        assert!(events.is_empty() && begun.elapsed() >= patience, "it sleeps once it has looked");
        let looked = attention.looked;
        far.write_all(b"x").unwrap();
        attention.wait(&mut poll, &mut events, Duration::from_secs(10)).unwrap();
        assert_eq!(events.iter().map(|event| event.token()).collect::<Vec<_>>(), [Token(7)]);
        looked
    }

    #[test]
    fn an_attentive_client_counts_what_it_spent_in_vain() {
        assert!(waits(true) > Duration::ZERO);
        assert_eq!(waits(false), Duration::ZERO);
    }
}
