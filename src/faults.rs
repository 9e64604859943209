//! Faults on purpose, for the tests that count what a crash costs (`scripts/chaos`). Without the feature `faults`, which no release is
//! built with, nothing here can strike, and the compiler leaves all of it out.

/// Where something can be made to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The process dies after a COMMIT that stored posts, before anybody is told.
    Committed,
    /// The answer of such a COMMIT is lost with its connection.
    AnswerLost,
    /// The database cannot be asked what became of that COMMIT.
    Unsettled,
    /// The writer panics with jobs in its hands.
    Writer,
    /// The central actor panics when it is told what was committed.
    Centre,
    /// A relay panics when it is told what to push.
    Relay,
    /// What runs from time to time panics.
    Ticker,
}

#[cfg(feature = "faults")]
pub use armed::{arm, strikes};

#[cfg(not(feature = "faults"))]
pub const fn strikes(_: Point) -> bool {
    false
}

#[cfg(feature = "faults")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::Point;

    struct Trap {
        point: Point,
        every: u32,
        met: AtomicU32,
    }

    static TRAPS: OnceLock<Vec<Trap>> = OnceLock::new();

    /// Sets the traps of `committed:30,unsettled:2`: each strikes every so many times that its place is passed. Once for a process.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub fn arm(list: &str) -> Result<(), String> {
        let traps = list.split(',').map(trap).collect::<Result<Vec<_>, _>>()?;
        TRAPS.set(traps).map_err(|_| "the traps are set already".to_owned())
    }

    fn trap(text: &str) -> Result<Trap, String> {
        let (name, every) = text.split_once(':').ok_or_else(|| format!("{text:?} is not PLACE:EVERY"))?;
        let point = match name {
            "committed" => Point::Committed,
            "answer-lost" => Point::AnswerLost,
            "unsettled" => Point::Unsettled,
            "writer" => Point::Writer,
            "centre" => Point::Centre,
            "relay" => Point::Relay,
            "ticker" => Point::Ticker,
            other => return Err(format!("there is no place {other:?}")),
        };
        let every = every.parse().ok().filter(|every| *every > 0).ok_or_else(|| format!("{every:?} is not a number from 1"))?;
        Ok(Trap { point, every, met: AtomicU32::new(0) })
    }

    /// Whether something goes wrong here this time.
    pub fn strikes(point: Point) -> bool {
        let traps = TRAPS.get().map(Vec::as_slice).unwrap_or_default();
        let Some(trap) = traps.iter().find(|trap| trap.point == point) else { return false };
        (trap.met.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(trap.every)
    }
}
