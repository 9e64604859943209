//! What the server did to its database's files and told its clients, in order, from the lines of `strace`.
//!
//! A line of a call's beginning is written before the call runs, and a line of its end before the thread goes on. So where a thread is told
//! something because another one's call has returned, the lines stand in that order too.

use std::collections::HashMap;
use std::io::BufRead;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::strace::{Call, Line};
use super::told::{Told, Tongue};

/// A file of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    Database,
    Log,
}

impl File {
    pub const BOTH: [Self; 2] = [Self::Database, Self::Log];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Database => "snug.db",
            Self::Log => "snug.db-wal",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Write { offset: u64, data: Vec<u8> },
    Resize { length: u64 },
}

/// Something done to a file, and the lines on which it began and ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub lines: RangeInclusive<usize>,
    pub change: Change,
}

/// A file's changes in order, and the lines of its flushes to the disk.
#[derive(Debug, Default)]
pub struct Steps {
    pub changes: Vec<Step>,
    pub flushes: Vec<RangeInclusive<usize>>,
}

impl Steps {
    /// How many of the first changes a flush had covered at the end of this line.
    pub fn flushed_at(&self, line: usize) -> usize {
        let began = self.flushes.iter().filter(|flush| *flush.end() <= line).map(|flush| *flush.start()).max();
        began.map_or(0, |began| self.changes.iter().take_while(|step| *step.lines.end() < began).count())
    }

    /// How many had begun.
    pub fn begun_at(&self, line: usize) -> usize {
        self.changes.partition_point(|step| *step.lines.start() <= line)
    }
}

#[derive(Debug)]
pub struct Trace {
    pub database: Steps,
    pub log: Steps,
    /// The acknowledgements, in the order in which they were written to their sockets.
    pub told: Vec<Told>,
    pub lines: usize,
}

impl Trace {
    /// Reads a whole trace of a server whose files are in `data` (as the system spells it) and whose clients are those of `run`.
    ///
    /// # Errors
    /// It cannot be read, or the server changed its files in a way that is not followed here.
    pub fn read(trace: impl BufRead, data: &Path, run: u16) -> Result<Self> {
        let mut reader = Reader {
            paths: File::BOTH.map(|file| data.join(file.name()).display().to_string()),
            tongue: Tongue::new(run),
            trace: Self { database: Steps::default(), log: Steps::default(), told: Vec::new(), lines: 0 },
            open: HashMap::new(),
        };
        for line in trace.lines() {
            let line = line?;
            reader.line(&line).with_context(|| format!("line {} of the trace: {:.200}", reader.trace.lines, line))?;
        }
        Ok(reader.trace)
    }

    pub const fn of(&self, file: File) -> &Steps {
        match file {
            File::Database => &self.database,
            File::Log => &self.log,
        }
    }
}

/// What a call is about.
enum Doing {
    Change(File, Change),
    Flush(File),
    Say(String, Vec<u8>),
}

struct Reader {
    paths: [String; 2],
    tongue: Tongue,
    trace: Trace,
    /// By thread: what it has begun, and on which line.
    open: HashMap<u32, (usize, Option<Doing>)>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<()> {
        let at = self.trace.lines;
        self.trace.lines += 1;
        match Line::parse(line)? {
            Line::Whole { call, result, .. } => {
                let doing = self.doing(&call)?;
                self.done(at..=at, doing, result)
            }
            Line::Began { thread, call } => {
                let doing = self.doing(&call)?;
                self.open.insert(thread, (at, doing));
                Ok(())
            }
            Line::Ended { thread, result } => {
                let (began, doing) = self.open.remove(&thread).context("an end without a beginning")?;
                self.done(began..=at, doing, result)
            }
            Line::Gone { thread } => {
                self.open.remove(&thread);
                Ok(())
            }
            Line::Signal => Ok(()),
        }
    }

    fn doing(&self, call: &Call<'_>) -> Result<Option<Doing>> {
        if let "unlink" | "unlinkat" = call.name {
            let path = String::from_utf8_lossy(&call.data()?).into_owned();
            return Ok(self.file(&path).map(|file| Doing::Change(file, Change::Resize { length: 0 })));
        }
        let target = call.target()?;
        let Some(file) = self.file(&target) else {
            let says = matches!(call.name, "write" | "writev" | "sendto" | "sendmsg") && target.starts_with("socket:");
            return if says { Ok(Some(Doing::Say(target, call.data()?))) } else { Ok(None) };
        };
        Ok(Some(match call.name {
            "pwrite64" => Doing::Change(file, Change::Write { offset: call.last_number()?, data: call.data()? }),
            "ftruncate" => Doing::Change(file, Change::Resize { length: call.last_number()? }),
            "fdatasync" | "fsync" => Doing::Flush(file),
            other => bail!("{} was changed by {other}, which is not followed here", file.name()),
        }))
    }

    fn done(&mut self, lines: RangeInclusive<usize>, doing: Option<Doing>, result: Option<i64>) -> Result<()> {
        // A call that failed, or never returned because the process was killed, has done nothing that counts here.
        let (Some(doing), Some(result @ 0..)) = (doing, result) else { return Ok(()) };
        match doing {
            Doing::Change(file, mut change) => {
                if let Change::Write { data, .. } = &mut change {
                    data.truncate(usize::try_from(result)?);
                }
                let steps = self.steps(file);
                // By their beginnings, which is the order in which a thread does them.
                let place = steps.changes.partition_point(|step| step.lines.start() <= lines.start());
                steps.changes.insert(place, Step { lines, change });
            }
            Doing::Flush(file) => self.steps(file).flushes.push(lines),
            Doing::Say(socket, mut data) => {
                data.truncate(usize::try_from(result)?);
                self.tongue.says(&socket, *lines.start(), &data, &mut self.trace.told)?;
            }
        }
        Ok(())
    }

    fn steps(&mut self, file: File) -> &mut Steps {
        match file {
            File::Database => &mut self.trace.database,
            File::Log => &mut self.trace.log,
        }
    }

    fn file(&self, path: &str) -> Option<File> {
        self.paths.iter().position(|own| own == path).map(|place| File::BOTH[place])
    }
}
