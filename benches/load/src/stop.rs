//! Ctrl-C and SIGTERM: the run ends in order, so that the server it started ends with it.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on a signal only leaves a note.
///
/// # Errors
/// The handler cannot be installed.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| ASKED.store(true, Ordering::Relaxed)).context("the signal handler cannot be installed")
}

/// # Errors
/// Somebody asked this program to stop.
pub fn check() -> Result<()> {
    if ASKED.load(Ordering::Relaxed) { bail!("stopped by a signal") } else { Ok(()) }
}
