//! Where the server under test is: started here for one test, or given by hand.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::adapter::Adapter;
use super::database::Database;
use super::template::Vars;

/// The base URL of a server that runs already.
const URL: &str = "CONFORMANCE_URL";
/// The adapter file; Snug's own where it is not set.
const ADAPTER: &str = "CONFORMANCE_ADAPTER";
/// `name:password` of somebody who runs the place there.
const ADMIN: &str = "CONFORMANCE_ADMIN";

/// One or more servers on one database.
pub struct Servers {
    pub adapter: Arc<Adapter>,
    /// Their base URLs.
    pub nodes: Vec<String>,
    pub way_in: WayIn,
    started: Option<Started>,
}

/// How the suite gets its first person.
pub enum WayIn {
    /// The place is still to be set up.
    Code(String),
    Account {
        name: String,
        password: String,
    },
}

struct Started {
    database_url: String,
    // In the order of their end: the processes, what they have open, and where it was.
    _processes: Vec<Process>,
    _database: Database,
    folder: TempDir,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Only so that nothing outlives the test; how a server stops is another suite's business.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address given by hand.
pub fn by_hand() -> Option<String> {
    std::env::var(URL).ok().map(|url| url.trim_end_matches('/').to_owned())
}

impl Servers {
    /// The one given by hand, or one on SQLite.
    pub fn one() -> Self {
        match by_hand() {
            Some(url) => Self::given(url),
            None => Self::start(Database::sqlite(), 1),
        }
    }

    /// The same, where these actions change nothing.
    pub fn with_holes(actions: &[&str]) -> Self {
        let mut servers = Self::one();
        let adapter = Arc::get_mut(&mut servers.adapter).expect("nobody else has it yet");
        actions.iter().for_each(|action| adapter.makes_harmless(action));
        servers
    }

    /// Two on one Postgres, started here.
    pub fn two_on_postgres() -> Self {
        Self::start(Database::postgres(), 2)
    }

    fn given(url: String) -> Self {
        let admin = std::env::var(ADMIN).unwrap_or_else(|_| panic!("{ADMIN} is not set: name:password of an admin at {url}"));
        let (name, password) = admin.split_once(':').unwrap_or_else(|| panic!("{ADMIN} is not name:password"));
        let way_in = WayIn::Account { name: name.to_owned(), password: password.to_owned() };
        Self { adapter: adapter(), nodes: vec![url], way_in, started: None }
    }

    fn start(database: Database, count: usize) -> Self {
        let (adapter, folder) = (adapter(), tempfile::tempdir().unwrap());
        let sqlite = format!("sqlite:{}", folder.path().join("snug.db").display());
        let database_url = database.url().map_or(sqlite, |url| url.expose());
        let vars = Vars::default()
            .with("folder", folder.path().to_str().unwrap())
            .with("database", database_url.as_str())
            .with("here", adapter.here.to_str().unwrap());
        let (mut processes, mut nodes, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let (process, url, code) = run(&adapter, &vars);
            processes.push(process);
            nodes.push(url);
            codes.push(code);
        }
        let way_in = WayIn::Code(codes.swap_remove(0));
        Self { adapter, nodes, way_in, started: Some(Started { database_url, _processes: processes, _database: database, folder }) }
    }

    /// Whether [`sql`](Self::sql) knows this statement.
    pub fn can_sql(&self, name: &str) -> bool {
        self.started.is_some() && self.adapter.start.as_ref().is_some_and(|start| start.sql.contains_key(name))
    }

    /// Brings about what only time does, by a statement of the adapter. `false` where the server was not started here, or the adapter
    /// has no such statement.
    pub fn sql(&self, name: &str, vars: &Vars) -> bool {
        let Some((started, statement)) = self.started.as_ref().zip(self.adapter.start.as_ref().and_then(|start| start.sql.get(name)))
        else {
            return false;
        };
        let (url, statement) = (&started.database_url, vars.text(statement));
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut file = SqliteConnection::establish(path).unwrap();
                file.batch_execute(&format!("PRAGMA busy_timeout = 5000; {statement}")).unwrap();
            }
            None => PgConnection::establish(url).unwrap().batch_execute(&statement).unwrap(),
        }
        true
    }

    /// Whether [`command`](Self::command) knows this one.
    pub fn can_command(&self, name: &str) -> bool {
        self.started.is_some() && self.adapter.start.as_ref().is_some_and(|start| start.commands.contains_key(name))
    }

    /// Runs the program beside the servers that were started here, on their database.
    pub async fn command(&self, name: &str, vars: &Vars) {
        let (started, start) = self.started.as_ref().zip(self.adapter.start.as_ref()).unwrap();
        let mut command = program();
        command.args(start.commands[name].iter().map(|argument| vars.text(argument)));
        command.args(["--database-url", &started.database_url]).current_dir(started.folder.path()).stdout(Stdio::null());
        let done = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
        assert!(done.success(), "the command {name}: {done}");
    }
}

fn adapter() -> Arc<Adapter> {
    let own = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/snug.toml"));
    Arc::new(Adapter::read(&std::env::var_os(ADAPTER).map_or_else(own, PathBuf::from)))
}

/// The program, without the settings that stand in this process's environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SNUG_")) {
        command.env_remove(name);
    }
    command
}

/// Starts a server and reads where it is.
fn run(adapter: &Adapter, vars: &Vars) -> (Process, String, String) {
    let start = adapter.start.as_ref().expect("the adapter does not say how to start a server; give its address by CONFORMANCE_URL");
    let mut command = program();
    command.args(start.arguments.iter().map(|argument| vars.text(argument)));
    let mut process = Process(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
    let mut after = |mark: &str| loop {
        let line = lines.next().unwrap_or_else(|| panic!("the server ended before it said {mark:?}")).unwrap();
        if let Some((_, rest)) = line.split_once(mark) {
            break rest.trim_end_matches('/').to_owned();
        }
    };
    let (address, code) = (after(&start.address), after(&start.code));
    (process, address, code)
}
