//! Attackers of every kind, one kind after the other, beside somebody who just talks.

mod attacker;
mod bystander;
mod kinds;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use serde::Serialize;

use self::attacker::{Attacker, Ended};
use self::bystander::Bystander;
use self::kinds::Kind;
use super::arguments::Attackers;
use super::{Judged, memory};
use crate::adapter::opening;
use crate::{machine, progress};

const CLOSED_WITHIN: Duration = Duration::from_secs(10);
const HELD_AT_MOST: f64 = 1024.0 * 1024.0;
/// What one needs who just talks, at most, on a machine that the attackers use too.
const SERVED_WITHIN: Duration = Duration::from_secs(1);
/// The limits of a fresh Snug, where the load tool raises them: floods are what is tried here.
const AS_DELIVERED: &[(&str, &str)] = &[("SNUG_LIMITS_FRAMES_PER_SECOND", "50")];
/// The shortest time over which CPU is counted. Most attacks are over in a millisecond.
const SHORTEST: Duration = Duration::from_secs(1);

/// What one kind came to.
#[derive(Debug, Serialize)]
struct Outcome {
    kind: &'static str,
    code: u16,
    closed_after_ms: f64,
    /// Growth of the server's own memory, for each attacker.
    held_bytes: f64,
    /// Share of a core that one attacker cost, over the time until it was closed and the same again, and at least a second.
    busy: f64,
}

/// All kinds.
///
/// # Errors
/// The server does not start, or lets nobody in.
pub fn run(arguments: &Attackers) -> Result<Judged> {
    machine::allow_descriptors(arguments.each as u64 + 200)?;
    let mut wanted = arguments.target.wanted()?;
    wanted.settings.extend(AS_DELIVERED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut stage = wanted.open()?;
    let pid = *stage.tree.pids().first().context("no server")?;
    let api = stage.snug.api()?;
    let accounts = api.accounts(2)?;
    let room = api.new_room(&accounts[..1])?;
    let (site, attacking) = (api.site().clone(), opening(api.site(), &accounts[1]));
    let bystander = Bystander::begin(&site, &accounts[0], room);
    // One round without judging: the first of everything also fills what stays filled.
    let kinds: Vec<Kind> = kinds::all().into_iter().filter(|kind| kind.is_fast() || !arguments.fast_only).collect();
    let first = kinds.first().context("no kinds")?;
    let _ = together(first, connected(&attacking, arguments.each)?)?;
    let quiet = busy_over(pid, Duration::from_secs(2))?;

    let (mut judged, mut outcomes) = (Judged::default(), Vec::new());
    for kind in &kinds {
        crate::stop::check()?;
        progress::say(kind.name);
        let attackers = connected(&attacking, arguments.each)?;
        thread::sleep(Duration::from_millis(300));
        let outcome = measure(kind, attackers, pid, quiet, &mut judged)?;
        if let Some(most) = arguments.busy {
            judged.must(outcome.busy < most, || format!("{}: {:.1} % of a core each", kind.name, outcome.busy * 100.0));
        }
        judged.must(outcome.held_bytes <= HELD_AT_MOST, || format!("{}: {:.0} bytes held for each", kind.name, outcome.held_bytes));
        outcomes.push(outcome);
    }
    let fared = bystander.end()?;
    judged.must(fared.failure.is_none(), || format!("the bystander: {}", fared.failure.unwrap_or_default()));
    judged.must(fared.slowest <= SERVED_WITHIN, || format!("the bystander once waited {} ms", fared.slowest.as_millis()));
    let most = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).fold(0.0, f64::max);
    judged.counts(format!(
        "{} kinds, {} attackers of each at once, all closed with the right code: within {:.0} ms those who can be told by what they send, within \
         {:.1} s the slow ones; at most {:.0} KiB held for one and {:.2} % of a core used by one (until it is closed and as long again, at least a \
         second; a quiet server's share taken off); a bystander said {} things meanwhile and waited {} ms at most",
        outcomes.len(),
        arguments.each,
        outcomes.iter().zip(&kinds).filter(|(_, kind)| kind.is_fast()).map(|(outcome, _)| outcome.closed_after_ms).fold(0.0, f64::max),
        outcomes.iter().zip(&kinds).filter(|(_, kind)| !kind.is_fast()).map(|(outcome, _)| outcome.closed_after_ms).fold(0.0, f64::max) / 1e3,
        most(|outcome| outcome.held_bytes) / 1024.0,
        most(|outcome| outcome.busy) * 100.0,
        fared.said,
        fared.slowest.as_millis()
    ));
    judged.measured(&outcomes)?;
    Ok(judged)
}

fn connected(opening: &crate::net::Opening, number: usize) -> Result<Vec<Attacker>> {
    (0..number).map(|_| Attacker::connect(opening)).collect()
}

fn measure(kind: &Kind, attackers: Vec<Attacker>, pid: u32, quiet: f64, judged: &mut Judged) -> Result<Outcome> {
    let (number, memory_before, cpu_before, begun) = (attackers.len() as f64, memory::own_bytes(pid), memory::cpu(pid), Instant::now());
    let peak = thread::scope(|scope| -> Result<(u64, Vec<Ended>)> {
        let attack = scope.spawn(|| together(kind, attackers));
        let mut peak = 0;
        while !attack.is_finished() {
            peak = peak.max(memory::own_bytes(pid));
            thread::sleep(Duration::from_millis(5));
        }
        Ok((peak, attack.join().map_err(|_| anyhow!("an attacker panicked"))??))
    })?;
    let (peak, ended) = peak;
    let window = (begun.elapsed() * 2).max(SHORTEST);
    thread::sleep(window.saturating_sub(begun.elapsed()));
    let window = begun.elapsed().as_secs_f64();
    let cpu = memory::cpu(pid).saturating_sub(cpu_before).as_secs_f64();
    for one in &ended {
        judged.must(one.code == Some(kind.code), || format!("{}: closed with {:?} and not {}", kind.name, one.code, kind.code));
        judged.must(one.after <= CLOSED_WITHIN, || format!("{}: closed only after {} ms", kind.name, one.after.as_millis()));
        judged.must(one.hung_up, || format!("{}: the server has not hung up", kind.name));
    }
    Ok(Outcome {
        kind: kind.name,
        code: kind.code,
        closed_after_ms: ended.iter().map(|one| one.after.as_secs_f64() * 1e3).fold(0.0, f64::max),
        held_bytes: peak.saturating_sub(memory_before) as f64 / number,
        busy: (cpu / window - quiet).max(0.0) / number,
    })
}

/// All of them attack at once.
fn together(kind: &Kind, attackers: Vec<Attacker>) -> Result<Vec<Ended>> {
    let patience = CLOSED_WITHIN + Duration::from_secs(2);
    thread::scope(|scope| {
        let running: Vec<_> = attackers.into_iter().map(|attacker| scope.spawn(move || attacker.attack(kind, patience))).collect();
        running.into_iter().map(|one| one.join().map_err(|_| anyhow!("an attacker panicked"))?).collect()
    })
}

/// The share of a core that the server uses while only the bystander talks.
fn busy_over(pid: u32, length: Duration) -> Result<f64> {
    let (before, begun) = (memory::cpu(pid), Instant::now());
    thread::sleep(length);
    crate::stop::check()?;
    Ok(memory::cpu(pid).saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64())
}
