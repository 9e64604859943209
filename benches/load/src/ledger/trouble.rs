//! What is done to the database while the server runs, and undone again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use diesel::connection::SimpleConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use rustix::process::{Pid, Resource, Rlimit};

use crate::postgres::OwnPostgres;

/// Size of the disk that is filled.
const DISK: &str = "64m";
/// No file of the process may grow beyond this: nothing can be appended to a log, be it the database's or its own.
const NO_ROOM: u64 = 4_096;

/// One kind of trouble, ready to begin.
pub enum Trouble {
    /// Another program holds SQLite's write lock.
    Lock { database: PathBuf, held: Option<SqliteConnection> },
    /// The disk is full.
    Full { ballast: PathBuf },
    /// The process may not write more into its files.
    Limit { before: Option<Rlimit> },
    /// Postgres is stopped as by a power cut, and started again.
    Restart(OwnPostgres),
    /// Postgres does not answer any more, and then does.
    Freeze(OwnPostgres),
}

impl Trouble {
    /// How long it lasts at most; it ends as soon as somebody was refused and this shortest time is over.
    pub const fn lasts(&self) -> (Duration, Duration) {
        match self {
            // SQLite waits five seconds for a lock.
            Self::Lock { .. } => (Duration::from_secs(6), Duration::from_secs(12)),
            Self::Full { .. } => (Duration::from_secs(2), Duration::from_secs(30)),
            Self::Limit { .. } | Self::Restart(_) => (Duration::from_secs(2), Duration::from_secs(12)),
            // The centre answers *unknown* for what has waited ten seconds.
            Self::Freeze(_) => (Duration::from_secs(3), Duration::from_secs(20)),
        }
    }

    /// Whether everything can be read meanwhile. Who has no database can only be told so.
    pub const fn leaves_reading(&self) -> bool {
        match self {
            Self::Lock { .. } | Self::Full { .. } | Self::Limit { .. } => true,
            Self::Restart(_) | Self::Freeze(_) => false,
        }
    }

    /// # Errors
    /// It could not be done, so nothing was shown.
    pub fn begin(&mut self, server: u32) -> Result<()> {
        match self {
            Self::Lock { database, held } => {
                let mut other = SqliteConnection::establish(database.to_str().context("the path is not UTF-8")?)?;
                other.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")?;
                *held = Some(other);
            }
            Self::Full { ballast } => fill(ballast)?,
            Self::Limit { before } => {
                *before = Some(limit(server, Rlimit { current: Some(NO_ROOM), maximum: None })?);
            }
            Self::Restart(postgres) => postgres.stop()?,
            Self::Freeze(postgres) => postgres.freeze()?,
        }
        Ok(())
    }

    /// # Errors
    /// It could not be undone.
    pub fn end(&mut self, server: u32) -> Result<()> {
        match self {
            Self::Lock { held, .. } => held.take().context("nothing is held")?.batch_execute("ROLLBACK")?,
            Self::Full { ballast } => std::fs::remove_file(ballast)?,
            Self::Limit { before } => drop(limit(server, before.take().context("nothing was limited")?)?),
            Self::Restart(postgres) => postgres.go()?,
            Self::Freeze(postgres) => postgres.thaw()?,
        }
        Ok(())
    }
}

/// A file that takes all that is left.
fn fill(ballast: &Path) -> Result<()> {
    let mut file = File::create(ballast)?;
    for size in [1 << 20, 4_096, 1] {
        let block = vec![0x5a; size];
        while file.write_all(&block).is_ok() {}
    }
    Ok(())
}

fn limit(server: u32, wanted: Rlimit) -> Result<Rlimit> {
    let pid = i32::try_from(server).ok().and_then(Pid::from_raw).context("no pid")?;
    rustix::process::prlimit(Some(pid), Resource::Fsize, wanted).context("the size of the server's files cannot be limited")
}

/// A file system of 64 MiB of its own. Unmounted when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// # Errors
    /// This machine or this user may not mount. Then the step has failed: what was not tried was not shown.
    pub fn mount(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={DISK}"), "snug-load"]).arg(&folder).output()?;
        if !mounted.status.success() {
            let why = String::from_utf8_lossy(&mounted.stderr).trim().to_owned();
            bail!("a disk of {DISK} cannot be mounted here ({why}); this step needs root and the right to mount");
        }
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if !Command::new("umount").arg("--lazy").arg(&self.0).status().is_ok_and(|status| status.success()) {
            crate::progress::say(&format!("{} is still mounted", self.0.display()));
        }
    }
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

/// SQLite's own judgement of a file.
///
/// # Errors
/// It is not "ok".
pub fn is_whole(database: &Path) -> Result<()> {
    let mut connection = SqliteConnection::establish(database.to_str().context("the path is not UTF-8")?)?;
    let answer: Integrity = diesel::sql_query("PRAGMA integrity_check").get_result(&mut connection)?;
    ensure!(answer.integrity_check == "ok", "integrity_check of {} says {}", database.display(), answer.integrity_check);
    Ok(())
}
