//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::adapter::{SOCKETS_PER_ACCOUNT, Shape};
use crate::crowd::Load;
use crate::stage::Wanted;
use crate::trial::Trial;

#[derive(Debug, Parser)]
#[command(name = "load", about, version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Puts one load on a server and prints what it did and cost, as JSON.
    Run(Run),
    /// Opens many sockets and leaves them idle: handshakes, memory and CPU of each.
    Idle(Idle),
    /// The same load on a bare sender instead of a server.
    Floor(Floor),
    /// The cost of a post as a + b × members, beside the floor's.
    Fit(Fit),
    /// All scenarios with their targets; writes docs/performance.md.
    Bench(Bench),
    /// Kills and stops the server under load, again and again, and counts what was lost, doubled or reordered.
    Ledger(Ledger),
    /// One kind of bad or sudden client, and what it costs.
    Trial {
        #[command(subcommand)]
        what: Trial,
    },
    /// Checks a ledger that was written earlier.
    Check { ledger: PathBuf },
    /// The bare sender itself; started by the others.
    #[command(hide = true)]
    FloorSender {
        #[arg(long, default_value_t = 1)]
        per_write: usize,
    },
}

/// Which server.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// The snug binary; it is started with fresh data on a core of its own.
    #[arg(long, value_name = "PATH")]
    pub server: Option<PathBuf>,
    /// Folder for the data. On a disk, or commits cost nothing.
    #[arg(long, value_name = "FOLDER", default_value = "target/load-data")]
    pub scratch: PathBuf,
    /// A Postgres in which databases may be created, instead of SQLite.
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// A setting for the server; may be repeated.
    #[arg(long = "set", value_name = "SNUG_NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Another process whose cost is counted with the server's; may be repeated.
    #[arg(long, value_name = "PID")]
    pub count_pid: Vec<u32>,
    /// Leave it to the system which process runs on which core.
    #[arg(long)]
    pub no_pin: bool,
}

impl Target {
    /// The fresh server of these arguments.
    ///
    /// # Errors
    /// No binary was named.
    pub fn wanted(&self) -> anyhow::Result<Wanted> {
        let binary = self.server.clone().ok_or_else(|| anyhow::anyhow!("--server PATH names the snug binary to start"))?;
        Ok(Wanted {
            // A child is started from another folder than it was named in by nobody, but the path is shown in the result.
            binary: std::fs::canonicalize(&binary).map_err(|error| anyhow::anyhow!("{}: {error}", binary.display()))?,
            scratch: self.scratch.clone(),
            postgres: self.postgres.clone(),
            pinned: !self.no_pin,
            settings: self.settings.clone(),
            count: self.count_pid.clone(),
        })
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if name.starts_with("SNUG_") => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a setting is SNUG_NAME=VALUE".to_owned()),
    }
}

/// A load by name, with the numbers of issue and documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// One room of 1,000, four senders, one post in flight each.
    BigRoom,
    /// The same with eight in flight each.
    BigRoomBusy,
    /// 50 rooms of 20, one sender each, one in flight.
    ManyRooms,
    /// 100 members, 20 posts a second.
    Latency,
    /// 256 rooms of one: nothing but durable posts.
    Posts,
    /// One sender alone.
    Lone,
}

/// Who is where and who posts how fast.
#[derive(Debug, Clone, Args)]
pub struct Talk {
    /// A load by name; the other options change it.
    #[arg(long)]
    pub scenario: Option<Scenario>,
    #[arg(long)]
    pub rooms: Option<usize>,
    /// Sockets in each room.
    #[arg(long)]
    pub members: Option<usize>,
    /// Senders in each room.
    #[arg(long)]
    pub senders: Option<usize>,
    /// Posts each sender has in flight.
    #[arg(long)]
    pub window: Option<usize>,
    /// Posts a second of all senders together, instead of a window.
    #[arg(long)]
    pub rate: Option<f64>,
    #[arg(long, default_value_t = 200)]
    pub body_bytes: usize,
    /// Seconds before the measuring begins.
    #[arg(long, default_value_t = 1.0)]
    pub warm_up: f64,
    /// Seconds of measuring.
    #[arg(long, default_value_t = 5.0)]
    pub duration: f64,
    /// Ends after so many posts, if that is before the duration is over. They are counted from the beginning of the warm-up.
    #[arg(long)]
    pub count: Option<u64>,
    /// Sockets that share an account and its cookie.
    #[arg(long, default_value_t = SOCKETS_PER_ACCOUNT)]
    pub sockets_per_account: usize,
    /// Handshakes at the same time.
    #[arg(long, default_value_t = 64)]
    pub at_once: usize,
}

impl Scenario {
    /// Rooms, members, senders of each room, posts in flight, posts a second.
    const fn numbers(self) -> (usize, usize, usize, usize, Option<f64>) {
        match self {
            Self::BigRoom => (1, 1_000, 4, 1, None),
            Self::BigRoomBusy => (1, 1_000, 4, 8, None),
            Self::ManyRooms => (50, 20, 1, 1, None),
            Self::Latency => (1, 100, 4, 1, Some(20.0)),
            Self::Posts => (256, 1, 1, 1, None),
            Self::Lone => (1, 1, 1, 1, None),
        }
    }

    /// Its sockets and its load, with the usual 200 bytes.
    pub fn plan(self, warm_up: Duration, duration: Duration) -> (Shape, Load) {
        let (rooms, members, senders, window, rate) = self.numbers();
        (
            Shape { rooms, members, sockets_per_account: SOCKETS_PER_ACCOUNT },
            Load { senders, window, rate, body_bytes: 200, warm_up, duration, count: None },
        )
    }
}

impl Talk {
    /// The sockets and the load of these arguments.
    pub fn plan(&self) -> (Shape, Load) {
        let seconds = |seconds: f64| Duration::from_secs_f64(seconds.clamp(0.0, 3_600.0));
        let (mut shape, mut load) = self.scenario.unwrap_or(Scenario::ManyRooms).plan(seconds(self.warm_up), seconds(self.duration));
        shape.rooms = self.rooms.unwrap_or(shape.rooms).max(1);
        shape.members = self.members.unwrap_or(shape.members).max(1);
        shape.sockets_per_account = self.sockets_per_account.max(1);
        load.senders = self.senders.unwrap_or(load.senders).max(1);
        load.window = self.window.unwrap_or(load.window).max(1);
        load.rate = self.rate.or(load.rate.filter(|_| self.window.is_none()));
        load.body_bytes = self.body_bytes;
        load.count = self.count;
        (shape, load)
    }
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub target: Target,
    /// A server that runs already, on this machine.
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    pub url: Option<String>,
    /// Its pid, so that its cost can be measured.
    #[arg(long, value_name = "PID", requires = "url")]
    pub server_pid: Option<u32>,
    /// The code of its wizard, if it has no place yet.
    #[arg(long, requires = "url")]
    pub setup_code: Option<String>,
    /// What kind of server it is.
    #[arg(long, value_enum, default_value_t = Kind::Snug)]
    pub adapter: Kind,
    #[command(flatten)]
    pub talk: Talk,
}

/// The kinds of server that can be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Snug,
    /// Broadcasts each text to everyone on the same `/?room=N`.
    Plain,
}

#[derive(Debug, Args)]
pub struct Idle {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, default_value_t = 10_000)]
    pub sockets: usize,
    /// Rooms of each account, beside the hidden ones and the one that everybody is in.
    #[arg(long, default_value_t = 10)]
    pub rooms_each: usize,
    #[arg(long, default_value_t = 100)]
    pub sockets_per_account: usize,
    #[arg(long, default_value_t = 64)]
    pub at_once: usize,
    /// Seconds of silence to measure.
    #[arg(long, default_value_t = 20.0)]
    pub rest: f64,
}

#[derive(Debug, Args)]
pub struct Floor {
    #[command(flatten)]
    pub talk: Talk,
    /// Frames that go into one write where several are waiting.
    #[arg(long, default_value_t = 1)]
    pub per_write: usize,
    #[arg(long)]
    pub no_pin: bool,
}

#[derive(Debug, Args)]
pub struct Fit {
    #[command(flatten)]
    pub target: Target,
    /// Seconds for each size and round.
    #[arg(long, default_value_t = 2.0)]
    pub duration: f64,
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
}

#[derive(Debug, Args)]
pub struct Bench {
    #[command(flatten)]
    pub target: Target,
    /// The same on Postgres too, in databases made in this one.
    #[arg(long, env = "SNUG_BENCH_POSTGRES_URL", hide_env_values = true)]
    pub also_postgres: Option<String>,
    /// The same on a Postgres started for this, with the settings it comes with (fsync on).
    #[arg(long, conflicts_with = "also_postgres")]
    pub own_postgres: bool,
    /// Shorter and smaller: shows that it works, not how fast it is.
    #[arg(long)]
    pub quick: bool,
    /// Where the table goes.
    #[arg(long, default_value = "docs/performance.md")]
    pub report: PathBuf,
    /// Where all figures go, as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
}

/// How the server ends in each round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// `kill -9` at a random moment.
    Kill,
    /// SIGTERM: it must end within five seconds and tell every socket.
    Term,
    /// Not at all: everybody talks on.
    Talk,
    /// By itself, at the place that `--fault` names: a build with the feature `faults`.
    Die,
    /// It does not; a part of the clients vanishes, half of them without a word.
    Cut,
    /// It does not; another program locks the SQLite file for some seconds.
    Lock,
    /// It does not; its disk of 64 MiB is filled and freed. Needs root.
    Full,
    /// It does not; for some seconds it may append to no file.
    Limit,
    /// It does not; its own Postgres is stopped as by a power cut and started again.
    Restart,
    /// It does not; every process of its own Postgres is frozen for some seconds.
    Freeze,
    /// It does not. `strace` writes down what it writes and flushes, and its files are opened as power cuts would have left them, one for
    /// each round.
    Power,
}

#[derive(Debug, Args)]
pub struct Ledger {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t = How::Kill)]
    pub how: How,
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Most seconds of load before the end of a round.
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    #[arg(long, default_value_t = 50)]
    pub rooms: usize,
    #[arg(long, default_value_t = 200)]
    pub clients: usize,
    /// Posts a second of all clients together.
    #[arg(long, default_value_t = 500.0)]
    pub rate: f64,
    /// Where the ledger goes; kept where something is not zero, and always where this is given.
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// What a build with faults is made to do: with `die` a place, with any other way a list like `answer-lost:7,unsettled:2`.
    #[arg(long, value_name = "PLACE")]
    pub fault: Option<String>,
    /// Seconds after the last round in which the server has to end the sockets of those who vanished without a word.
    #[arg(long)]
    pub until_noticed: Option<u64>,
    /// Milliseconds from the start of the process until it must be ready again.
    #[arg(long, default_value_t = 2_000)]
    pub ready_within: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_change_a_scenario() {
        let cli = Cli::parse_from(["load", "run", "--server", "x", "--scenario", "latency", "--members", "7", "--window", "3"]);
        let Command::Run(run) = cli.command else { panic!("not a run") };
        let (shape, load) = run.talk.plan();
        assert_eq!((shape.rooms, shape.members, load.senders, load.window, load.rate), (1, 7, 4, 3, None));
    }
}
