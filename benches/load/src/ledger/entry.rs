//! One line of a ledger: something a client did or was told, or something that was done to the server.
//!
//! A line is a word and numbers, so that a ledger can be read, searched and checked again without this program.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, Result, bail};

macro_rules! entries {
    ($($(#[$doc:meta])+ $name:ident = $word:literal { $($field:ident: $kind:ty),* };)+) => {
        /// What is written down.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Entry { $($(#[$doc])+ $name { $($field: $kind),* }),+ }

        impl fmt::Display for Entry {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name { $($field),* } => {
                        f.write_str($word)?;
                        $(write!(f, " {}={}", stringify!($field), $field)?;)*
                        Ok(())
                    })+
                }
            }
        }

        impl FromStr for Entry {
            type Err = Error;

            fn from_str(line: &str) -> Result<Self> {
                let mut words = line.split_ascii_whitespace();
                match words.next() {
                    $(Some($word) => Ok(Self::$name { $($field: field(words.next(), stringify!($field))?),* }),)+
                    other => bail!("a ledger has no line that begins with {other:?}"),
                }
            }
        }
    };
}

entries! {
    /// A client begins to hear a room, and holds everything up to `seq`.
    Start = "start" { client: u32, room: i64, seq: i64 };
    /// A client sends a post, for the first time or again. `connection` counts the client's sockets.
    Attempt = "attempt" { client: u32, connection: u32, account: i64, room: i64, post: u64, text: u32 };
    /// The server says it is stored.
    Ack = "ack" { client: u32, room: i64, post: u64, seq: i64, number: i64 };
    /// The server says it is not stored, or not known to be: the client will send it again.
    Retry = "retry" { client: u32, post: u64 };
    /// The server refused it for good, which nothing sent here deserves.
    Refused = "refused" { client: u32, post: u64 };
    /// A client applies a posted message.
    Receipt = "receipt" { client: u32, room: i64, seq: i64, number: i64, account: i64, post: u64, text: u32 };
    /// A client applies an event of another kind.
    Other = "other" { client: u32, room: i64, seq: i64 };
    /// An event at or below the client's cursor, ignored as the protocol says.
    Repeat = "repeat" { client: u32, room: i64, seq: i64 };
    /// An event beyond the next one while nothing was being resumed.
    Jump = "jump" { client: u32, room: i64, from: i64, seq: i64 };
    /// The server says that the client now has everything up to `seq`.
    Resumed = "resumed" { client: u32, room: i64, seq: i64 };
    /// The server says that the client's copy cannot be mended.
    Reset = "reset" { client: u32, room: i64 };
    /// A message that was never sent by anyone here, or that cannot be read.
    Foreign = "foreign" { client: u32, room: i64, seq: i64 };
    /// A socket is open.
    Opened = "opened" { client: u32, connection: u32 };
    /// A socket is gone: a close code, an HTTP status, or 0 where it broke.
    Closed = "closed" { client: u32, code: u16 };
    /// `kill -9`.
    Killed = "killed" { round: u32 };
    /// SIGTERM.
    Stopping = "stopping" { round: u32 };
    /// The process ended after SIGTERM.
    Stopped = "stopped" { round: u32, ms: u64, limit: u64, clean: u8 };
    /// A socket that was open at SIGTERM and was not told 1012.
    Untold = "untold" { round: u32, client: u32 };
    /// The server is ready again.
    Ready = "ready" { round: u32, ms: u64, limit: u64 };
    /// A client vanished: its socket was closed, or (silent) left open and never used again.
    Vanished = "vanished" { client: u32, silent: u8 };
    /// The database is in trouble from here on.
    Trouble = "trouble" { round: u32 };
    /// And is not any more.
    Over = "over" { round: u32 };
    /// Somebody read meanwhile: so many answers, and so many that did not answer as they must.
    Read = "read" { round: u32, answered: u32, wrong: u32 };
    /// The first post that was sent after the trouble is acknowledged.
    Recovered = "recovered" { round: u32, ms: u64, limit: u64 };
    /// The server was made to die and died of something else.
    Otherwise = "otherwise" { round: u32 };
    /// Something that was waited for did not happen: not all clients were back, or not all posts answered.
    Stuck = "stuck" { round: u32, what: u32 };
    /// At the end, read through the API: a message as it is stored.
    Stored = "stored" { room: i64, seq: i64, number: i64, account: i64, post: u64, text: u32 };
    /// At the end: the last event of a room.
    Last = "last" { room: i64, seq: i64 };
}

fn field<T: FromStr>(word: Option<&str>, name: &str) -> Result<T> {
    let value = word.and_then(|word| word.strip_prefix(name)?.strip_prefix('=')).with_context(|| format!("no {name}"))?;
    value.parse().ok().with_context(|| format!("{name} cannot be {value}"))
}

/// FNV-1a of a text: enough to tell that it is the one that was sent.
pub fn text_hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for entry in [
            Entry::Attempt { client: 1, connection: 2, account: 3, room: -4, post: u64::MAX, text: text_hash("hi") },
            Entry::Killed { round: 7 },
            Entry::Closed { client: 0, code: 1012 },
        ] {
            assert_eq!(entry.to_string().parse::<Entry>().unwrap(), entry);
        }
        assert_eq!(Entry::Last { room: 5, seq: 9 }.to_string(), "last room=5 seq=9");
        for wrong in ["", "lost room=5", "last room=5", "last seq=9 room=5", "last room=x seq=9"] {
            assert!(wrong.parse::<Entry>().is_err(), "{wrong}");
        }
    }
}
