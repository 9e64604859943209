//! The server under test: started on a core of its own with fresh data, told apart from everything else by its pid, ended with us.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use crate::http::Site;
use crate::machine;

/// Limits that a load would otherwise run into; printed with the result.
pub const RAISED_LIMITS: &[(&str, &str)] = &[
    ("SNUG_LIMITS_POSTS_PER_SECOND", "1000000"),
    ("SNUG_LIMITS_POSTS_BURST", "1000000"),
    ("SNUG_LIMITS_FRAMES_PER_SECOND", "1000000"),
    ("SNUG_LIMITS_SOCKETS_PER_USER", "1000"),
    ("SNUG_LIMITS_SOCKETS_PER_ADDRESS", "1000000"),
    ("SNUG_LIMITS_HANDSHAKES_PER_SECOND", "1000000"),
    ("SNUG_LIMITS_CONNECTIONS_PER_ADDRESS", "1000000"),
    ("SNUG_LIMITS_REPLAY_EVENTS", "100000"),
    ("SNUG_LIMITS_SIGN_IN_PER_MINUTE", "1000000"),
];
const PATIENCE: Duration = Duration::from_secs(30);

/// How a Snug is started.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub binary: PathBuf,
    pub data: PathBuf,
    /// Absent: the SQLite file in the data folder.
    pub database_url: Option<String>,
    /// Port 0 takes a free one.
    pub port: u16,
    /// More settings, `SNUG_NAME` and value.
    pub settings: Vec<(String, String)>,
    /// Whether it gets a core of its own.
    pub pinned: bool,
    /// What starts it: the binary's path follows these words. Empty: nothing does.
    pub wrapper: Vec<String>,
}

/// A process that says where it listens.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    pub site: Site,
    pub setup_code: Option<String>,
    /// From the start of the process to the line that says it is ready.
    pub ready_after: Duration,
}

impl Recipe {
    /// Starts it and waits until it says it is ready.
    ///
    /// # Errors
    /// It cannot be started, or ends or is silent before it is ready; what it said on standard error is in its log file.
    pub fn start(&self) -> Result<Running> {
        let begun = Instant::now();
        let mut starting = self.begin()?;
        let deadline = begun + PATIENCE;
        while !starting.is_ready(deadline.saturating_duration_since(Instant::now()))? {
            if Instant::now() >= deadline {
                bail!("the server was not ready within {} s; see {}", PATIENCE.as_secs(), self.log().display());
            }
        }
        starting.finish()
    }

    /// Starts it without waiting.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn begin(&self) -> Result<Starting> {
        std::fs::create_dir_all(&self.data).with_context(|| format!("the folder {} cannot be made", self.data.display()))?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).context("the server's log")?;
        let mut command = match self.wrapper.split_first() {
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("SNUG_")).for_each(|name| {
            command.env_remove(name);
        });
        command.env("SNUG_BIND", SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)).to_string());
        command.env("SNUG_DATA_DIR", &self.data);
        command.envs(self.database_url.iter().map(|url| ("SNUG_DATABASE_URL", url)));
        command.envs(RAISED_LIMITS.iter().copied());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stderr(log);
        Starting::spawn(command, self.pinned)
    }

    /// A variable of its environment.
    pub fn set(&mut self, name: &str, value: String) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value));
    }

    /// Where its standard error goes.
    pub fn log(&self) -> PathBuf {
        log_beside(&self.data)
    }
}

/// Beside the data folder and not in it: the folder is the server's alone.
fn log_beside(data: &Path) -> PathBuf {
    data.with_extension("log")
}

/// A process that has not said yet that it is ready.
pub struct Starting {
    child: Option<Child>,
    lines: Receiver<String>,
    begun: Instant,
    address: Option<SocketAddr>,
    setup_code: Option<String>,
    ready_after: Duration,
}

impl Starting {
    /// Starts a program that prints `… ready at http://ADDRESS` or `… ready at ADDRESS`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(mut command: Command, pinned: bool) -> Result<Self> {
        // A child inherits the mask of the thread that starts it, so that it sees one core from its first instruction on.
        let pinned = pinned && machine::pin_this_thread(machine::SERVER_CORE);
        let begun = Instant::now();
        let child = command.stdout(Stdio::piped()).spawn();
        if pinned {
            machine::pin_this_thread(machine::CLIENT_CORE);
        }
        let mut child = child.with_context(|| format!("{} cannot be started", command.get_program().to_string_lossy()))?;
        let output = child.stdout.take().context("no standard output")?;
        let (say, lines) = channel();
        // Lives as long as the child's standard output, so that the child never waits for a full pipe.
        thread::spawn(move || BufReader::new(output).lines().map_while(Result::ok).for_each(|line| drop(say.send(line))));
        Ok(Self { child: Some(child), lines, begun, address: None, setup_code: None, ready_after: Duration::ZERO })
    }

    /// Waits so long for it to say that it is ready.
    ///
    /// # Errors
    /// It ended, or it listens where it must not.
    pub fn is_ready(&mut self, wait: Duration) -> Result<bool> {
        if self.address.is_some() {
            return Ok(true);
        }
        match self.lines.recv_timeout(wait) {
            Ok(line) => self.hear(&line)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("the server ended before it was ready; see its log"),
        }
        Ok(self.address.is_some())
    }

    /// Writes to its standard input and closes it.
    ///
    /// # Errors
    /// It has none.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        let mut input = self.child.as_mut().and_then(|child| child.stdin.take()).context("no standard input")?;
        Ok(input.write_all(bytes)?)
    }

    /// # Errors
    /// It is not ready.
    pub fn finish(mut self) -> Result<Running> {
        let address = self.address.context("the server is not ready")?;
        let child = self.child.take().context("no process")?;
        let (_, nobody) = channel();
        let lines = std::mem::replace(&mut self.lines, nobody);
        let setup_code = self.setup_code.take();
        Ok(Running { child, lines, site: Site { address }, setup_code, ready_after: self.ready_after })
    }

    fn hear(&mut self, line: &str) -> Result<()> {
        self.setup_code = self.setup_code.take().or_else(|| setup_code(line));
        if let Some((_, place)) = line.split_once(" ready at ") {
            let address: SocketAddr =
                place.trim().trim_start_matches("http://").parse().with_context(|| format!("no address in {line:?}"))?;
            machine::only_loopback(address.ip())?;
            self.address = Some(address);
            self.ready_after = self.begun.elapsed();
        }
        Ok(())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            end(child);
        }
    }
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The one-time code of the wizard, which the server prints after its address while there is no place yet.
    ///
    /// # Errors
    /// It prints none.
    pub fn wait_for_setup_code(&mut self) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        while self.setup_code.is_none() {
            let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())).context("no set-up code was printed")?;
            self.setup_code = setup_code(&line);
        }
        self.setup_code.clone().context("no set-up code")
    }

    /// Sends a signal to this process and no other.
    ///
    /// # Errors
    /// The process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no pid")?;
        rustix::process::kill_process(pid, signal).context("the server is gone")
    }

    /// Whether it has ended, and how.
    ///
    /// # Errors
    /// The system does not know it.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// No error matters here: the process may have ended by itself.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn setup_code(line: &str) -> Option<String> {
    line.split_once("/setup#code=").map(|(_, code)| code.trim().to_owned())
}

/// The server of a `--url` given by hand.
///
/// # Errors
/// It is not on this machine.
pub fn running_at(url: &str) -> Result<Site> {
    let place = url.trim_end_matches('/').strip_prefix("http://").context("the address has to begin with http://")?;
    let place = place.replace("localhost", &IpAddr::from(Ipv4Addr::LOCALHOST).to_string());
    let address: SocketAddr = place.parse().with_context(|| format!("{url:?} is not http://ADDRESS:PORT"))?;
    machine::only_loopback(address.ip())?;
    Ok(Site { address })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Starting {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Starting::spawn(command, false).unwrap()
    }

    #[test]
    fn a_server_is_ready_when_it_says_so_and_its_code_may_come_later() {
        let mut starting =
            shell("echo 'Snug is ready at http://127.0.0.1:4711'; echo 'Set up your place: http://x/setup#code=AB-CD'; exec sleep 30");
        assert!(starting.is_ready(PATIENCE).unwrap());
        let mut running = starting.finish().unwrap();
        assert_eq!(running.site.origin(), "http://127.0.0.1:4711");
        assert_eq!(running.wait_for_setup_code().unwrap(), "AB-CD");
        running.signal(Signal::KILL).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while running.ended().unwrap().is_none() {
            assert!(Instant::now() < deadline);
            thread::yield_now();
        }
    }

    #[test]
    fn one_that_ends_or_listens_elsewhere_is_an_error() {
        assert!(shell("exit 1").is_ready(PATIENCE).is_err());
        assert!(shell("echo 'Snug is ready at http://10.0.0.1:80'").is_ready(PATIENCE).is_err());
        assert!(running_at("http://localhost:8080").is_ok());
        assert!(running_at("http://192.168.0.1:8080").is_err());
        assert!(running_at("https://127.0.0.1:8080").is_err());
    }
}
