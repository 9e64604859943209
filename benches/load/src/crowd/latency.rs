//! How long things took.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Durations of one kind, to three digits, up to a minute.
pub struct Latency(Histogram<u64>);

/// The shape of them, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    pub count: u64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
}

impl Latency {
    pub fn new() -> Self {
        match Histogram::new_with_bounds(100, 60_000_000_000, 3) {
            Ok(histogram) => Self(histogram),
            // The crate refuses a low bound of 0, a high one under twice the low one and more than five digits.
            Err(error) => unreachable!("the bounds are constants it allows: {error}"),
        }
    }

    pub fn record(&mut self, duration: Duration) {
        self.0.saturating_record(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    pub fn percentiles(&self) -> Percentiles {
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1e3;
        Percentiles { count: self.0.len(), p50_us: at(0.5), p90_us: at(0.9), p99_us: at(0.99), max_us: self.0.max() as f64 / 1e3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_microseconds() {
        let mut latency = Latency::new();
        (1..=100).for_each(|milliseconds| latency.record(Duration::from_millis(milliseconds)));
        let shape = latency.percentiles();
        let near = |value: f64, expected: f64| (value - expected).abs() < expected / 500.0;
        assert_eq!(shape.count, 100);
        assert!(near(shape.p50_us, 50_000.0) && near(shape.p99_us, 99_000.0) && near(shape.max_us, 100_000.0), "{shape:?}");
    }
}
