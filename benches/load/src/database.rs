//! Databases: a fresh one for each Postgres run, and what one bare commit costs, which is what a durable post is compared with.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use serde::Serialize;

use crate::crowd::{Latency, Percentiles};
use crate::machine;
use crate::process::{self, Tree};

/// A database of Postgres that is dropped with this value.
pub struct FreshPostgres {
    admin_url: String,
    name: String,
    pub url: String,
    /// The postmaster: the root of all its processes.
    pub postmaster: Option<u32>,
}

/// Commits of one small row each, one after the other, without a server.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BareCommits {
    pub per_second: f64,
    pub latency: Percentiles,
    /// CPU of the thread that commits and, with Postgres, of all its processes, microseconds.
    pub us_each: f64,
}

#[derive(QueryableByName)]
struct BackendPid {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

impl FreshPostgres {
    /// Makes a database beside the one of `admin_url`.
    ///
    /// # Errors
    /// It cannot be reached, or the role may not create databases.
    pub fn create(admin_url: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("snug_load_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let url = with_database(admin_url, &name)?;
        let mut admin = PgConnection::establish(admin_url).context("Postgres cannot be reached")?;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).context("the role may not create databases")?;
        let backend: BackendPid = sql_query("SELECT pg_backend_pid() AS pid").get_result(&mut admin)?;
        let postmaster = u32::try_from(backend.pid).ok().and_then(process::parent_of);
        Ok(Self { admin_url: admin_url.to_owned(), name, url, postmaster })
    }
}

impl Drop for FreshPostgres {
    fn drop(&mut self) {
        // Where it cannot be dropped it stays, under a name that says whose it was.
        if let Ok(mut admin) = PgConnection::establish(&self.admin_url) {
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// The same URL with another database: the path is replaced, parameters stay.
fn with_database(url: &str, name: &str) -> Result<String> {
    let (head, parameters) = url.split_once('?').map_or((url, None), |(head, parameters)| (head, Some(parameters)));
    let (scheme, rest) = head.split_once("://").ok_or_else(|| anyhow!("{url:?} is not postgres://…"))?;
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let parameters = parameters.map(|parameters| format!("?{parameters}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}/{name}{parameters}"))
}

/// Commits to a SQLite file as the server keeps its own (WAL, `synchronous=FULL`), on the server's core.
///
/// # Errors
/// The folder is not writable.
pub fn bare_commits_sqlite(folder: &Path, length: Duration, pinned: bool) -> Result<BareCommits> {
    let path = folder.join("bare-commits.db");
    let path = path.to_str().context("the folder's name is not UTF-8")?.to_owned();
    on_the_servers_core(pinned, move || {
        let mut connection = SqliteConnection::establish(&path)?;
        connection
            .batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE said (id INTEGER PRIMARY KEY, body TEXT)")?;
        time_commits(&mut connection, &Tree::default(), length)
    })
}

/// Commits to a Postgres, one row each in autocommit, over its own socket.
///
/// # Errors
/// It cannot be reached.
pub fn bare_commits_postgres(url: &str, length: Duration, pinned: bool) -> Result<BareCommits> {
    let fresh = FreshPostgres::create(url)?;
    on_the_servers_core(pinned, move || {
        let mut connection = PgConnection::establish(&fresh.url)?;
        connection.batch_execute("CREATE TABLE said (id BIGSERIAL PRIMARY KEY, body TEXT)")?;
        time_commits(&mut connection, &Tree::of(fresh.postmaster), length)
    })
}

fn on_the_servers_core(pinned: bool, commits: impl FnOnce() -> Result<BareCommits> + Send) -> Result<BareCommits> {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            if pinned {
                machine::pin_this_thread(machine::SERVER_CORE);
            }
            commits()
        });
        worker.join().map_err(|_| anyhow!("the commits panicked"))?
    })
}

fn time_commits(connection: &mut impl SimpleConnection, database: &Tree, length: Duration) -> Result<BareCommits> {
    let insert = format!("INSERT INTO said (body) VALUES ('{}')", "x".repeat(500));
    let cpu = || machine::cpu_of_this_thread() + database.cpu();
    let (begun, busy, mut latency) = (Instant::now(), cpu(), Latency::new());
    while begun.elapsed() < length {
        crate::stop::check()?;
        let before = Instant::now();
        connection.batch_execute(&insert)?;
        latency.record(before.elapsed());
    }
    let (latency, busy) = (latency.percentiles(), cpu().saturating_sub(busy));
    let per_second = latency.count as f64 / begun.elapsed().as_secs_f64();
    Ok(BareCommits { per_second, latency, us_each: busy.as_secs_f64() * 1e6 / latency.count.max(1) as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_is_replaced() {
        for (given, kept) in [
            ("postgres:///snug?host=/run/pg", "postgres:///new?host=/run/pg"),
            ("postgres://me:pw@127.0.0.1:5432/snug", "postgres://me:pw@127.0.0.1:5432/new"),
            ("postgres://me@db", "postgres://me@db/new"),
        ] {
            assert_eq!(with_database(given, "new").unwrap(), kept);
        }
        assert!(with_database("snug", "new").is_err());
    }

    #[test]
    fn bare_commits_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let commits = bare_commits_sqlite(folder.path(), Duration::from_millis(50), false).unwrap();
        assert!(
            commits.latency.count > 0 && commits.per_second > 0.0 && commits.latency.p50_us > 0.0 && commits.us_each > 0.0,
            "{commits:?}"
        );
    }
}
