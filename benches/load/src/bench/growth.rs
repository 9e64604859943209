//! Whether it costs the same in a place that is ten times as large.

use anyhow::{Context, Result};
use serde::Serialize;

use super::fan_out::{FanOut, Pair};
use super::plan::Plan;
use super::table::{Row, Verdict};
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

/// The promise about it.
pub fn row(small: &FanOut, large: &FanOut, from: Size, to: Size) -> Row {
    let pairs: [(&str, f64, f64); 5] = [
        ("b", small.server_fit.b / small.floor_fit.b, large.server_fit.b / large.floor_fit.b),
        ("a", small.server_fit.a, large.server_fit.a),
        ("big room", small.big_room.ratio(), large.big_room.ratio()),
        ("8 in flight", against_big(small), against_big(large)),
        ("many rooms", small.many_rooms.ratio(), large.many_rooms.ratio()),
    ];
    let changes: Vec<String> =
        pairs.iter().map(|(name, before, after)| format!("{name} {:+.0} %", (after / before - 1.0) * 100.0)).collect();
    let met = pairs.iter().all(|(_, before, after)| after / before <= 1.2);
    Row::new(
        format!(
            "cost as it grows: the rows above again with {} users instead of {}, {} rooms instead of {}, {} messages instead of {}",
            to.users, from.users, to.rooms, from.rooms, to.messages, from.messages
        ),
        "within 20 %",
        changes.join(", "),
        Verdict::of(met),
    )
}

fn against_big(fan_out: &FanOut) -> f64 {
    let Pair { server_us_per_delivery, .. } = fan_out.big_room_busy;
    server_us_per_delivery / fan_out.big_room.floor_us_per_delivery
}
