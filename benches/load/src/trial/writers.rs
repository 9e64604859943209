//! Many write and many read through REST, as programs do: each asks, waits for the answer and asks again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use serde_json::json;

use super::Judged;
use super::arguments::Writers;
use crate::adapter::Account;
use crate::http::{Http, Site};
use crate::token;

const ROOMS: usize = 8;

/// How often each status was the answer, and the slowest.
#[derive(Debug, Default, Serialize)]
struct Answers {
    by_status: BTreeMap<u16, u64>,
    slowest_ms: u64,
    first_refusal: Option<String>,
}

impl Answers {
    fn add(&mut self, other: Self) {
        other.by_status.into_iter().for_each(|(status, count)| *self.by_status.entry(status).or_default() += count);
        self.slowest_ms = self.slowest_ms.max(other.slowest_ms);
        self.first_refusal = self.first_refusal.take().or(other.first_refusal);
    }

    fn of(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or_default()
    }

    fn all(&self) -> u64 {
        self.by_status.values().sum()
    }
}

/// # Errors
/// The server does not start, or somebody's thread panics.
pub fn run(arguments: &Writers) -> Result<Judged> {
    let mut stage = arguments.target.wanted()?.open()?;
    let api = stage.snug.api()?;
    let accounts = api.accounts(ROOMS)?;
    let rooms = accounts.iter().map(|account| api.new_room(std::slice::from_ref(account))).collect::<Result<Vec<_>>>()?;
    let site = api.site().clone();
    let until = Instant::now() + Duration::from_secs_f64(arguments.seconds.clamp(0.1, 3_600.0));
    let next = AtomicU64::new(0);
    let (run, place) = (fastrand::u16(1..), |number: usize| (&accounts[number % ROOMS], rooms[number % ROOMS]));
    let (written, read) = thread::scope(|scope| -> Result<_> {
        let writer = |number| {
            let ((account, room), site, next) = (place(number), &site, &next);
            scope.spawn(move || writes(site, account, room, run, next, until))
        };
        let reader = |number| {
            let ((account, room), site) = (place(number), &site);
            scope.spawn(move || reads(site, account, room, until))
        };
        let writers: Vec<_> = (0..arguments.writers).map(writer).collect();
        let readers: Vec<_> = (0..arguments.readers).map(reader).collect();
        let all = |threads: Vec<thread::ScopedJoinHandle<'_, Answers>>| {
            threads.into_iter().try_fold(Answers::default(), |mut sum, thread| {
                sum.add(thread.join().map_err(|_| anyhow!("somebody's thread panicked"))?);
                Ok::<_, anyhow::Error>(sum)
            })
        };
        Ok((all(writers)?, all(readers)?))
    })?;
    let mut stored = 0;
    for (account, room) in accounts.iter().zip(&rooms) {
        let page = api.get(&format!("/api/v1/rooms/{room}/messages?limit=1"), account)?;
        stored += page["messages"][0]["number"].as_u64().context("a room without messages")?;
    }
    let log = std::fs::read_to_string(stage.folder().join("data.log")).unwrap_or_default();
    let locked = log.lines().filter(|line| line.contains("locked")).count();

    let mut judged = Judged::default();
    judged.counts(format!(
        "{} writers and {} readers for {} s: {} posts answered 201 (slowest {} ms), {} pages answered 200 (slowest {} ms), {} other answers; {stored} \
         stored; \"database is locked\" {locked} times",
        arguments.writers,
        arguments.readers,
        arguments.seconds,
        written.of(201),
        written.slowest_ms,
        read.of(200),
        read.slowest_ms,
        written.all() - written.of(201) + read.all() - read.of(200)
    ));
    for (answers, right) in [(&written, 201), (&read, 200)] {
        let wrong = answers.all() - answers.of(right);
        judged.must(wrong == 0, || format!("{wrong} answers were not {right}: {}", answers.first_refusal.as_deref().unwrap_or_default()));
        judged.must(answers.of(right) > 0, || format!("nobody was answered {right}"));
    }
    judged.must(stored == written.of(201), || format!("{} were acknowledged and {stored} are stored", written.of(201)));
    judged.must(locked == 0, || format!("the server's log says \"locked\" {locked} times"));
    judged.measured(&written)?;
    judged.measured(&read)?;
    Ok(judged)
}

fn writes(site: &Site, account: &Account, room: i64, run: u16, next: &AtomicU64, until: Instant) -> Answers {
    asks(site, account, until, || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let post = json!({"client_id": token::client_id(run, number), "body": format!("{number} of many")});
        ("POST", format!("/api/v1/rooms/{room}/messages"), Some(post))
    })
}

fn reads(site: &Site, account: &Account, room: i64, until: Instant) -> Answers {
    asks(site, account, until, || ("GET", format!("/api/v1/rooms/{room}/messages?limit=50"), None))
}

type Question = (&'static str, String, Option<serde_json::Value>);

fn asks(site: &Site, account: &Account, until: Instant, question: impl Fn() -> Question) -> Answers {
    let (mut http, mut answers) = (Http::to(site), Answers::default());
    while Instant::now() < until && crate::stop::check().is_ok() {
        let ((method, path, body), begun) = (question(), Instant::now());
        let answer = http.ask(method, &path, Some(&account.cookie), body.as_ref());
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        if !(200..300).contains(&status) {
            let why = answer.map_or_else(|error| format!("{error:#}"), |answer| String::from_utf8_lossy(&answer.body).into_owned());
            answers.first_refusal.get_or_insert(why);
        }
        *answers.by_status.entry(status).or_default() += 1;
        answers.slowest_ms = answers.slowest_ms.max(begun.elapsed().as_millis() as u64);
    }
    answers
}
