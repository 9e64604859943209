//! What processes have used, read from /proc.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

/// One line of `/proc/PID/stat`, the parts that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// User and system time, in ticks.
    ticks: u64,
    /// Pages in memory.
    resident: u64,
}

/// Processes whose cost is counted together: some roots and all that descend from them.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    roots: Vec<u32>,
}

/// CPU time at a moment, of a tree and of the whole machine.
#[derive(Debug, Clone, Copy)]
pub struct CpuMark {
    at: Instant,
    tree: Duration,
    first: Duration,
    own: Duration,
    machine: Duration,
}

/// CPU time between two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuSpent {
    pub wall: Duration,
    /// By the server and what works for it.
    pub server: Duration,
    /// By the server itself, the first root: without its database.
    pub server_alone: Duration,
    /// By this process, but for what went into waiting.
    pub client: Duration,
    /// By everything else on the machine. A figure is worth little where this is not small.
    pub others: Duration,
}

impl Tree {
    pub fn of(roots: impl IntoIterator<Item = u32>) -> Self {
        Self { roots: roots.into_iter().collect() }
    }

    /// The server itself, without its database.
    pub fn server_alone(&self) -> Self {
        Self::of(self.roots.first().copied())
    }

    /// Bytes in memory now, all processes added up.
    pub fn resident_bytes(&self) -> u64 {
        self.stats().iter().map(|stat| stat.resident).sum::<u64>() * rustix::param::page_size() as u64
    }

    /// CPU time used until now.
    pub fn cpu(&self) -> Duration {
        ticks(self.stats().iter().map(|stat| stat.ticks).sum())
    }

    /// Takes the time.
    pub fn mark(&self) -> CpuMark {
        let own = read_stat(std::process::id()).map_or(0, |stat| stat.ticks);
        let first = self.roots.first().and_then(|pid| read_stat(*pid)).map_or(0, |stat| stat.ticks);
        CpuMark { at: Instant::now(), tree: self.cpu(), first: ticks(first), own: ticks(own), machine: machine_busy() }
    }

    /// The roots first, then whatever descends from them.
    pub fn pids(&self) -> Vec<u32> {
        self.found().0
    }

    fn stats(&self) -> Vec<Stat> {
        let (found, all) = self.found();
        found.iter().filter_map(|pid| all.get(pid).copied()).collect()
    }

    fn found(&self) -> (Vec<u32>, HashMap<u32, Stat>) {
        let all: HashMap<u32, Stat> = pids().filter_map(|pid| Some((pid, read_stat(pid)?))).collect();
        let mut found: Vec<u32> = self.roots.iter().copied().filter(|root| all.contains_key(root)).collect();
        // Processes are few and trees are shallow: going over the list until nothing is added is simple and fast enough.
        loop {
            let children: Vec<u32> =
                all.iter().filter(|(pid, stat)| !found.contains(pid) && found.contains(&stat.parent)).map(|(pid, _)| *pid).collect();
            if children.is_empty() {
                break;
            }
            found.extend(children);
        }
        (found, all)
    }
}

impl CpuMark {
    /// What was used from this moment to `later`.
    pub fn until(&self, later: &Self) -> CpuSpent {
        let server = later.tree.saturating_sub(self.tree);
        let client = later.own.saturating_sub(self.own);
        let machine = later.machine.saturating_sub(self.machine);
        let server_alone = later.first.saturating_sub(self.first);
        CpuSpent { wall: later.at - self.at, server, server_alone, client, others: machine.saturating_sub(server + client) }
    }
}

impl CpuSpent {
    /// Without what this process used up in waiting.
    pub fn without(self, waited: Duration) -> Self {
        Self { client: self.client.saturating_sub(waited), ..self }
    }

    /// Share of one core that the server used: 1.0 is all of it.
    pub fn server_busy(&self) -> f64 {
        share(self.server, self.wall)
    }

    /// Share of one core that this process used.
    pub fn client_busy(&self) -> f64 {
        share(self.client, self.wall)
    }

    /// Share of one core that everything else used.
    pub fn others_busy(&self) -> f64 {
        share(self.others, self.wall)
    }

    /// Whether the clients had no time left while the server had: then the rates are the clients', not the server's.
    pub fn client_was_the_bottleneck(&self) -> bool {
        self.client_busy() > 0.9 && self.server_busy() < 0.7
    }
}

fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() }
}

/// The parent of a process.
pub fn parent_of(pid: u32) -> Option<u32> {
    read_stat(pid).map(|stat| stat.parent)
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn read_stat(pid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name in the second field may hold spaces and brackets, so fields are counted from the last `)`.
fn parse_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat { parent: u32::try_from(number(1)?).ok()?, ticks: number(11)? + number(12)?, resident: number(21)? })
}

/// User, nice, system, interrupt and stolen time of all cores.
fn machine_busy() -> Duration {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<u64> =
        text.lines().next().unwrap_or_default().split_ascii_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    ticks([0, 1, 2, 5, 6, 7].iter().filter_map(|index| fields.get(*index)).sum())
}

fn ticks(count: u64) -> Duration {
    Duration::from_secs_f64(count as f64 / rustix::param::clock_ticks_per_second() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let line = "7 (a) b) c) S 3 7 7 0 -1 4194560 1 0 0 0 250 50 9 9 20 0 1 0 100 1000 42 18446744073709551615";
        assert_eq!(parse_stat(line), Some(Stat { parent: 3, ticks: 300, resident: 42 }));
        assert_eq!(parse_stat("7 (cut"), None);
    }

    #[test]
    fn a_tree_counts_its_children() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let own = Tree::of([std::process::id()]).stats().len();
        let alone = Tree::of([child.id()]).stats().len();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(own >= 2 && alone == 1, "{own} {alone}");
        assert!(Tree::of([std::process::id()]).resident_bytes() > 100_000);
    }

    #[test]
    fn the_client_is_the_bottleneck_only_where_the_server_had_time_left() {
        let spent = |server, client| CpuSpent {
            wall: Duration::from_secs(1),
            server: Duration::from_millis(server),
            server_alone: Duration::from_millis(server),
            client: Duration::from_millis(client),
            others: Duration::ZERO,
        };
        assert!(spent(600, 950).client_was_the_bottleneck());
        assert!(!spent(950, 950).client_was_the_bottleneck());
        assert!(!spent(600, 500).client_was_the_bottleneck());
    }
}
