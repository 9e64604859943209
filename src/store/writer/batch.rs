//! One transaction for many jobs, and what is done when it fails.

use diesel::connection::SimpleConnection;

use super::Job;
use super::doubt::{Doubt, Fate};
use super::ran::{Ended, Failed, Ran};
use crate::domain::{Outcome, RoomId, Timestamp};
use crate::faults::{self, Point};
use crate::store::actions::{self, Post, Posted, Short};
use crate::store::connection::{Connector, begin, commit, prepare, rollback};
use crate::store::posts::Memory;
use crate::store::{Cause, Commit, Committed, Connection, StoreError, Transaction, Trouble};

/// How often a job is tried alone before its failure is its answer. The second time is for one that met another node's
/// transaction, or a connection that had died unnoticed.
const TRIES: usize = 2;

/// Runs batches on the writer's connection, which it replaces when it is lost.
pub struct Batches {
    connector: Connector,
    connection: Option<Connection>,
    sink: Box<dyn Fn(Committed) + Send>,
    /// What is not known to be stored or not, and must be before anything else is numbered.
    doubt: Option<Doubt>,
    /// What posts are judged by on their short way.
    memory: Memory,
}

/// How careful a transaction is of one job's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Posts that stand together are judged together and then stored together, without a savepoint: nothing of them is written before
    /// all are judged, and what fails after that undoes the transaction.
    Together,
    /// Every job in a savepoint of its own.
    Apart,
}

impl Batches {
    /// Starts with a connection that is known to work.
    pub fn new(connector: Connector, connection: Connection, sink: Box<dyn Fn(Committed) + Send>) -> Self {
        Self { connector, connection: Some(connection), sink, doubt: None, memory: Memory::default() }
    }

    /// Whether [`Batches::settle`] has something to do.
    pub const fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Asks what became of a transaction whose COMMIT was not answered. Where it was stored everyone hears now what was said in it; who
    /// had asked for it was told *unknown* and finds it stored at the next try.
    pub fn settle(&mut self) {
        if let Err(cause) = self.settled() {
            tracing::warn!(%cause, "it is still unknown whether a transaction was stored");
        }
    }

    fn settled(&mut self) -> Result<(), Cause> {
        let Some(mut doubt) = self.doubt.take() else { return Ok(()) };
        match self.fate_of(&mut doubt) {
            Ok(Fate::NotStored) => Ok(()),
            Ok(Fate::Stored) => {
                let commits = doubt.ran.into_iter().map(|Ran { entries, effects, .. }| Commit { reply: None, entries, effects });
                (self.sink)(Committed(commits.collect()));
                Ok(())
            }
            Err(cause) => {
                self.doubt = Some(doubt);
                Err(cause)
            }
        }
    }

    fn fate_of(&mut self, doubt: &mut Doubt) -> Result<Fate, Cause> {
        let fate = doubt.settle(self.connected()?);
        if fate.is_err() {
            // Whatever state it is in, a new one is in none.
            self.connection = None;
        }
        fate
    }

    /// Runs the jobs in one transaction and answers them; posts may have a shorter way. Where posts fail together a second
    /// transaction runs every job apart. A job that fails there is run again alone, and so are all of them where the transaction as a
    /// whole fails: one bad job harms nobody else.
    pub fn run(&mut self, mut jobs: Vec<Job>) {
        let mut attempt = match self.attempt_short(&jobs) {
            Some(attempt) => attempt,
            None => self.attempt(&mut jobs, Care::Together),
        };
        if let Err(Failed::Undone(Cause { trouble: Trouble::Conflict | Trouble::Other, .. })) = attempt
            && jobs.len() > 1
        {
            attempt = self.attempt(&mut jobs, Care::Apart);
        }
        match attempt {
            Ok(ran) => {
                let (mut again, mut done) = (Vec::new(), Vec::with_capacity(jobs.len()));
                for (job, ran) in jobs.into_iter().zip(ran) {
                    if ran.deserves_another_run() {
                        again.push(job);
                    } else {
                        ran.note();
                        done.push((job, ran));
                    }
                }
                self.tell(done);
                self.run_one_by_one(again);
            }
            Err(Failed::Unknown(cause)) => self.fail_all(jobs, StoreError::Unknown(cause)),
            Err(Failed::Undone(cause)) => match cause.trouble {
                // Each of them would meet the same, and wait for it.
                Trouble::Locked | Trouble::Full | Trouble::ReadOnly | Trouble::Disk => self.fail_all(jobs, StoreError::from_cause(cause)),
                Trouble::Conflict | Trouble::Lost | Trouble::Other => self.run_one_by_one(jobs),
            },
        }
    }

    /// Where the database cannot be reached all that is left is answered at once: to try for each of them would keep the last waiting
    /// for hundreds of timeouts.
    fn run_one_by_one(&mut self, mut jobs: Vec<Job>) {
        jobs.reverse();
        while !jobs.is_empty() {
            if let Err(cause) = self.connected() {
                jobs.reverse();
                return self.fail_all(jobs, StoreError::from_cause(cause));
            }
            if let Some(job) = jobs.pop() {
                self.run_alone(job);
            }
        }
    }

    fn run_alone(&mut self, job: Job) {
        let mut one = [job];
        let mut ran = Ran::failed(StoreError::broken("a job was never run"));
        for _ in 0..TRIES {
            ran = match self.attempt(&mut one, Care::Together) {
                Ok(mut all) => all.pop().unwrap_or(ran),
                Err(Failed::Unknown(cause)) => {
                    ran = Ran::failed(StoreError::Unknown(cause));
                    break;
                }
                Err(Failed::Undone(cause)) => Ran::failed(StoreError::from_cause(cause)),
            };
            if !ran.deserves_another_run() {
                break;
            }
        }
        ran.note();
        let [job] = one;
        self.tell(vec![(job, ran)]);
    }

    /// One transaction. `Ok` is after COMMIT.
    fn attempt(&mut self, jobs: &mut [Job], care: Care) -> Result<Vec<Ran>, Failed> {
        // What was numbered before has to be heard before, and a retry of it must find it.
        self.settled().map_err(Failed::Undone)?;
        let connection = self.connected().map_err(Failed::Undone)?;
        let ended = transaction(connection, jobs, care);
        self.conclude(ended, jobs.len())
    }

    /// The short way of posts on Postgres. `None`: they have to go the long one.
    fn attempt_short(&mut self, jobs: &[Job]) -> Option<Result<Vec<Ran>, Failed>> {
        if !self.connector.is_postgres() {
            return None;
        }
        let posts: Vec<Post<'_>> = jobs.iter().map(Job::post).collect::<Option<_>>()?;
        if let Err(cause) = self.settled() {
            return Some(Err(Failed::Undone(cause)));
        }
        let mut memory = std::mem::take(&mut self.memory);
        let short = self.connected().and_then(|connection| actions::post_known(connection, &posts, &mut memory));
        self.memory = memory;
        let told = |posted: Vec<Posted>| posted.into_iter().map(Ran::from).collect();
        let ended = match short {
            Ok(Short::LongWay) => return None,
            Ok(Short::Stored(posted)) => match strike(posted.len()) {
                Ok(()) => Ok(Ended::Committed(told(posted))),
                Err(cause) => Ok(Ended::Unanswered(told(posted), cause)),
            },
            Ok(Short::Unanswered(posted, cause)) => Ok(Ended::Unanswered(told(posted), cause)),
            Err(cause) => Err(cause),
        };
        Some(self.conclude(ended, jobs.len()))
    }

    fn conclude(&mut self, ended: Result<Ended, Cause>, jobs: usize) -> Result<Vec<Ran>, Failed> {
        match ended {
            Ok(Ended::Committed(ran)) => {
                ran.iter().flat_map(|ran| &ran.entries).for_each(|entry| self.memory.follow(entry));
                Ok(ran)
            }
            Ok(Ended::Unanswered(ran, cause)) => {
                self.give_up(&cause, jobs);
                self.look_again(ran, cause)
            }
            Err(cause) => {
                self.give_up(&cause, jobs);
                Err(Failed::Undone(cause))
            }
        }
    }

    /// Brings the connection back to where a transaction can begin, or drops it: also where it is not known what ails it. A pool between
    /// Snug and Postgres may have forgotten what was prepared.
    fn give_up(&mut self, cause: &Cause, jobs: usize) {
        tracing::warn!(%cause, trouble = ?cause.trouble, jobs, "a transaction failed");
        self.memory.forget();
        if let Some(mut connection) = self.connection.take() {
            let usable = rollback(&mut connection).is_ok();
            self.connection = Some(connection).filter(|_| usable && !matches!(cause.trouble, Trouble::Lost | Trouble::Other));
        }
    }

    /// Mostly the database can be asked again at once, and then nobody has to be told *unknown*.
    fn look_again(&mut self, ran: Vec<Ran>, cause: Cause) -> Result<Vec<Ran>, Failed> {
        let Some(mut doubt) = Doubt::about(ran) else { return Err(Failed::Unknown(cause)) };
        match self.fate_of(&mut doubt) {
            Ok(Fate::Stored) => Ok(doubt.ran),
            // After an error of the disk, what is not seen now may yet be found in the log after a crash.
            Ok(Fate::NotStored) if cause.trouble == Trouble::Lost => Err(Failed::Undone(cause)),
            Ok(Fate::NotStored) => Err(Failed::Unknown(cause)),
            Err(_) => {
                self.doubt = Some(doubt);
                Err(Failed::Unknown(cause))
            }
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, Cause> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.connector.open()?;
                prepare(&mut connection)?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    fn fail_all(&self, jobs: Vec<Job>, error: StoreError) {
        tracing::error!(%error, jobs = jobs.len(), "changes were not stored");
        self.tell(jobs.into_iter().map(|job| (job, Ran::failed(error.clone()))).collect());
    }

    /// Tells the centre first and the callers of closures after it: who hears that a device was signed out may count on its sockets
    /// being told already.
    fn tell(&self, done: Vec<(Job, Ran)>) {
        let mut commits = Vec::with_capacity(done.len());
        let mut callers = Vec::new();
        for (job, Ran { answer, entries, effects }) in done {
            let reply = match job {
                Job::Append(append) => {
                    let unanswered = || StoreError::broken("an action answered nothing");
                    let outcome = answer.and_then(|outcome| outcome.ok_or_else(unanswered));
                    Some((append.ticket, outcome.map_err(Into::into)))
                }
                Job::Call(call) => {
                    callers.push((call, answer.map(|_| ())));
                    None
                }
            };
            if reply.is_some() || !entries.is_empty() || !effects.is_empty() {
                commits.push(Commit { reply, entries, effects });
            }
        }
        if !commits.is_empty() {
            (self.sink)(Committed(commits));
        }
        for (call, committed) in callers {
            call.answer(committed);
        }
    }
}

/// `Err`: nothing of it is stored.
fn transaction(connection: &mut Connection, jobs: &mut [Job], care: Care) -> Result<Ended, Cause> {
    begin(connection, &rooms_of(jobs))?;
    let now = Timestamp::now();
    let mut ran = Vec::with_capacity(jobs.len());
    for jobs in jobs.chunk_by_mut(|one, next| care == Care::Together && one.post().is_some() && next.post().is_some()) {
        match jobs {
            [job] if care == Care::Apart || job.post().is_none() => ran.push(savepoint(connection, job, now)?),
            posts => together(connection, posts, now, &mut ran)?,
        }
    }
    let posts = ran.iter().filter(|ran| matches!(ran.answer, Ok(Some(Outcome::Posted { .. })))).count();
    match commit(connection).map_err(Cause::from).and_then(|()| strike(posts)) {
        Ok(()) => Ok(Ended::Committed(ran)),
        Err(cause) => match cause.trouble {
            Trouble::Lost => Ok(Ended::Unanswered(ran, cause)),
            // The commit record may have reached the disk although the answer was an error, and would then be found after a crash.
            Trouble::Disk if matches!(connection, Connection::Sqlite(_)) => Ok(Ended::Unanswered(ran, cause)),
            _ => Err(cause),
        },
    }
}

/// What the tests make happen between COMMIT and its answer.
fn strike(posts: usize) -> Result<(), Cause> {
    if posts > 0 && faults::strikes(Point::Committed) {
        tracing::error!(posts, "a fault on purpose: the process dies with posts committed and nobody told");
        std::process::abort();
    }
    if posts > 0 && faults::strikes(Point::AnswerLost) {
        return Err(Cause::of(Trouble::Lost, "a fault on purpose: the answer of COMMIT is lost"));
    }
    Ok(())
}

/// The rooms that the jobs will number, in order.
fn rooms_of(jobs: &[Job]) -> Vec<RoomId> {
    let mut rooms: Vec<RoomId> = jobs.iter().filter_map(Job::room).collect();
    rooms.sort_unstable();
    rooms.dedup();
    rooms
}

/// Runs posts that stand together. `Err`: the transaction as a whole is lost.
fn together(connection: &mut Connection, jobs: &[Job], now: Timestamp, ran: &mut Vec<Ran>) -> Result<(), Cause> {
    let posts: Vec<Post<'_>> = jobs.iter().filter_map(Job::post).collect();
    let mut tx = Transaction::new(connection, now);
    let all = actions::post_all(&mut tx, &posts).map_err(StoreError::into_cause)?;
    ran.extend(all.into_iter().map(Ran::from));
    Ok(())
}

/// Runs one job so that its failure undoes its own work and no other's. `Err`: the transaction as a whole is lost.
fn savepoint(connection: &mut Connection, job: &mut Job, now: Timestamp) -> Result<Ran, Cause> {
    connection.batch_execute("SAVEPOINT job")?;
    let mut tx = Transaction::new(connection, now);
    let answer = job.run(&mut tx);
    let (entries, effects) = tx.finish();
    match answer {
        Ok(outcome) => {
            connection.batch_execute("RELEASE SAVEPOINT job")?;
            Ok(Ran { answer: Ok(outcome), entries, effects })
        }
        Err(StoreError::NotStored(cause) | StoreError::Unavailable(cause))
            if matches!(cause.trouble, Trouble::Lost | Trouble::Full | Trouble::ReadOnly | Trouble::Disk) =>
        {
            Err(cause)
        }
        Err(error) => {
            connection.batch_execute("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")?;
            Ok(Ran::failed(error))
        }
    }
}
