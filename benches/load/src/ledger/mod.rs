//! The driver of the promise that nothing said is lost or doubled: clients talk, the server is killed or stopped and started again
//! on the same data and port, every attempt, acknowledgement and receipt is written down, and at the end a checker counts.

mod book;
mod checker;
mod client;
mod clients;
mod entry;
mod power;
mod readback;
mod reading;
mod rounds;
mod trouble;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

pub use book::check;
pub use checker::Verdict;

use crate::adapter::{Account, SnugApi};
use crate::cli::{How, Ledger};
use crate::machine::{self, Machine};
use crate::postgres::OwnPostgres;
use crate::progress;
use crate::server::{RAISED_LIMITS, Recipe};
use crate::stage;
use book::Book;
use clients::Clients;
use rounds::Rounds;
use trouble::{SmallDisk, Trouble};

/// Sockets that share an account.
const SOCKETS_EACH: usize = 4;
/// Rooms of each account.
const ROOMS_EACH: usize = 4;

/// `load ledger`: all rounds, then the verdict.
///
/// # Errors
/// The server cannot be started or set up. What the rounds show is in the verdict and no error.
pub fn run(arguments: &Ledger) -> Result<(Value, Verdict)> {
    machine::allow_descriptors(arguments.clients as u64 + 200)?;
    let wanted = arguments.target.wanted()?;
    let folder = stage::scratch_folder(&wanted.scratch)?;
    let mut recipe = Recipe {
        binary: wanted.binary.clone(),
        data: folder.path().join("data"),
        database_url: None,
        port: 0,
        settings: wanted.settings.clone(),
        pinned: wanted.pinned,
        wrapper: Vec::new(),
    };
    let (trouble, _disk) = prepare(arguments.how, folder.path(), &mut recipe)?;
    let trace = folder.path().join("trace");
    if arguments.how == How::Power {
        recipe.wrapper = power::wrapper(&trace)?;
    }
    let postgres = wanted.postgres.as_deref().map(crate::database::FreshPostgres::create).transpose()?;
    recipe.database_url = recipe.database_url.take().or_else(|| postgres.as_ref().map(|postgres| postgres.url.clone()));
    if let Some(fault) = arguments.fault.as_ref().filter(|_| arguments.how != How::Die) {
        recipe.set("FAULT", fault.clone());
    }
    let path = arguments.ledger.clone().unwrap_or_else(|| folder.path().join("ledger.txt"));
    let mut running = recipe.start()?;
    let mut api = SnugApi::at(running.site.clone());
    api.set_up(&running.wait_for_setup_code()?)?;
    let (accounts, rooms, members) = people(&mut api, arguments)?;
    let clients = Clients::new(Book::create(&path)?, accounts.clone(), members);
    let (run, server) = (clients.run, running.pid());
    let recipe = Recipe { port: running.site.address.port(), ..recipe };
    let (log, file) = (recipe.log(), recipe.database_url.is_none().then(|| recipe.data.join("snug.db")));
    let reader = *rooms.first().context("no rooms")?;
    let mut rounds = Rounds::new(recipe.clone(), running, clients, arguments, trouble, reader)?;
    rounds.run()?;
    rounds.read_back(&mut api, &rooms)?;
    rounds.close()?;
    let mut verdict = check(&path)?;
    if let Some(file) = &file {
        trouble::is_whole(file)?;
    }
    let cut = match arguments.how {
        How::Power => {
            power::wait_for_end(&trace, server)?;
            let judge = power::Judge { recipe: &recipe, rooms: &rooms, accounts: &accounts, run, verdict: &mut verdict };
            Some(judge.cut(&trace, arguments.rounds)?)
        }
        _ => None,
    };
    let mut counted = summary(&verdict, file.is_some());
    counted = cut.map_or(counted.clone(), |cut| format!("{cut}; {counted}"));
    if let (How::Die, Some("committed")) = (arguments.how, arguments.fault.as_deref()) {
        counted = format!("{} posts were committed and unanswered when the process died; {counted}", unanswered(&log, arguments.rounds)?);
    }
    let kept = keep(folder, &path, verdict.is_clean(), arguments.ledger.is_some());
    let result = json!({
        "machine": Machine::describe(),
        "how": format!("{:?}", arguments.how), "fault": arguments.fault,
        "database": if file.is_some() { "SQLite" } else { "Postgres" },
        "rounds": arguments.rounds, "rooms": arguments.rooms, "clients": arguments.clients, "posts_per_second": arguments.rate,
        "settings": RAISED_LIMITS.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        "ledger": kept, "verdict": verdict, "counted": counted,
    });
    Ok((result, verdict))
}

/// What has to be there before the server starts. The second is a disk that goes when it is dropped, after the server.
fn prepare(how: How, folder: &Path, recipe: &mut Recipe) -> Result<(Option<Trouble>, Option<SmallDisk>)> {
    let (trouble, disk) = match how {
        How::Kill | How::Term | How::Talk | How::Die | How::Cut | How::Power => return Ok((None, None)),
        How::Lock => (Trouble::Lock { database: recipe.data.join("snug.db"), held: None }, None),
        How::Full => {
            let disk = SmallDisk::mount(folder.join("disk"))?;
            // The server's log is beside its data: what it cannot write there must not hurt it either.
            recipe.data = disk.path().join("data");
            (Trouble::Full { ballast: disk.path().join("ballast") }, Some(disk))
        }
        How::Limit => {
            // Without this the kernel would end the process instead of refusing the write.
            recipe.wrapper = ["sh", "-c", "trap '' XFSZ; exec \"$0\""].map(str::to_owned).to_vec();
            (Trouble::Limit { before: None }, None)
        }
        How::Restart | How::Freeze => {
            let postgres = OwnPostgres::start()?;
            recipe.database_url = Some(postgres.url());
            let trouble = if how == How::Restart { Trouble::Restart(postgres) } else { Trouble::Freeze(postgres) };
            (trouble, None)
        }
    };
    Ok((Some(trouble), disk))
}

/// How many posts stood between COMMIT and its answer when the process died, by what it said itself.
fn unanswered(log: &Path, rounds: u32) -> Result<u64> {
    let text = std::fs::read_to_string(log)?;
    let deaths = text.lines().filter(|line| line.contains("with posts committed and nobody told"));
    let posts = |line: &str| line.split_once("posts=")?.1.split(' ').next()?.parse::<u64>().ok();
    let posts: Vec<u64> = deaths.filter_map(posts).collect();
    anyhow::ensure!(posts.len() == rounds as usize, "{} deaths between COMMIT and answer in {rounds} rounds", posts.len());
    Ok(posts.iter().sum())
}

type People = (Vec<Account>, Vec<(i64, usize)>, Vec<(usize, Vec<i64>)>);

/// Accounts, each room with one account that can read it, and for each client its account and rooms.
fn people(api: &mut SnugApi, arguments: &Ledger) -> Result<People> {
    let accounts = api.accounts(arguments.clients.div_ceil(SOCKETS_EACH).max(1))?;
    let mut rooms_of: Vec<Vec<i64>> = vec![Vec::new(); accounts.len()];
    let mut rooms = Vec::with_capacity(arguments.rooms);
    for number in 0..arguments.rooms {
        // Each account is in about ROOMS_EACH rooms, each room has the same number of accounts, and neighbours differ.
        let size = (accounts.len() * ROOMS_EACH).div_ceil(arguments.rooms.max(1)).clamp(1, accounts.len());
        let people: Vec<usize> = (0..size).map(|place| (number * size / ROOMS_EACH.min(size) + place) % accounts.len()).collect();
        let members: Vec<Account> = people.iter().map(|index| accounts[*index].clone()).collect();
        let room = api.new_room(&members)?;
        people.iter().for_each(|index| rooms_of[*index].push(room));
        rooms.push((room, *people.first().context("a room of nobody")?));
    }
    let member = |client: usize| (client % accounts.len(), rooms_of[client % accounts.len()].clone());
    let members = (0..arguments.clients).map(member).collect();
    Ok((accounts, rooms, members))
}

/// Keeps the ledger and the data where something is wrong, so that it can be looked at.
fn keep(folder: tempfile::TempDir, ledger: &Path, clean: bool, asked: bool) -> Option<String> {
    if clean {
        return asked.then(|| ledger.display().to_string());
    }
    let kept = folder.keep();
    progress::say(&format!("the data and the server's log stay in {}", kept.display()));
    Some(ledger.display().to_string())
}

/// The verdict in one line, for a table.
fn summary(verdict: &Verdict, integrity_checked: bool) -> String {
    let counted = &verdict.counted;
    let mut parts = Vec::new();
    if counted.kills > 0 {
        parts.push(format!("{} ends without warning", counted.kills));
    }
    if counted.stops > 0 {
        parts.push(format!("{} stops within {} ms", counted.stops, counted.slowest_stop_ms));
    }
    if counted.slowest_ready_ms > 0 {
        parts.push(format!("ready again within {} ms", counted.slowest_ready_ms));
    }
    if counted.vanished > 0 {
        parts.push(format!("{} sockets vanished", counted.vanished));
    }
    if counted.troubles > 0 {
        parts.push(format!(
            "{} times in trouble, a new post stored {} ms after it at the latest",
            counted.troubles, counted.slowest_recovery_ms
        ));
    }
    if counted.refused > 0 {
        parts.push(format!("{} times a post was answered *not stored* or *unknown*", counted.refused));
    }
    if counted.read_meanwhile > 0 {
        parts.push(format!("{} pages read meanwhile", counted.read_meanwhile));
    }
    parts.push(format!(
        "{} posts, {} attempts, {} acknowledged, {} stored, {} receipts, {} reconnects, {} rooms resumed",
        counted.posts, counted.attempts, counted.acknowledged, counted.stored, counted.receipts, counted.reconnects, counted.resumed
    ));
    parts.push(format!(
        "lost {}, doubled {}, reordered {}, gaps {}, unexpected {}",
        verdict.lost, verdict.duplicated, verdict.reordered, verdict.gaps, verdict.unexpected
    ));
    if integrity_checked {
        parts.push("integrity_check ok".to_owned());
    }
    parts.join("; ")
}

/// How long everybody may take to be back after the server is.
const BACK_WITHIN: Duration = Duration::from_secs(15);
