//! Reads the revocations that other processes have stored: the command line beside this server, and other nodes on the same database.
//! What the own handlers store is applied at once; this finds the rest, and needs no bus.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use super::upkeep::AbortOnPanic;
use crate::chat::commands::Revoke;
use crate::domain::RevocationId;
use crate::routes::Edge;
use crate::store::{StoreError, revocations};

/// A revocation of another process is applied within two of these.
const EVERY: Duration = Duration::from_millis(400);
/// Ids are given before they are committed, so a lower one can appear after a higher one was read: so long is it looked for.
const LOOK_BACK: Duration = Duration::from_secs(10);
/// The same for what was under way while this process started.
const LOOK_BACK_AT_START: i64 = 1_000;

/// From which id on to read: the highest that was known when the look-back began.
struct Window {
    known: VecDeque<(Instant, RevocationId)>,
    floor: RevocationId,
}

impl Window {
    fn from(newest: RevocationId) -> Self {
        Self { known: VecDeque::new(), floor: RevocationId::new((newest.get() - LOOK_BACK_AT_START).max(0)) }
    }

    fn saw(&mut self, highest: Option<RevocationId>, now: Instant) {
        let last = self.known.back().map_or(self.floor, |(_, id)| *id);
        self.known.push_back((now, highest.map_or(last, |highest| highest.max(last))));
        while let Some((at, id)) = self.known.front().copied()
            && now.duration_since(at) > LOOK_BACK
        {
            self.floor = id;
            self.known.pop_front();
        }
    }
}

/// Runs until it is dropped. While the database does not answer, what is open stays open: nobody can end anything meanwhile, and the
/// first answer brings everything that was missed.
pub async fn run(edge: Edge) {
    let _guard = AbortOnPanic;
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut window = None;
    let mut silent = false;
    loop {
        tick.tick().await;
        let answer = look(&edge, &mut window).await;
        match &answer {
            Err(cause) if !silent => tracing::warn!(%cause, "revocations of other processes cannot be read"),
            Ok(()) if silent => tracing::info!("revocations of other processes are read again"),
            Ok(()) | Err(_) => {}
        }
        silent = answer.is_err();
    }
}

async fn look(edge: &Edge, window: &mut Option<Window>) -> Result<(), StoreError> {
    let window = match window {
        Some(window) => window,
        None => window.insert(Window::from(edge.store.read_promptly(revocations::newest).await?)),
    };
    let floor = window.floor;
    let found = edge.store.read_promptly(move |conn| revocations::after(conn, floor)).await?;
    let highest = found.iter().map(|stored| stored.id).max();
    if !found.is_empty() {
        edge.chat.addr().do_send(Revoke(found));
    }
    window.saw(highest, Instant::now());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_appears_late_is_still_read() {
        let (start, id) = (Instant::now(), RevocationId::new);
        let mut window = Window::from(id(5_000));
        assert_eq!(window.floor, id(4_000), "what was under way at the start");
        window.saw(Some(id(5_010)), start);
        window.saw(None, start + LOOK_BACK);
        assert_eq!(window.floor, id(4_000), "5,009 may yet come");
        window.saw(Some(id(5_020)), start + LOOK_BACK + EVERY);
        assert_eq!(window.floor, id(5_010));
        window.saw(None, start + LOOK_BACK * 3);
        assert_eq!(window.floor, id(5_020));
        assert_eq!(Window::from(id(3)).floor, id(0));
    }
}
