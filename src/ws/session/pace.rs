//! How fast a session may talk, and when it has been told often enough to slow down.

use std::time::{Duration, Instant};

/// An average rate with a burst (the "generic cell rate algorithm": one moment instead of a bucket and a timer).
#[derive(Debug)]
pub struct Pace {
    each: Duration,
    burst: Duration,
    /// When all that was taken so far is paid for.
    paid: Instant,
}

impl Pace {
    /// `per_second` on average (at least one), `burst` at once.
    pub fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let each = Duration::from_secs(1) / per_second.max(1);
        Self { each, burst: each.saturating_mul(burst.max(1)), paid: now }
    }

    /// Takes one, or says how long until there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let paid = self.paid.max(now) + self.each;
        match (paid - now).checked_sub(self.burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.paid = paid;
                Ok(())
            }
        }
    }
}

/// Refusals in [`Self::WITHIN`] after which a session is closed.
const MOST_REFUSED: u32 = 200;
const WITHIN: Duration = Duration::from_secs(10);

/// Counts what was refused for its haste.
#[derive(Debug)]
pub struct Patience {
    since: Instant,
    refused: u32,
}

impl Patience {
    pub const fn new(now: Instant) -> Self {
        Self { since: now, refused: 0 }
    }

    /// One more was refused. Answers whether that is too much.
    pub fn is_lost(&mut self, now: Instant) -> bool {
        if now - self.since >= WITHIN {
            *self = Self::new(now);
        }
        self.refused += 1;
        self.refused >= MOST_REFUSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_average() {
        let start = Instant::now();
        let mut pace = Pace::new(50, 200, start);
        for _ in 0..200 {
            assert_eq!(pace.take(start), Ok(()));
        }
        assert_eq!(pace.take(start), Err(Duration::from_millis(20)));
        assert_eq!(pace.take(start + Duration::from_millis(19)), Err(Duration::from_millis(1)));
        let later = start + Duration::from_secs(1);
        assert_eq!((0..1_000).filter(|_| pace.take(later).is_ok()).count(), 50);
        let much_later = start + Duration::from_secs(100);
        assert_eq!((0..1_000).filter(|_| pace.take(much_later).is_ok()).count(), 200);
    }

    #[test]
    fn patience_is_lost_at_200_refusals_within_ten_seconds() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        for second in 0..60 {
            for _ in 0..19 {
                assert!(!patience.is_lost(start + Duration::from_secs(second)));
            }
        }
        let late = start + Duration::from_secs(100);
        assert_eq!((0..).position(|_| patience.is_lost(late)), Some(199));
    }
}
