//! A Postgres of one's own, to be stopped, started and frozen. It listens on a socket in its folder and nowhere else, and flushes to
//! disk as it would for anybody.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::process;

const PATIENCE: Duration = Duration::from_secs(60);

/// Where Debian puts the server's programs, which it keeps out of PATH.
const FOLDER: &str = "/usr/lib/postgresql";

pub struct OwnPostgres {
    binaries: PathBuf,
    home: TempDir,
    /// Postgres refuses to run as root; then it is this user's.
    user: Option<&'static str>,
    server: Option<Child>,
}

impl OwnPostgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// There is no Postgres on this machine, or it does not start.
    pub fn start() -> Result<Self> {
        // A short name: the path of a socket may have 107 bytes at most.
        let home = tempfile::Builder::new().prefix("snug-pg-").tempdir_in("/var/tmp").context("no folder for Postgres")?;
        let root = rustix::process::getuid().is_root();
        let mut postgres = Self { binaries: binaries()?, home, user: root.then_some("postgres"), server: None };
        if let Some(user) = postgres.user {
            let owned = Command::new("chown").arg(user).arg(postgres.home.path()).status()?;
            ensure!(owned.success(), "the folder cannot be given to {user}");
        }
        let made = postgres
            .program("initdb")
            .args(["--auth=trust", "--username=snug", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
            .arg(postgres.data_argument("--pgdata="))
            .stdout(Stdio::null())
            .status()?;
        ensure!(made.success(), "initdb failed");
        postgres.go()?;
        Ok(postgres)
    }

    /// As libpq takes it.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=snug", self.home.path().display())
    }

    /// Starts the server that was stopped.
    ///
    /// # Errors
    /// It does not answer in time.
    pub fn go(&mut self) -> Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.home.path().with_extension("log"))?;
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.home.path().join("data")).arg("-k").arg(self.home.path());
        command.args(["-c", "listen_addresses=", "-c", "max_connections=200"]);
        self.server = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("postgres cannot be started")?);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut ask = self.program("pg_isready");
            if ask.arg("--quiet").arg("--host").arg(self.home.path()).status()?.success() {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "Postgres did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it at once, as after a power cut: it recovers from its log at the next start. The clients' connections break.
    ///
    /// # Errors
    /// It does not end.
    pub fn stop(&mut self) -> Result<()> {
        let mut server = self.server.take().context("Postgres does not run")?;
        signal(server.id(), Signal::QUIT)?;
        let deadline = Instant::now() + PATIENCE;
        while server.try_wait()?.is_none() {
            ensure!(Instant::now() < deadline, "Postgres did not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Freezes every one of its processes, which looks to a client like a machine that has stopped answering.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> Result<()> {
        self.all(Signal::STOP)
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> Result<()> {
        self.all(Signal::CONT)
    }

    fn all(&self, what: Signal) -> Result<()> {
        let server = self.server.as_ref().context("Postgres does not run")?;
        // The parent first, so that it starts no more of them meanwhile.
        for pid in process::Tree::of([server.id()]).pids() {
            // One that has just ended needs no signal.
            let _ = signal(pid, what);
        }
        Ok(())
    }

    fn data_argument(&self, option: &str) -> String {
        format!("{option}{}", self.home.path().join("data").display())
    }

    fn program(&self, name: &str) -> Command {
        let path = self.binaries.join(name);
        let mut command = match self.user {
            // It ends with this process, also where that is killed.
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).args(["--clear-groups", "--pdeathsig", "QUIT"]);
                command.arg(path);
                command
            }
            None => Command::new(path),
        };
        command.current_dir(self.home.path());
        command
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        // Frozen processes would not hear the order to stop.
        let _ = self.thaw();
        if self.server.is_some() && self.stop().is_err() {
            crate::progress::say("a Postgres of this run could not be stopped");
        }
        let _ = std::fs::remove_file(self.home.path().with_extension("log"));
    }
}

fn signal(pid: u32, what: Signal) -> Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("no pid")?;
    Ok(rustix::process::kill_process(pid, what)?)
}

/// The newest version that is installed.
fn binaries() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(Path::new(FOLDER))
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    versions.sort();
    match versions.pop() {
        Some((_, folder)) => Ok(folder),
        None => bail!("no Postgres server below {FOLDER}; `apt-get install postgresql` brings one"),
    }
}
