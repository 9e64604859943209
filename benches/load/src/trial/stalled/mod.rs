//! A reader who stops. The room goes on; the reader's outbox fills, the server gives it up, and the kernel ends the connection.
//!
//! What the others notice is compared with the same people in the same room while the reader still reads, in turns within one run.

mod room;
mod watch;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

use self::room::Room;
use self::watch::{Held, Watch};
use super::arguments::Stalled;
use super::{Judged, memory};
use crate::adapter::{Adapter, Shape, Snug};
use crate::crowd::Percentiles;
use crate::{machine, progress};

/// From the moment a reader stops until the server has ended its connection.
const ENDED_WITHIN: Duration = Duration::from_secs(25);
/// What may be held for one of them, kernel included.
const HELD_AT_MOST: f64 = 2.0 * 1024.0 * 1024.0;
/// Memory that grows by less in five seconds is steady.
const STEADY: u64 = 128 * 1024;
/// Until everybody is in, and everything is heard.
const PATIENCE: Duration = Duration::from_secs(60);

/// One turn.
#[derive(Debug, Serialize)]
struct Turn {
    while_they_read: Percentiles,
    while_they_do_not: Percentiles,
    held: Held,
}

/// All turns.
///
/// # Errors
/// The server does not start, or somebody who reads is ended.
pub fn run(arguments: &Stalled) -> Result<Judged> {
    machine::allow_descriptors((arguments.stalled + arguments.others) as u64 + 200)?;
    let mut stage = arguments.target.wanted()?.open()?;
    let members = arguments.others + arguments.stalled;
    let seats = stage.snug.seats(&Shape { rooms: 1, members, sockets_per_account: 20 })?;
    let pid = *stage.tree.pids().first().context("no server")?;
    let port = seats.first().context("nobody")?.opening.address.port();
    let mut room = Room::new(&stage.snug, &seats, arguments.others, arguments.rate, arguments.body_bytes)?;
    room.everybody_comes(PATIENCE)?;
    let length = Duration::from_secs_f64(arguments.seconds.clamp(0.1, 600.0));
    let warm_up = until_steady(&mut room, pid)?;

    let bar = progress::bar("turns", u64::from(arguments.rounds));
    let mut turns = Vec::new();
    for _ in 0..arguments.rounds {
        room.everybody_comes(PATIENCE)?;
        // Looking from outside takes the clients' core now and then, so it is done all the time.
        let idle = Watch::begin(pid, port, HashSet::new());
        let while_they_read = room.talks_for(length)?;
        idle.end()?;
        let watch = Watch::begin(pid, port, room.extras_stop()?);
        let begun = Instant::now();
        let while_they_do_not = room.talks_for(length)?;
        while !watch.all_ended() && begun.elapsed() < ENDED_WITHIN + Duration::from_secs(5) {
            room.talks_for(Duration::from_millis(200))?;
        }
        turns.push(Turn { while_they_read, while_they_do_not, held: watch.end()? });
        room.forgets_the_stalled();
        bar.inc(1);
    }
    bar.finish_and_clear();
    judge(arguments, &stage.snug, &turns, warm_up)
}

/// They talk until the server's own memory grows no more: its caches and the database's fill in any case, and must not be taken for what
/// somebody is held. Answers for how long.
fn until_steady(room: &mut Room<'_>, pid: u32) -> Result<Duration> {
    let (begun, mut before) = (Instant::now(), 0);
    loop {
        anyhow::ensure!(begun.elapsed() < PATIENCE * 2, "the server's memory has not stopped growing");
        room.talks_for(Duration::from_secs(5))?;
        let now = memory::own_bytes(pid);
        if now.saturating_sub(before) < STEADY {
            break;
        }
        before = now;
    }
    Ok(begun.elapsed())
}

fn judge(arguments: &Stalled, snug: &Snug, turns: &[Turn], warm_up: Duration) -> Result<Judged> {
    let mut judged = Judged::default();
    let slowest = turns.iter().map(|turn| turn.held.ended_after_ms).max().unwrap_or_default();
    let left: usize = turns.iter().map(|turn| turn.held.left).sum();
    let each = |turn: &Turn| (turn.held.memory + turn.held.unsent) as f64 / arguments.stalled.max(1) as f64;
    // Of one it is little beside what a server's memory goes up and down by anyway; so the median of the turns.
    let held = median(turns.iter().map(each));
    let reading = median(turns.iter().map(|turn| turn.while_they_read.p99_us));
    let stalled = median(turns.iter().map(|turn| turn.while_they_do_not.p99_us));
    judged.counts(format!(
        "{} turns (after {:.0} s, until memory was steady), {} stopped in each beside {} who went on, {} messages/s of {} bytes; ended after \
         {:.1} s at the latest; {:.2} MiB held for one, its kernel buffer included; the others' p99 {:.2} ms while they read and {:.2} ms \
         while they did not (medians), {:+.0} %",
        turns.len(),
        warm_up.as_secs_f64(),
        arguments.stalled,
        arguments.others,
        arguments.rate,
        arguments.body_bytes,
        slowest as f64 / 1e3,
        held / f64::from(1 << 20),
        reading / 1e3,
        stalled / 1e3,
        (stalled / reading - 1.0) * 100.0
    ));
    judged.must(left == 0, || format!("{left} connections were still there after {} s", ENDED_WITHIN.as_secs()));
    judged.must(u128::from(slowest) <= ENDED_WITHIN.as_millis(), || format!("one was ended only after {slowest} ms"));
    judged.must(held <= HELD_AT_MOST, || format!("{held:.0} bytes were held for one"));
    if let Some(slower) = arguments.slower {
        judged.must(stalled <= reading * (1.0 + slower), || format!("the others' p99 went from {reading:.0} to {stalled:.0} µs"));
    }
    judged.counts(snug.notes().join("; "));
    judged.measured(&turns)?;
    Ok(judged)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
