//! Power cuts: the server's files as they were on the disk at a moment of its life, opened again by another Snug.
//!
//! One Snug runs under `strace` and is talked to. From what it wrote and flushed, its files are made anew as a power cut at a random moment
//! would have left them; another Snug opens these, and what it shows is compared with what had been acknowledged by then.

mod image;
mod strace;
mod told;
mod trace;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use memchr::memmem::Finder;

use super::checker::{Fault, Place, Verdict};
use super::clients::text_of;
use super::entry::{Entry, text_hash};
use super::{readback, trouble};
use crate::adapter::{Account, SnugApi};
use crate::progress;
use crate::server::Recipe;
use crate::token;
use image::Unflushed;
pub use strace::wrapper;
use told::Told;
use trace::{Change, File, Trace};

/// From so many cuts on, some must fall into the moments in which the log is copied back.
const MANY: u32 = 50;
/// Until the last lines of a trace are written.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes in which the last lines of a trace stand.
const TAIL: u64 = 4_096;

/// What is needed beside the trace.
pub struct Judge<'a> {
    pub recipe: &'a Recipe,
    pub rooms: &'a [(i64, usize)],
    pub accounts: &'a [Account],
    pub run: u16,
    pub verdict: &'a mut Verdict,
}

/// Waits until the trace of a server that has been killed is complete.
///
/// # Errors
/// Its last line does not come.
pub fn wait_for_end(trace: &Path, server: u32) -> Result<()> {
    let (deadline, end) = (Instant::now() + PATIENCE, format!("{server} +++ "));
    loop {
        let mut file = fs::File::open(trace).with_context(|| format!("there is no trace {}; is strace allowed here?", trace.display()))?;
        file.seek(SeekFrom::End(-i64::try_from(file.metadata()?.len().min(TAIL))?))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let tail = String::from_utf8_lossy(&tail).into_owned();
        if tail.lines().any(|line| line.split_ascii_whitespace().collect::<Vec<_>>().join(" ").starts_with(&end)) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the trace {} has no end", trace.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Judge<'_> {
    /// Cuts the power so many times; answers what was done, in words. What is wrong goes into the verdict.
    ///
    /// # Errors
    /// The trace cannot be followed, or a Snug cannot be started at all.
    pub fn cut(mut self, trace: &Path, cuts: u32) -> Result<String> {
        let data = self.recipe.data.canonicalize()?;
        let trace = Trace::read(BufReader::with_capacity(1 << 20, fs::File::open(trace)?), &data, self.run)?;
        let acknowledged = self.verdict.counted.acknowledged;
        ensure!(trace.told.len() as u64 >= acknowledged, "the trace shows {} of {acknowledged} acknowledgements", trace.told.len());
        for told in told_too_early(&trace, self.run) {
            self.verdict.add(Fault::Unexpected, format!("post {} was acknowledged on line {} before a flush", told.post, told.at));
        }

        let copying: Vec<usize> = copied_back(&trace);
        let (first, folder) = (trace.told.first().context("nothing was acknowledged")?.at, self.recipe.data.with_extension("cut"));
        let (mut while_copying, mut compared) = (0, 0);
        let bar = progress::bar("power cuts", u64::from(cuts));
        for cut in 0..cuts {
            crate::stop::check()?;
            let unflushed = Unflushed::ALL[cut as usize % 3];
            let line = match cut % 4 {
                // At the moment at which there is most to lose: the server has just begun to say that something is stored.
                0 => trace.told[fastrand::usize(..trace.told.len())].at,
                1 if !copying.is_empty() => copying[fastrand::usize(..copying.len())],
                _ => fastrand::usize(first..trace.lines),
            };
            while_copying += u32::from(copying.binary_search(&line).is_ok());
            self.lay(&trace, line, unflushed, &folder)?;
            let told: Vec<Told> = trace.told.iter().filter(|told| told.at <= line).copied().collect();
            compared += told.len();
            self.reopen(&folder, &told, &format!("cut {cut} after line {line}, {unflushed:?}"))?;
            fs::remove_dir_all(&folder)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        ensure!(cuts < MANY || while_copying > 0, "no cut fell into a moment in which the log was copied back; let them talk for longer");
        Ok(format!(
            "{cuts} power cuts, {while_copying} of them while the log was copied back (what was not flushed dropped, kept, or torn in any \
             order); {} acknowledgements, each begun to be written after an fdatasync that covers it; {compared} compared after reopening",
            trace.told.len()
        ))
    }

    /// The data folder as the cut leaves it. Nothing else in it changes while people talk.
    fn lay(&self, trace: &Trace, line: usize, unflushed: Unflushed, folder: &PathBuf) -> Result<()> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(&self.recipe.data)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(File::Database.name()) {
                fs::copy(entry.path(), folder.join(entry.file_name())).with_context(|| format!("{}", entry.path().display()))?;
            }
        }
        for file in File::BOTH {
            fs::write(folder.join(file.name()), image::after_cut(trace.of(file), line, unflushed))?;
        }
        Ok(())
    }

    /// Starts a Snug on these files and looks for everything that was acknowledged.
    fn reopen(&mut self, folder: &Path, told: &[Told], what: &str) -> Result<()> {
        let recipe = Recipe { data: folder.to_path_buf(), port: 0, wrapper: Vec::new(), ..self.recipe.clone() };
        let running = recipe.start().with_context(|| format!("{what}: it does not start"))?;
        let mut api = SnugApi::at(running.site.clone());
        let mut stored: HashMap<u64, Place> = HashMap::new();
        for (room, account) in self.rooms {
            let (mut last, reader, verdict) = ((0, 0), &self.accounts[*account], &mut *self.verdict);
            readback::room(&mut api, reader, *room, self.run, |entry| match entry {
                Entry::Stored { room, seq, number, post, text, .. } => {
                    if number != last.0 + 1 || seq <= last.1 {
                        verdict.add(Fault::Gap, format!("{what}: room {room} has {number} at {seq} after {last:?}"));
                    }
                    last = (number, seq);
                    if text != text_hash(&text_of(post)) {
                        verdict.add(Fault::Unexpected, format!("{what}: post {post} has another text"));
                    }
                    if stored.insert(post, Place { room, seq, number }).is_some() {
                        verdict.add(Fault::Duplicated, format!("{what}: post {post} is stored twice"));
                    }
                }
                Entry::Foreign { .. } => verdict.add(Fault::Unexpected, format!("{what}: a message of nobody in room {room}")),
                _ => {}
            })?;
        }
        for told in told {
            match stored.get(&told.post) {
                None => self.verdict.add(Fault::Lost, format!("{what}: post {} was acknowledged and is gone", told.post)),
                Some(place) if *place != told.place => {
                    self.verdict.add(Fault::Reordered, format!("{what}: post {} has another place", told.post));
                }
                Some(_) => {}
            }
        }
        self.ask_again(&mut api, told, what)?;
        drop(running);
        trouble::is_whole(&folder.join(File::Database.name())).with_context(|| what.to_owned())
    }

    /// A retry of the newest acknowledged post gets the same place again.
    fn ask_again(&mut self, api: &mut SnugApi, told: &[Told], what: &str) -> Result<()> {
        let Some(newest) = told.last() else { return Ok(()) };
        // Only its author may, and only they know; the one whose retry it is gets the message back and anybody else would make a new one.
        let author = self.author(api, newest)?;
        let answer = api.post(newest.place.room, &author, &token::client_id(self.run, newest.post), &text_of(newest.post))?;
        let message = &answer["message"];
        if (message["seq"].as_i64(), message["number"].as_i64()) != (Some(newest.place.seq), Some(newest.place.number)) {
            self.verdict.add(Fault::Duplicated, format!("{what}: a retry of post {} was given another place", newest.post));
        }
        Ok(())
    }

    fn author(&self, api: &mut SnugApi, told: &Told) -> Result<Account> {
        let (_, reader) = self.rooms.iter().find(|(room, _)| *room == told.place.room).context("no such room")?;
        let path = format!("/api/v1/rooms/{}/messages?after={}&limit=1", told.place.room, told.place.number - 1);
        let page = api.get(&path, &self.accounts[*reader])?;
        let author = page["messages"][0]["author"].as_i64();
        self.accounts.iter().find(|account| Some(account.id) == author).cloned().context("a message of nobody here")
    }
}

/// The acknowledgements that were begun before a flush had ended that began after the post's row was in the log. There must be none.
fn told_too_early(trace: &Trace, run: u16) -> Vec<Told> {
    let written = first_written(trace, run);
    let covered = |told: &&Told| {
        written.get(&told.post).is_some_and(|change| {
            let end = *trace.log.changes[*change].lines.end();
            trace.log.flushes.iter().any(|flush| *flush.start() > end && *flush.end() < told.at)
        })
    };
    trace.told.iter().filter(|told| !covered(told)).copied().collect()
}

/// Where in the log each post's row was written first, found by its `client_id`, of which the database keeps the 16 bytes.
fn first_written(trace: &Trace, run: u16) -> HashMap<u64, usize> {
    let (mut written, needle) = (HashMap::new(), Finder::new(&token::mark(run)).into_owned());
    for (index, step) in trace.log.changes.iter().enumerate() {
        let Change::Write { data, .. } = &step.change else { continue };
        for at in needle.find_iter(data) {
            if let Some(bytes) = at.checked_sub(token::MARK_AT).and_then(|start| data.get(start..start + 16))
                && let Some(post) = token::token_of_bytes(run, bytes)
            {
                written.entry(post).or_insert(index);
            }
        }
    }
    written
}

/// The lines on which the database's own file has changes that are not flushed: the log is being copied back.
fn copied_back(trace: &Trace) -> Vec<usize> {
    let mut lines = HashSet::new();
    let mut since = None;
    let mut marks: Vec<(usize, bool)> = trace.database.changes.iter().map(|step| (*step.lines.start(), true)).collect();
    marks.extend(trace.database.flushes.iter().map(|flush| (*flush.end(), false)));
    marks.sort_unstable();
    let first = trace.told.first().map_or(0, |told| told.at);
    for (line, dirty) in marks {
        if dirty {
            since.get_or_insert(line);
        } else if let Some(since) = since.take() {
            lines.extend((since..line).filter(|line| *line >= first));
        }
    }
    let mut lines: Vec<usize> = lines.into_iter().collect();
    lines.sort_unstable();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames;

    const RUN: u16 = 7;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    /// A server that writes a post's row (`w`), flushes its log (`f`, in two lines `(` and `)`) and says that it is stored (`s`), in this order.
    fn trace(order: &str) -> Trace {
        let id = token::client_id(RUN, 3);
        let log = hex(b"/data/snug.db-wal");
        let digits = id.replace('-', "");
        let row: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect();
        let row = [&b"a row with "[..], &row, b" in it"].concat();
        let mut said = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
        let reply = format!(
            r#"{{"type":"reply","ref":3,"did":"posted","message":{{"room":1,"seq":1,"number":1,"author":1,"client_id":"{id}","body":"x"}}}}"#
        );
        frames::unmasked(frames::TEXT, reply.as_bytes(), &mut said);
        let line = |what| match what {
            'w' => format!("5 pwrite64(9<{log}>, \"{}\", {}, 0) = {}", hex(&row), row.len(), row.len()),
            'f' => format!("5 fdatasync(9<{log}>) = 0"),
            '(' => format!("5 fdatasync(9<{log}> <unfinished ...>"),
            ')' => "5 <... fdatasync resumed>) = 0".to_owned(),
            _ => format!("6 sendto(4<{}>, \"{}\", {}, MSG_NOSIGNAL, NULL, 0) = {}", hex(b"socket:[8]"), hex(&said), said.len(), said.len()),
        };
        let lines: Vec<String> = order.chars().map(line).collect();
        Trace::read(lines.join("\n").as_bytes(), Path::new("/data"), RUN).unwrap()
    }

    #[test]
    fn an_acknowledgement_without_a_finished_flush_behind_it_is_found() {
        for (order, early) in [("wfs", 0), ("w()s", 0), ("ws", 1), ("wsf", 1), ("w(s)", 1), ("fws", 1), ("s", 1)] {
            let trace = trace(order);
            assert_eq!((trace.told.len(), told_too_early(&trace, RUN).len()), (1, early), "{order}");
        }
    }
}
