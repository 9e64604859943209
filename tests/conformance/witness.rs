//! Sockets that are listened to all the time, and somebody who goes on talking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::adapter::Adapter;
use super::socket::{Heard, PATIENCE, Socket};
use super::template::{Vars, at, looks_like};

/// Twenty posts a second.
const PACE: Duration = Duration::from_millis(50);

/// One socket and all that came on it, with the time when it came.
pub struct Witness {
    adapter: Arc<Adapter>,
    heard: Arc<Mutex<Record>>,
    says: mpsc::UnboundedSender<(&'static str, Vars)>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Record {
    messages: Vec<(Instant, Value)>,
    closed: Option<(Instant, u16)>,
}

impl Witness {
    pub fn of(mut socket: Socket) -> Self {
        let (adapter, heard) = (Arc::clone(&socket.adapter), Arc::<Mutex<Record>>::default());
        let (says, mut to_say) = mpsc::unbounded_channel::<(&'static str, Vars)>();
        let record = Arc::clone(&heard);
        let listening = tokio::spawn(async move {
            loop {
                tokio::select! {
                    came = socket.next_ever() => match came {
                        Heard::Message(message) => record.lock().messages.push((Instant::now(), message)),
                        Heard::Closed(code) => {
                            record.lock().closed = Some((Instant::now(), code));
                            return;
                        }
                    },
                    Some((what, vars)) = to_say.recv() => socket.says(what, &vars).await,
                }
            }
        });
        Self { adapter, heard, says, listening }
    }

    pub fn says(&self, what: &'static str, vars: Vars) {
        // One that is closed says nothing more.
        let _ = self.says.send((what, vars));
    }

    /// When it was closed, and with which code.
    pub fn closed(&self) -> Option<(Instant, u16)> {
        self.heard.lock().closed
    }

    /// How many messages look like this one of the adapter's.
    pub fn count(&self, what: &str) -> usize {
        let pattern = self.adapter.hear(what);
        self.heard.lock().messages.iter().filter(|(_, message)| looks_like(message, pattern)).count()
    }

    /// What was posted in this room, in the order in which it came.
    pub fn posts(&self, room: &Value) -> Vec<String> {
        let (pattern, text) = (self.adapter.hear("posted"), &self.adapter.socket.text);
        let heard = self.heard.lock();
        let posted = heard.messages.iter().filter(|(_, message)| looks_like(message, pattern) && self.is_about(message, room));
        posted.map(|(_, message)| at(message, text).unwrap().as_str().unwrap().to_owned()).collect()
    }

    /// The messages after a moment: all of them, or those about this room.
    pub fn after(&self, moment: Instant, room: Option<&Value>) -> Vec<Value> {
        let heard = self.heard.lock();
        let late = heard.messages.iter().filter(|(came, _)| *came > moment).map(|(_, message)| message);
        late.filter(|message| room.is_none_or(|room| self.is_about(message, room))).cloned().collect()
    }

    /// How many messages are about this room.
    pub fn count_about(&self, room: &Value) -> usize {
        self.heard.lock().messages.iter().filter(|(_, message)| self.is_about(message, room)).count()
    }

    fn is_about(&self, message: &Value, room: &Value) -> bool {
        self.adapter.socket.about.iter().any(|pointer| message.pointer(pointer) == Some(room))
    }

    /// Waits until it is closed, but no longer than this.
    pub async fn may_end_within(&self, time: Duration) {
        let _ = timeout(time, self.becomes(|witness| witness.closed().is_some())).await;
    }

    /// Waits until something is so.
    pub async fn waits(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        if timeout(PATIENCE, self.becomes(is_so)).await.is_err() {
            panic!("never: {what}; closed: {:?}", self.closed().map(|(_, code)| code));
        }
    }

    async fn becomes(&self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Posts 0, 1, 2 and so on into a room, twenty a second, until told to stop.
pub struct Talker {
    stop: Arc<AtomicBool>,
    talking: JoinHandle<Talked>,
}

/// What a talker did.
pub struct Talked {
    pub posts: usize,
    /// By how much its clock was late at worst: so long this machine keeps somebody waiting who has something to do.
    pub latest: Duration,
}

impl Talker {
    /// At this socket. Now and then `also` is said too.
    pub fn at(socket: Socket, room: &Value, also: Option<&'static str>) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (stopped, room, witness) = (Arc::clone(&stop), room.clone(), Witness::of(socket));
        let talking = tokio::spawn(async move {
            let mut ticks = interval(PACE);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut talked = Talked { posts: 0, latest: Duration::ZERO };
            while !stopped.load(Ordering::Relaxed) {
                let due = ticks.tick().await;
                talked.latest = talked.latest.max(due.elapsed());
                let vars = Vars::default().with("room", room.clone()).with("text", talked.posts.to_string());
                if let Some(what) = also.filter(|_| talked.posts.is_multiple_of(4)) {
                    witness.says(what, vars.clone());
                }
                witness.says("post", vars);
                talked.posts += 1;
            }
            // It hears what it has said, so all of it was stored.
            witness.waits("the talker hears its own last post", |witness| witness.posts(&room).len() == talked.posts).await;
            talked
        });
        Self { stop, talking }
    }

    pub async fn stops(self) -> Talked {
        self.stop.store(true, Ordering::Relaxed);
        self.talking.await.unwrap()
    }
}
