//! Whether it costs the same in a place that is ten times as large.

use anyhow::{Context, Result};
use serde::Serialize;

use super::fan_out::{FanOut, Figure, Round};
use super::plan::Plan;
use super::table::{Row, Verdict};
use crate::fit::median;
use crate::progress;
use crate::stage::Stage;

/// How large a place was when its costs were measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Size {
    pub users: usize,
    pub rooms: usize,
    pub messages: u64,
}

/// More users and rooms, until there are `plan.growth` times as many. (Messages are made by filling the room of the history.)
///
/// # Errors
/// The server refuses.
pub fn grow(stage: &mut Stage, plan: &Plan) -> Result<()> {
    let api = stage.snug.api()?;
    let (users, rooms) = api.made();
    let accounts = api.accounts(users * plan.growth)?;
    let more = rooms * (plan.growth - 1);
    let bar = progress::bar("making rooms", more as u64);
    for number in 0..more {
        crate::stop::check()?;
        // Of people who were not there before, five in each, so that the crowds measured hear nothing of it.
        let start = users + (number * 5) % accounts.len().saturating_sub(users + 5).max(1);
        api.new_room(accounts.get(start..start + 5).context("too few accounts")?)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The size now.
///
/// # Errors
/// This stage has no API.
pub fn size(stage: &mut Stage, messages: u64) -> Result<Size> {
    let (users, rooms) = stage.snug.api()?.made();
    Ok(Size { users, rooms, messages })
}

/// The promise about it: the median of what the rounds say, in each of which both places were measured.
pub fn row(small: &FanOut, large: &FanOut, from: Size, to: Size) -> Row {
    let figures: [(&str, Figure); 5] = [
        ("b", Round::delivery),
        ("a", Round::post),
        ("big room", Round::big_room),
        ("8 in flight", Round::big_room_busy),
        ("many rooms", Round::many_rooms),
    ];
    let grown = figures.map(|(name, figure)| {
        let times: Vec<f64> = small.rounds.iter().zip(&large.rounds).map(|(small, large)| figure(large) / figure(small)).collect();
        (name, median(&times))
    });
    let changes: Vec<String> = grown.iter().map(|(name, times)| format!("{name} {:+.0} %", (times - 1.0) * 100.0)).collect();
    Row::new(
        format!(
            "cost as it grows: the rows above in a place beside it with {} users instead of {}, {} rooms instead of {}, {} messages \
             instead of {}",
            to.users, from.users, to.rooms, from.rooms, to.messages, from.messages
        ),
        "within 20 %",
        changes.join(", "),
        Verdict::of(grown.iter().all(|(_, times)| *times <= 1.2)),
    )
}
