//! Load, something that is done to the server or its database, and back to normal; again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::BACK_WITHIN;
use super::clients::Clients;
use super::entry::Entry;
use super::reading::Reading;
use super::trouble::Trouble;
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
/// From the end of a trouble until a new post is acknowledged. A connection that was lost is looked for at the next post, and a page that
/// was refused waits at most five seconds.
const RECOVER_WITHIN: Duration = Duration::from_secs(10);
/// The server that is made to die does so at one of the first so many occasions.
const OCCASIONS: u32 = 40;
/// One in so many clients vanishes at a time.
const VANISHING: usize = 3;

/// What was waited for in vain, the number in `stuck`.
const NOT_BACK: u32 = 1;
const NOT_ANSWERED: u32 = 2;
const NOT_HEARD: u32 = 3;
const NOT_DEAD: u32 = 4;
const NOT_NOTICED: u32 = 5;

pub struct Rounds<'a> {
    net: Net,
    clients: Clients,
    running: Option<Running>,
    recipe: Recipe,
    arguments: &'a Ledger,
    trouble: Option<Trouble>,
    /// A room, and the account that reads it while there is trouble.
    reader: (i64, usize),
    due: Instant,
}

impl<'a> Rounds<'a> {
    /// # Errors
    /// The system gives no epoll.
    pub fn new(
        recipe: Recipe,
        running: Running,
        mut clients: Clients,
        arguments: &'a Ledger,
        trouble: Option<Trouble>,
        reader: (i64, usize),
    ) -> Result<Self> {
        clients.server_is_at(|account| opening(&running.site, account));
        Ok(Self { net: Net::new()?, clients, running: Some(running), recipe, arguments, trouble, reader, due: Instant::now() })
    }

    /// All rounds, and then time for everybody to hear everything.
    ///
    /// # Errors
    /// The server cannot be started again at all.
    pub fn run(&mut self) -> Result<()> {
        self.wait(0, NOT_BACK, BACK_WITHIN, |clients| clients.are_settled())?;
        let bar = progress::bar("rounds", u64::from(self.arguments.rounds));
        if self.arguments.how == How::Die {
            // The one that was set up is sound; from here on each is made to die.
            self.kill(0)?;
            self.start(0)?;
        }
        // The power is cut afterwards, as often as there are rounds, out of one long talk.
        let rounds = if self.arguments.how == How::Power { 1 } else { self.arguments.rounds };
        for round in 1..=rounds {
            match self.arguments.how {
                How::Talk => self.talk_a_while()?,
                How::Power => drop(self.talk_until(Instant::now() + Duration::from_secs_f64(self.arguments.seconds), |_| false)?),
                How::Die => self.let_die(round)?,
                How::Kill => {
                    self.talk_a_while()?;
                    self.kill(round)?;
                }
                How::Term => {
                    self.talk_a_while()?;
                    self.stop(round)?;
                }
                How::Cut => {
                    self.talk_a_while()?;
                    self.clients.vanish(&mut self.net, VANISHING);
                }
                How::Lock | How::Full | How::Limit | How::Restart | How::Freeze => {
                    self.talk_a_while()?;
                    self.trouble(round)?;
                }
            }
            if self.running.is_none() {
                self.start(round)?;
            }
            // The others go on talking while the last ones come back. One that is made to die may be gone before.
            let lives = self.arguments.how != How::Die || round == self.arguments.rounds;
            if lives && !self.talk_until(Instant::now() + BACK_WITHIN, Clients::are_settled)? {
                self.clients.book.write(Entry::Stuck { round, what: NOT_BACK });
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        self.wait(self.arguments.rounds, NOT_ANSWERED, PATIENCE, |clients| clients.are_answered() && clients.are_settled())?;
        self.wait_until_noticed()
    }

    /// Reads every room through the API, and waits until everybody has heard what is stored.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn read_back(&mut self, api: &mut SnugApi, rooms: &[(i64, usize)]) -> Result<()> {
        let mut last = Vec::with_capacity(rooms.len());
        for (room, account) in rooms {
            let reader = self.clients.account(*account).clone();
            let (run, book) = (self.clients.run, &mut self.clients.book);
            last.push((*room, super::readback::room(api, &reader, *room, run, |entry| book.write(entry))?));
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

    fn talk_a_while(&mut self) -> Result<()> {
        let seconds = SHORTEST + fastrand::f64() * (self.arguments.seconds - SHORTEST).max(0.0);
        self.talk_until(Instant::now() + Duration::from_secs_f64(seconds), |_| false).map(drop)
    }

    /// Everybody talks until the server dies by itself, as it was made to.
    fn let_die(&mut self, round: u32) -> Result<()> {
        use std::os::unix::process::ExitStatusExt;
        let mut running = self.running.take().context("no server")?;
        // Before its time: the sockets break earlier than the end of the process is seen here.
        self.clients.book.write(Entry::Killed { round });
        let deadline = Instant::now() + PATIENCE;
        let mut status = running.ended()?;
        while status.is_none() && Instant::now() < deadline {
            self.talk_until(Instant::now() + Duration::from_millis(5), |_| false)?;
            status = running.ended()?;
        }
        match status.map(|status| status.signal()) {
            None => self.clients.book.write(Entry::Stuck { round, what: NOT_DEAD }),
            Some(signal) if signal == Some(Signal::ABORT.as_raw()) => {}
            Some(_) => self.clients.book.write(Entry::Otherwise { round }),
        }
        Ok(())
    }

    /// The database gets into trouble, somebody is refused, and it gets out of it again. The server lives through all of it.
    fn trouble(&mut self, round: u32) -> Result<()> {
        let mut trouble = self.trouble.take().context("no trouble was prepared")?;
        let server = self.running.as_ref().context("no server")?;
        let (pid, (room, account)) = (server.pid(), self.reader);
        let reading = trouble.leaves_reading().then(|| Reading::begin(&server.site, self.clients.account(account).clone(), room));
        self.clients.book.write(Entry::Trouble { round });
        trouble.begin(pid)?;
        let (begun, (least, most), refused) = (Instant::now(), trouble.lasts(), self.clients.refused);
        self.talk_until(begun + least, |_| false)?;
        self.talk_until(begun + most, |clients| clients.refused > refused)?;
        trouble.end(pid)?;
        self.clients.book.write(Entry::Over { round });
        let (over, next) = (Instant::now(), self.clients.next_post());
        self.talk_until(over + RECOVER_WITHIN * 2, |clients| clients.is_acknowledged_from(next))?;
        let (ms, limit) = (over.elapsed().as_millis() as u64, RECOVER_WITHIN.as_millis() as u64);
        self.clients.book.write(Entry::Recovered { round, ms, limit });
        if let Some(reading) = reading {
            let answers = reading.end()?;
            let answered = answers.get(&200).copied().unwrap_or_default();
            self.clients.book.write(Entry::Read { round, answered, wrong: answers.values().sum::<u32>() - answered });
        }
        self.trouble = Some(trouble);
        Ok(())
    }

    /// Those who vanished without a word look alive until they are asked. The server asks, and ends their sockets.
    fn wait_until_noticed(&mut self) -> Result<()> {
        let Some(seconds) = self.arguments.until_noticed else { return Ok(()) };
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while self.net.abandoned() > 0 && Instant::now() < deadline {
            crate::stop::check()?;
            self.net.poll(&mut self.clients, Duration::from_millis(50))?;
            self.clients.tend(&mut self.net, Instant::now());
        }
        if self.net.abandoned() > 0 {
            self.clients.book.write(Entry::Stuck { round: self.arguments.rounds, what: NOT_NOTICED });
        }
        Ok(())
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
        if let (How::Die, Some(place)) = (self.arguments.how, &self.arguments.fault) {
            // The last one has to live, so that it can be asked what is stored.
            let every = if round < self.arguments.rounds { fastrand::u32(1..=OCCASIONS) } else { u32::MAX };
            self.recipe.set("FAULT", format!("{place}:{every}"));
        }
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
