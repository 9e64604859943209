//! Everybody at once: in, off, and in again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use super::Judged;
use super::arguments::Herd;
use crate::adapter::{Account, Seat};
use crate::crowd::{Latency, Percentiles};
use crate::machine;
use crate::net::{End, Listener, Net};
use crate::server::RAISED_LIMITS;
use crate::token;

/// After this nobody is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Accounts that share their rooms.
const GROUP: usize = 10;

type Cursor = (i64, i64);

/// What one coming in came to.
#[derive(Debug, Serialize)]
struct Came {
    to_upgrade: Percentiles,
    to_ready: Percentiles,
    /// Until the last one was in and, the second time, had caught up.
    all_ms: u64,
    refused: u64,
    missing: usize,
}

#[derive(Default)]
struct People {
    /// By socket: the rooms of its first `ready` and their cursors.
    rooms: Vec<HashMap<i64, Cursor>>,
    begun: Vec<Option<Instant>>,
    /// By socket: rooms in which something was missed and has not come yet.
    behind: Vec<Vec<i64>>,
    settled: usize,
    caught_up: u64,
    events: u64,
    refused: u64,
    failure: Option<String>,
    latencies: Option<(Latency, Latency)>,
}

/// In, off, in again.
///
/// # Errors
/// The server does not start.
pub fn run(arguments: &Herd) -> Result<Judged> {
    machine::allow_descriptors(arguments.sockets as u64 + 200)?;
    let mut stage = arguments.target.wanted()?.open()?;
    let seats = stage.snug.idle_seats(arguments.sockets, arguments.rooms_each, arguments.sockets_per_account)?;
    let mut net = Net::new()?;
    let mut people = People { rooms: vec![HashMap::new(); seats.len()], ..People::default() };
    let first = everybody(&mut net, &mut people, &seats)?;
    (0..seats.len()).for_each(|id| net.cut(id));
    let cut = Instant::now();
    // While they are away something is said in one room of every ten accounts, so that everybody has missed something.
    let api = stage.snug.api()?;
    let accounts = api.accounts(arguments.sockets.div_ceil(arguments.sockets_per_account))?;
    let said = said_meanwhile(&people, &accounts, |room, account, id| api.post(room, account, &id, "while you were away").map(drop))?;
    let mut second = everybody(&mut net, &mut people, &seats)?;
    second.all_ms = cut.elapsed().as_millis() as u64;

    let mut judged = Judged::default();
    let settings: Vec<String> = RAISED_LIMITS.iter().map(|(name, value)| format!("{name}={value}")).collect();
    judged.counts(format!(
        "{} sockets of {} accounts opened at once: p99 {:.0} ms to the upgrade, {:.0} ms to `ready`, {} refused; cut at once, something said in {said} \
         rooms, opened again at once: everybody back, {} rooms resumed and {} missed events heard {:.1} s after the cut; limits raised: {}",
        seats.len(),
        accounts.len(),
        first.to_upgrade.p99_us / 1e3,
        first.to_ready.p99_us / 1e3,
        first.refused + second.refused,
        people.caught_up,
        people.events,
        second.all_ms as f64 / 1e3,
        settings.join(" ")
    ));
    for (came, what) in [(&first, "the first time"), (&second, "the second time")] {
        judged.must(came.refused == 0, || format!("{} were refused {what}", came.refused));
        judged.must(came.missing == 0, || format!("{} were not in {what}", came.missing));
    }
    // The handshake is over with the upgrade; what its first message then brings is measured beside it.
    let p99 = first.to_upgrade.p99_us / 1e3;
    judged.must(p99 <= arguments.let_in_within as f64, || format!("the p99 of the handshake was {p99:.0} ms"));
    judged.must(second.all_ms <= arguments.back_within, || format!("all were back only after {} ms", second.all_ms));
    judged.must(people.caught_up as usize >= seats.len(), || "not everybody had missed something".to_owned());
    judged.must(people.failure.is_none(), || people.failure.clone().unwrap_or_default());
    judged.measured(&first)?;
    judged.measured(&second)?;
    Ok(judged)
}

/// Says something in one room of every group, in the name of its first account.
fn said_meanwhile(people: &People, accounts: &[Account], mut post: impl FnMut(i64, &Account, String) -> Result<()>) -> Result<u64> {
    let run = fastrand::u16(1..);
    let mut said = 0;
    for (group, members) in accounts.chunks(GROUP).enumerate() {
        let account = members.first().context("a group of nobody")?;
        // The first seats are one of each account.
        let known = &people.rooms[group * GROUP];
        // The newest of its rooms: the oldest are the hidden ones and the one that everybody is in.
        let room = known.keys().max().context("somebody without a room")?;
        post(*room, account, token::client_id(run, said))?;
        said += 1;
    }
    Ok(said)
}

/// Opens a socket for each at the same moment and waits until all are in and hold everything.
fn everybody(net: &mut Net, people: &mut People, seats: &[Seat]) -> Result<Came> {
    let begun = Instant::now();
    (people.settled, people.refused) = (0, 0);
    people.begun = vec![Some(begun); seats.len()];
    people.behind = vec![Vec::new(); seats.len()];
    people.latencies = Some((Latency::new(), Latency::new()));
    seats.iter().enumerate().for_each(|(id, seat)| net.open(id, &seat.opening));
    net.poll_until(people, begun + PATIENCE, |people| people.settled + people.refused as usize >= seats.len())?;
    let Some((to_upgrade, to_ready)) = people.latencies.take() else { bail!("nothing was measured") };
    Ok(Came {
        to_upgrade: to_upgrade.percentiles(),
        to_ready: to_ready.percentiles(),
        all_ms: begun.elapsed().as_millis() as u64,
        refused: people.refused,
        missing: seats.len().saturating_sub(people.settled + people.refused as usize),
    })
}

impl People {
    fn ready(&mut self, net: &mut Net, id: usize, said: &Value) {
        if let (Some(begun), Some((_, to_ready))) = (self.begun[id].take(), &mut self.latencies) {
            to_ready.record(begun.elapsed());
        }
        let rooms = said["rooms"].as_array().into_iter().flatten();
        let rooms: HashMap<i64, Cursor> =
            rooms.filter_map(|room| Some((room["id"].as_i64()?, (room["last"]["seq"].as_i64()?, room["last"]["tag"].as_i64()?)))).collect();
        if self.rooms[id].is_empty() {
            self.rooms[id] = rooms;
            self.settled += 1;
            return;
        }
        let held = &self.rooms[id];
        let behind: Vec<(i64, Cursor)> =
            held.iter().filter(|(room, cursor)| rooms.get(room) != Some(cursor)).map(|(room, cursor)| (*room, *cursor)).collect();
        if behind.is_empty() {
            self.settled += 1;
            return;
        }
        let ask = behind.iter().map(|(room, (seq, tag))| json!({"room": room, "cursor": {"seq": seq, "tag": tag}}));
        let frame = json!({"type": "resume", "ref": 1, "rooms": ask.collect::<Vec<_>>()});
        self.behind[id] = behind.into_iter().map(|(room, _)| room).collect();
        net.send_text(id, frame.to_string().as_bytes());
    }

    fn resumed(&mut self, id: usize, room: Option<i64>) {
        let before = self.behind[id].len();
        self.behind[id].retain(|behind| Some(*behind) != room);
        if self.behind[id].len() < before {
            self.caught_up += 1;
            self.settled += usize::from(self.behind[id].is_empty());
        }
    }
}

impl Listener for People {
    fn opened(&mut self, _net: &mut Net, id: usize) {
        if let (Some(begun), Some((to_upgrade, _))) = (self.begun[id], &mut self.latencies) {
            to_upgrade.record(begun.elapsed());
        }
    }

    fn message(&mut self, net: &mut Net, id: usize, payload: &[u8]) {
        // Presence comes often and is none of this; it is not parsed.
        if payload.starts_with(br#"{"type":"presence""#) {
            return;
        }
        let said: Value = serde_json::from_slice(payload).unwrap_or_default();
        match said["type"].as_str() {
            Some("ready") => self.ready(net, id, &said),
            Some("resumed") => self.resumed(id, said["room"].as_i64()),
            Some("event") => self.events += u64::from(said["event"]["kind"] == "posted"),
            Some("reset" | "error") => self.failure = Some(said.to_string()),
            _ => {}
        }
    }

    fn closed(&mut self, _net: &mut Net, id: usize, end: End) {
        self.refused += 1;
        self.failure = Some(format!("socket {id}: {end:?}"));
    }
}
