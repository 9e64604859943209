//! Reading what is stored: pages of a long history, and the unread counts of a person in many rooms. The clock stops when the whole
//! answer is here; to parse it is the client's affair.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use super::plan::Plan;
use super::table::{Row, Verdict};
use crate::adapter::{Account, Adapter, Shape};
use crate::crowd::{Crowd, Latency, Load, Percentiles};
use crate::progress;
use crate::stage::Stage;
use crate::token;

#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    pub stored: u64,
    pub stored_per_second: f64,
    /// Pages of 50 before, after and around random messages.
    pub page: Percentiles,
    pub unread_rooms: usize,
    /// `GET /api/v1/rooms` of a person in so many rooms.
    pub unread: Percentiles,
}

/// Fills one room, and measures reading it.
///
/// # Errors
/// The server refuses, or answers something that is not what was asked for.
pub fn measure(stage: &mut Stage, plan: &Plan) -> Result<Reading> {
    let (room, reader, stored_per_second) = fill(stage, plan.history)?;
    let page = pages(stage, room, &reader, plan)?;
    let unread = unread(stage, plan)?;
    let say = |what: &str, shape: &Percentiles| {
        progress::say(&format!("{what}: p50 {:.2} ms, p99 {:.2} ms", shape.p50_us / 1e3, shape.p99_us / 1e3))
    };
    say("a page of history", &page);
    say("rooms with unread counts", &unread);
    Ok(Reading { stored: plan.history, stored_per_second, page, unread_rooms: plan.unread_rooms, unread })
}

/// One client that says everything; its own account reads it.
fn fill(stage: &mut Stage, count: u64) -> Result<(i64, Account, f64)> {
    let api = stage.snug.api()?;
    let reader = api.accounts(1)?.first().cloned().context("no account")?;
    let shape = Shape { rooms: 1, members: 1, sockets_per_account: 1 };
    let seats = stage.snug.seats(&shape)?;
    let room = *stage.snug.rooms().first().context("no room")?;
    let (mut crowd, _) = Crowd::gather(&stage.snug, shape, &seats, 1, &stage.tree)?;
    let most = Duration::from_secs(600);
    let load = Load { senders: 1, window: 512, rate: None, body_bytes: 200, warm_up: Duration::ZERO, duration: most, count: Some(count) };
    let measured = crowd.measure(&stage.snug, &load, &stage.tree)?;
    measured.faults.none("filling a room")?;
    ensure!(measured.posts >= count, "only {} of {count} messages could be stored in {} s", measured.posts, most.as_secs());
    progress::say(&format!("{count} messages stored in one room, {:.0}/s", measured.posts_per_second));
    Ok((room, reader, measured.posts_per_second))
}

fn pages(stage: &mut Stage, room: i64, reader: &Account, plan: &Plan) -> Result<Percentiles> {
    let (mut latency, api) = (Latency::new(), stage.snug.api()?);
    let bar = progress::bar("reading pages", plan.pages as u64);
    for number in 0..plan.pages {
        crate::stop::check()?;
        let at = fastrand::u64(60..plan.history - 60);
        let (way, first, last) = [("before", at - 50, at - 1), ("after", at + 1, at + 50), ("around", 0, 0)][number % 3];
        let begun = Instant::now();
        let answer = api.fetch(&format!("/api/v1/rooms/{room}/messages?{way}={at}&limit=50"), reader)?;
        latency.record(begun.elapsed());
        let page = answer.json("a page")?;
        let numbers: Vec<u64> =
            page["messages"].as_array().into_iter().flatten().filter_map(|message| message["number"].as_u64()).collect();
        let right = if way == "around" { numbers.contains(&at) } else { numbers.first() == Some(&first) && numbers.last() == Some(&last) };
        ensure!(right && numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a page {way} {at} holds {numbers:?}");
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(latency.percentiles())
}

fn unread(stage: &mut Stage, plan: &Plan) -> Result<Percentiles> {
    let api = stage.snug.api()?;
    let two = api.accounts(2)?;
    let (person, other) = (two.first().context("no account")?.clone(), two.get(1).context("no account")?.clone());
    let bar = progress::bar("making rooms", plan.unread_rooms as u64);
    let mut rooms = Vec::with_capacity(plan.unread_rooms);
    for number in 0..plan.unread_rooms {
        crate::stop::check()?;
        let room = api.new_room(&[person.clone(), other.clone()])?;
        api.post(room, &other, &token::client_id(0, number as u64), "something unread")?;
        rooms.push(room);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut latency = Latency::new();
    for _ in 0..plan.pages {
        crate::stop::check()?;
        let begun = Instant::now();
        let answer = api.fetch("/api/v1/rooms", &person)?;
        latency.record(begun.elapsed());
        let listed = answer.json("the rooms")?;
        let unread = listed.as_array().into_iter().flatten().filter(|room| {
            room["id"].as_i64().is_some_and(|id| rooms.contains(&id)) && room["last_number"].as_i64() > room["read_number"].as_i64()
        });
        ensure!(unread.count() == plan.unread_rooms, "not every room has its unread message");
    }
    Ok(latency.percentiles())
}

/// The promises about it.
pub fn rows(reading: &Reading) -> Vec<Row> {
    let ms = |us: f64| us / 1e3;
    let (page, unread) = (ms(reading.page.p99_us), ms(reading.unread.p99_us));
    vec![
        Row::new(
            format!("history page of 50 at any position, room of {} messages", reading.stored),
            "p99 at most 5 ms",
            format!("p50 {:.2} ms, p99 {page:.2} ms", ms(reading.page.p50_us)),
            Verdict::of(page <= 5.0),
        ),
        Row::new(
            format!("unread counts of a person in {} rooms (`GET /api/v1/rooms`)", reading.unread_rooms),
            "at most 5 ms",
            format!("p50 {:.2} ms, p99 {unread:.2} ms", ms(reading.unread.p50_us)),
            Verdict::of(unread <= 5.0),
        ),
    ]
}
