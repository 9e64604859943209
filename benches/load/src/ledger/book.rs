//! The ledger being written: each line goes to the file and to the checker.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::checker::{Checker, Verdict};
use super::entry::Entry;

/// A file that is open for writing.
pub struct Book {
    file: BufWriter<File>,
    /// The first failure to write, told at the end: a ledger with a hole proves nothing.
    failed: Option<std::io::Error>,
}

impl Book {
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("the ledger {} cannot be made", path.display()))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), failed: None })
    }

    /// Writes a line.
    pub fn write(&mut self, entry: Entry) {
        if let Err(error) = writeln!(self.file, "{entry}") {
            self.failed.get_or_insert(error);
        }
    }

    /// Closes the file.
    ///
    /// # Errors
    /// Something could not be written.
    pub fn close(mut self) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error).context("the ledger could not be written");
        }
        self.file.flush().context("the ledger could not be written")
    }
}

/// Checks the ledger in a file.
///
/// # Errors
/// It cannot be read.
pub fn check(path: &Path) -> Result<Verdict> {
    let file = File::open(path).with_context(|| format!("the ledger {} cannot be opened", path.display()))?;
    Checker::check(std::io::BufReader::new(file))
}
