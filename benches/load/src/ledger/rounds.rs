//! Load, an end, a start on the same data and port; again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::BACK_WITHIN;
use super::clients::Clients;
use super::entry::Entry;
use crate::adapter::{SnugApi, opening};
use crate::cli::{How, Ledger};
use crate::net::Net;
use crate::progress;
use crate::server::{Recipe, Running};

/// SIGTERM to the end of the process.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Shortest load of a round.
const SHORTEST: f64 = 0.3;
/// Only the driver's own patience; what is too late is counted long before.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was waited for in vain, the number in `stuck`.
const NOT_BACK: u32 = 1;
const NOT_ANSWERED: u32 = 2;
const NOT_HEARD: u32 = 3;

pub struct Rounds<'a> {
    net: Net,
    clients: Clients,
    running: Option<Running>,
    recipe: Recipe,
    arguments: &'a Ledger,
    due: Instant,
}

impl<'a> Rounds<'a> {
    /// # Errors
    /// The system gives no epoll.
    pub fn new(recipe: Recipe, running: Running, mut clients: Clients, arguments: &'a Ledger) -> Result<Self> {
        clients.server_is_at(|account| opening(&running.site, account));
        Ok(Self { net: Net::new()?, clients, running: Some(running), recipe, arguments, due: Instant::now() })
    }

    /// All rounds, and then time for everybody to hear everything.
    ///
    /// # Errors
    /// The server cannot be started again at all.
    pub fn run(&mut self) -> Result<()> {
        self.wait(0, NOT_BACK, BACK_WITHIN, |clients| clients.are_settled())?;
        let bar = progress::bar("rounds", u64::from(self.arguments.rounds));
        for round in 1..=self.arguments.rounds {
            let seconds = SHORTEST + fastrand::f64() * (self.arguments.seconds - SHORTEST).max(0.0);
            self.talk_until(Instant::now() + Duration::from_secs_f64(seconds), |_| false)?;
            match self.arguments.how {
                How::Kill => self.kill(round)?,
                How::Term => self.stop(round)?,
            }
            self.start(round)?;
            // The others go on talking while the last ones come back.
            if !self.talk_until(Instant::now() + BACK_WITHIN, Clients::are_settled)? {
                self.clients.book.write(Entry::Stuck { round, what: NOT_BACK });
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        self.wait(self.arguments.rounds, NOT_ANSWERED, PATIENCE, |clients| clients.are_answered() && clients.are_settled())
    }

    /// Reads every room through the API, and waits until everybody has heard what is stored.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn read_back(&mut self, api: &mut SnugApi, rooms: &[(i64, usize)]) -> Result<()> {
        let mut last = Vec::with_capacity(rooms.len());
        for (room, account) in rooms {
            let reader = self.clients.account(*account).clone();
            last.push((*room, super::readback::room(api, &reader, *room, self.clients.run, &mut self.clients.book)?));
        }
        self.wait(self.arguments.rounds, NOT_HEARD, BACK_WITHIN, |clients| last.iter().all(|(room, seq)| clients.have_heard(*room, *seq)))
    }

    /// Ends the server and closes the ledger.
    ///
    /// # Errors
    /// The ledger could not be written.
    pub fn close(mut self) -> Result<()> {
        self.running = None;
        self.clients.book.close()
    }

    /// `kill -9`, at whatever it is doing.
    fn kill(&mut self, round: u32) -> Result<()> {
        let mut running = self.running.take().context("no server")?;
        running.signal(Signal::KILL)?;
        self.clients.book.write(Entry::Killed { round });
        let deadline = Instant::now() + PATIENCE;
        while running.ended()?.is_none() && Instant::now() < deadline {
            self.net.poll(&mut self.clients, Duration::from_millis(1))?;
        }
        Ok(())
    }

    /// SIGTERM under load: everybody goes on talking.
    fn stop(&mut self, round: u32) -> Result<()> {
        let mut running = self.running.take().context("no server")?;
        self.clients.expect_to_be_told();
        running.signal(Signal::TERM)?;
        self.clients.book.write(Entry::Stopping { round });
        let begun = Instant::now();
        let mut status = running.ended()?;
        while status.is_none() && begun.elapsed() < PATIENCE {
            self.talk_until(Instant::now() + Duration::from_millis(5), |_| false)?;
            status = running.ended()?;
        }
        let clean = u8::from(status.is_some_and(|status| status.success()));
        let (ms, limit) = (begun.elapsed().as_millis() as u64, STOP_WITHIN.as_millis() as u64);
        self.clients.book.write(Entry::Stopped { round, ms, limit, clean });
        // What the kernel still holds for our sockets is read before anybody is called untold.
        let deadline = Instant::now() + Duration::from_secs(1);
        while !self.clients.all_ended(&self.net) && Instant::now() < deadline {
            self.net.poll(&mut self.clients, Duration::from_millis(5))?;
        }
        for client in self.clients.untold() {
            self.clients.book.write(Entry::Untold { round, client: client as u32 });
        }
        Ok(())
    }

    /// On the same data and port. The clients knock meanwhile.
    fn start(&mut self, round: u32) -> Result<()> {
        let mut starting = self.recipe.begin()?;
        let deadline = Instant::now() + PATIENCE;
        while !starting.is_ready(Duration::from_millis(1))? {
            anyhow::ensure!(Instant::now() < deadline, "the server did not start again; see {}", self.recipe.log().display());
            crate::stop::check()?;
            self.net.poll(&mut self.clients, Duration::ZERO)?;
            self.clients.tend(&mut self.net, Instant::now());
        }
        let running = starting.finish()?;
        let (ms, limit) = (running.ready_after.as_millis() as u64, self.arguments.ready_within);
        self.clients.server_is_at(|account| opening(&running.site, account));
        self.running = Some(running);
        self.clients.book.write(Entry::Ready { round, ms, limit });
        Ok(())
    }

    /// Everybody talks at the given rate until `done` or the moment; true where it was `done`.
    fn talk_until(&mut self, until: Instant, done: impl Fn(&Clients) -> bool) -> Result<bool> {
        let every = Duration::from_secs_f64(1.0 / self.arguments.rate.max(0.1));
        loop {
            crate::stop::check()?;
            let now = Instant::now();
            if done(&self.clients) {
                return Ok(true);
            }
            if now >= until {
                return Ok(false);
            }
            self.clients.tend(&mut self.net, now);
            // After a pause nobody makes up for what was not said in it.
            self.due = self.due.max(now.checked_sub(Duration::from_millis(100)).unwrap_or(now));
            while self.due <= now {
                self.clients.someone_posts(&mut self.net);
                self.due += every;
            }
            let wait = self.due.min(until).saturating_duration_since(now).min(Duration::from_millis(10));
            self.net.poll(&mut self.clients, wait)?;
        }
    }

    /// Everybody listens, and only sends again what has no answer.
    fn wait(&mut self, round: u32, what: u32, most: Duration, done: impl Fn(&Clients) -> bool) -> Result<()> {
        let deadline = Instant::now() + most;
        while !done(&self.clients) {
            crate::stop::check()?;
            if Instant::now() >= deadline {
                self.clients.book.write(Entry::Stuck { round, what });
                return Ok(());
            }
            self.clients.tend(&mut self.net, Instant::now());
            self.net.poll(&mut self.clients, Duration::from_millis(5))?;
        }
        Ok(())
    }
}
