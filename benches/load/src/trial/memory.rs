//! What one process holds and uses, finer than `process.rs` needs it.

use std::fs;
use std::time::Duration;

/// Bytes of memory that are the process's own: its heap and stacks. What it maps of files, such as the database, is the system's to
/// take back and no part of this.
pub fn own_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// CPU time of all its threads, to the nanosecond.
pub fn cpu(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let spent = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

/// The server's side of its TCP connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The port at the other end.
    pub port: u16,
    /// Bytes that the kernel holds because the other end does not take them.
    pub unsent: u64,
}

/// The connections of this port that the server has not ended.
pub fn established(port: u16) -> Vec<Peer> {
    parse_tcp(&fs::read_to_string("/proc/net/tcp").unwrap_or_default(), port)
}

fn parse_tcp(text: &str, port: u16) -> Vec<Peer> {
    const ESTABLISHED: &str = "01";
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let port_of = |index: usize| u16::from_str_radix(fields.get(index)?.split_once(':')?.1, 16).ok();
        let unsent = u64::from_str_radix(fields.get(4)?.split_once(':')?.0, 16).ok()?;
        (*fields.get(3)? == ESTABLISHED && port_of(1)? == port).then_some(Peer { port: port_of(2)?, unsent })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_cpu_time() {
        let own = std::process::id();
        assert!(own_bytes(own) > 10_000);
        let before = cpu(own);
        while cpu(own) == before {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn only_the_established_ends_of_this_port_count() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n\
                    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n\
                    1: 0100007F:1F90 0100007F:B001 01 00000400:00000000 01:00000000\n\
                    2: 0100007F:1F90 0100007F:B002 04 00000400:00000000 01:00000000\n\
                    3: 0100007F:B001 0100007F:1F90 01 00000000:00000007 00:00000000\n";
        assert_eq!(parse_tcp(text, 0x1f90), [Peer { port: 0xb001, unsent: 1_024 }]);
    }
}
