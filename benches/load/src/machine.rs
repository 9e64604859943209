//! The machine the figures were measured on, and the core each process is bound to.

use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit};
use rustix::thread::{CpuSet, Pid};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// Core of the server and of what works for it (the database).
pub const SERVER_CORE: usize = 0;
/// Core of the clients.
pub const CLIENT_CORE: usize = 1;

/// What must stand beside a figure for it to mean something.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    pub date: String,
    pub commit: String,
    pub cores: usize,
    pub cpu: String,
    pub kernel: String,
    pub memory_mib: u64,
}

impl Machine {
    /// Asks the system.
    pub fn describe() -> Self {
        let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let value = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
            value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
        };
        let memory = field(&file("/proc/meminfo"), "MemTotal");
        Self {
            date: said_by("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            commit: said_by("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
            // All of them, and not those that this thread is bound to by now.
            cores: file("/proc/cpuinfo").lines().filter(|line| line.starts_with("processor")).count(),
            cpu: field(&file("/proc/cpuinfo"), "model name"),
            kernel: file("/proc/sys/kernel/osrelease").trim().to_owned(),
            memory_mib: memory.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024,
        }
    }
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Binds the calling thread, and the processes it starts from now on, to one core. False where there is no such core: then nothing
/// is bound, and the output says so.
pub fn pin_this_thread(core: usize) -> bool {
    pin(None, core)
}

/// Binds another process. It has to be done before that process starts threads, or each of them would keep its own mask.
pub fn pin_process(pid: u32, core: usize) -> bool {
    i32::try_from(pid).ok().and_then(Pid::from_raw).is_some_and(|pid| pin(Some(pid), core))
}

fn pin(pid: Option<Pid>, core: usize) -> bool {
    let mut cores = CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(pid, &cores).is_ok()
}

/// CPU time of the calling thread, user and system.
pub fn cpu_of_this_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Never negative.
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Raises the limit of open descriptors as far as it goes; the server inherits it.
///
/// # Errors
/// It does not go as far as `needed`.
pub fn allow_descriptors(needed: u64) -> Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(Resource::Nofile, raised).context("the limit of open descriptors cannot be raised")?;
    match limit.maximum {
        Some(most) if most < needed => bail!("{needed} open descriptors are needed and the limit is {most}; raise it with `ulimit -Hn`"),
        _ => Ok(()),
    }
}

/// Refuses every address but loopback: this tool is for one's own server on one's own machine.
///
/// # Errors
/// Another address.
pub fn only_loopback(ip: IpAddr) -> Result<()> {
    if ip.is_loopback() { Ok(()) } else { bail!("{ip} is not a loopback address; this tool only drives servers on the same machine") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_ever_driven() {
        for own in ["127.0.0.1", "127.9.9.9", "::1"] {
            assert!(only_loopback(own.parse().unwrap()).is_ok(), "{own}");
        }
        for other in ["0.0.0.0", "10.0.0.1", "192.168.1.1", "8.8.8.8", "::", "fe80::1", "::ffff:10.0.0.1"] {
            assert!(only_loopback(other.parse().unwrap()).is_err(), "{other}");
        }
    }

    #[test]
    fn the_machine_has_a_name() {
        let machine = Machine::describe();
        assert!(machine.cores > 0 && machine.memory_mib > 0 && machine.date.contains("UTC"), "{machine:?}");
    }
}
