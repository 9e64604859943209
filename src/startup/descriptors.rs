//! File descriptors: each socket takes one, and at the limit the system accepts nobody, silently.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Fewer than this are too few for a server that people depend on.
const FEW: u64 = 4_096;

/// Raises the limit of this process to what the system allows it (Linux starts a process with 1,024, of often 500,000 allowed). Says so
/// where that is little.
pub fn raise() {
    let before = getrlimit(Resource::Nofile);
    if before.current != before.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: before.maximum, maximum: before.maximum })
    {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    // None is: as many as there are.
    let limit = getrlimit(Resource::Nofile).current;
    tracing::debug!(?limit, "open files");
    if let Some(limit) = limit.filter(|limit| *limit < FEW) {
        tracing::warn!(limit, "few files may be open, and each socket is one; raise it with `ulimit -n` or LimitNOFILE= in systemd");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_allows_is_used() {
        raise();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
