//! The command line of the trials.

use clap::{Args, Subcommand};

use crate::cli::Target;

#[derive(Debug, Subcommand)]
pub enum Trial {
    /// Readers who stop in a busy room: they are ended, hold little, and nobody else notices.
    Stalled(Stalled),
    /// Clients who break the protocol or flood: each is closed with the right code and costs nearly nothing.
    Attackers(Attackers),
    /// Everybody comes at once, is cut off at once and comes back at once.
    Herd(Herd),
    /// Many write and many read through REST at the same time.
    Writers(Writers),
}

#[derive(Debug, Args)]
pub struct Stalled {
    #[command(flatten)]
    pub target: Target,
    /// Readers who stop.
    #[arg(long, default_value_t = 1)]
    pub stalled: usize,
    /// Members who go on.
    #[arg(long, default_value_t = 50)]
    pub others: usize,
    /// Messages a second in the room.
    #[arg(long, default_value_t = 1_000.0)]
    pub rate: f64,
    #[arg(long, default_value_t = 200)]
    pub body_bytes: usize,
    /// Seconds of measuring while they read, and as many from the moment at which they stop.
    #[arg(long, default_value_t = 8.0)]
    pub seconds: f64,
    /// How often both are measured, in turns.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// By how much the others' 99th percentile may be worse, as a share. Absent: it is not judged.
    #[arg(long)]
    pub slower: Option<f64>,
}

#[derive(Debug, Args)]
pub struct Attackers {
    #[command(flatten)]
    pub target: Target,
    /// Attackers of a kind at the same time.
    #[arg(long, default_value_t = 10)]
    pub each: usize,
    /// Only those that can be told by what they send, not those that can only be told by how slowly they do.
    #[arg(long)]
    pub fast_only: bool,
    /// The most CPU of one, as a share of a core. Absent: it is not judged.
    #[arg(long)]
    pub busy: Option<f64>,
}

#[derive(Debug, Args)]
pub struct Herd {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, default_value_t = 10_000)]
    pub sockets: usize,
    /// Rooms of each account, beside the hidden ones and the one that everybody is in.
    #[arg(long, default_value_t = 10)]
    pub rooms_each: usize,
    #[arg(long, default_value_t = 20)]
    pub sockets_per_account: usize,
    /// Milliseconds within which 99 of 100 handshakes have to be answered.
    #[arg(long, default_value_t = 2_000)]
    pub let_in_within: u64,
    /// Milliseconds within which everybody has to be back and to have caught up.
    #[arg(long, default_value_t = 15_000)]
    pub back_within: u64,
}

#[derive(Debug, Args)]
pub struct Writers {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, default_value_t = 32)]
    pub writers: usize,
    #[arg(long, default_value_t = 32)]
    pub readers: usize,
    #[arg(long, default_value_t = 60.0)]
    pub seconds: f64,
}
