//! A fresh Snug to be measured: data, database, process, owner.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use tempfile::TempDir;

use crate::adapter::{Snug, SnugApi};
use crate::database::FreshPostgres;
use crate::machine;
use crate::process::Tree;
use crate::server::{RAISED_LIMITS, Recipe, Running};

/// Which Snug, and on what.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub binary: PathBuf,
    /// Where its data goes. On a disk: in a folder in memory a commit costs nothing and every figure is too good.
    pub scratch: PathBuf,
    pub postgres: Option<String>,
    pub pinned: bool,
    pub settings: Vec<(String, String)>,
    /// Other processes that work for the server and are counted with it.
    pub count: Vec<u32>,
}

/// The server, set up and empty. Everything is gone when this is dropped.
pub struct Stage {
    // In the order in which they have to go: the process before what it uses.
    _running: Running,
    pub snug: Snug,
    pub tree: Tree,
    pub about: About,
    _postgres: Option<FreshPostgres>,
    data: TempDir,
}

/// What a reader has to know about the server that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    pub server: String,
    pub database: &'static str,
    pub pinned: bool,
    pub settings: Vec<String>,
    pub ready_after_ms: f64,
    pub data_in_memory: bool,
}

impl Wanted {
    /// Starts it and goes through the wizard.
    ///
    /// # Errors
    /// It does not start, or refuses the set-up.
    pub fn open(&self) -> Result<Stage> {
        let data = scratch_folder(&self.scratch)?;
        let postgres = self.postgres.as_deref().map(FreshPostgres::create).transpose()?;
        let postmaster = postgres.as_ref().and_then(|postgres| postgres.postmaster);
        // New backends inherit the mask of the postmaster; where it is another user's the figures say that it was not bound.
        let bound = self.pinned && postmaster.is_none_or(|pid| machine::pin_process(pid, machine::SERVER_CORE));
        let recipe = Recipe {
            binary: self.binary.clone(),
            data: data.path().join("data"),
            database_url: postgres.as_ref().map(|postgres| postgres.url.clone()),
            port: 0,
            settings: self.settings.clone(),
            pinned: self.pinned,
            wrapper: Vec::new(),
        };
        let mut running = recipe.start()?;
        let code = running.wait_for_setup_code()?;
        let mut api = SnugApi::at(running.site.clone());
        api.set_up(&code)?;
        let tree = Tree::of([running.pid()].into_iter().chain(postmaster).chain(self.count.iter().copied()));
        let settings = RAISED_LIMITS.iter().map(|(name, value)| format!("{name}={value}"));
        let about = About {
            server: self.binary.display().to_string(),
            database: if self.postgres.is_some() { "Postgres" } else { "SQLite" },
            pinned: bound,
            settings: settings.chain(self.settings.iter().map(|(name, value)| format!("{name}={value}"))).collect(),
            ready_after_ms: running.ready_after.as_secs_f64() * 1e3,
            data_in_memory: in_memory(data.path()),
        };
        Ok(Stage { _running: running, snug: Snug::at(api), tree, about, _postgres: postgres, data })
    }
}

impl Stage {
    /// The folder that holds the data folder and the log.
    pub fn folder(&self) -> &Path {
        self.data.path()
    }
}

/// A folder of its own below the scratch folder, removed with the value.
///
/// # Errors
/// It cannot be made.
pub fn scratch_folder(scratch: &Path) -> Result<TempDir> {
    std::fs::create_dir_all(scratch).with_context(|| format!("the folder {} cannot be made", scratch.display()))?;
    tempfile::Builder::new().prefix("snug-load-").tempdir_in(scratch).context("no folder for the data")
}

/// Whether a folder is only in memory (tmpfs).
pub fn in_memory(folder: &Path) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    rustix::fs::statfs(folder).is_ok_and(|stats| u64::try_from(stats.f_type).is_ok_and(|kind| kind == TMPFS))
}
