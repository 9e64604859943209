//! One way out, played: the subject listens at every process, another member posts twenty times a second, and a third one, the control,
//! must hear every post.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use tokio::time::sleep;

use super::way::{Credential, Ending, Way};
use crate::person::Person;
use crate::place::Place;
use crate::socket::{Opening, Socket};
use crate::template::Vars;
use crate::witness::{Talked, Talker, Witness};

/// The promise: so long after the answer to what ended it, everything has ended.
pub const WITHIN: Duration = Duration::from_secs(1);
/// So many threads pass an ending on, one after the other, and each may be kept waiting by a busy machine.
const HANDS: u32 = 4;
/// Posts that everybody hears before the end comes.
const FIRST: usize = 5;

pub struct Scene {
    pub place: Arc<Place>,
    way: Way,
    pub subject: Person,
    /// The subject's own, at another device.
    pub other: Person,
    /// Talks, and owns the room.
    pub host: Person,
    control: Person,
    pub room: Value,
    pub ends_at: Option<SystemTime>,
}

/// Everybody who listens.
struct Audience {
    /// The subject's, one at each process.
    subjects: Vec<Witness>,
    /// Who must hear everything.
    controls: Vec<Witness>,
}

impl Scene {
    pub async fn of(place: Arc<Place>, way: Way) -> Self {
        let (host, control) = (place.member("host").await, place.member("control").await);
        let (subject, other, ends_at) = way.casts(&place).await;
        let room = match way {
            Way::RoomMadePrivate => place.room(&host, "public", &[&control]).await,
            _ => place.room(&host, "private", &[&control, &subject]).await,
        };
        Self { place, way, subject, other, host, control, room, ends_at }
    }

    /// What there is to say of it, or what went wrong.
    pub async fn plays(mut self) -> Result<String, String> {
        let last = self.place.servers.nodes.len() - 1;
        self.way.prepares(&mut self);
        let audience = self.gathers(last).await;
        // What opened the sockets, as somebody else could have copied it: signing out takes the cookie out of one's own browser.
        let copies: Vec<Person> = (0..=last).map(|node| self.at(&self.subject, node)).collect();
        let hosts = self.at(&self.host, last).connects().await;
        let also = (self.way == Way::RoomMadePrivate).then_some("set_topic");
        let talker = Talker::at(hosts, &self.room, also);
        for witness in audience.subjects.last().into_iter().chain(&audience.controls) {
            witness.waits("the room is heard before anything ends", |witness| witness.count_about(&self.room) >= FIRST).await;
        }

        self.way.happens(&self).await;
        let ended = Instant::now();
        // Longer than the promise, so that what comes too late has the time to come.
        sleep(WITHIN * 2).await;
        let talked = talker.stops().await;
        let verdict = self.judges(&audience, ended, &talked).await?;
        self.is_shut_out(&copies).await.map(|()| verdict)
    }

    /// The sockets of all who listen. Talk is heard at the last process, and the end comes from the first.
    async fn gathers(&self, last: usize) -> Audience {
        let mut subjects = Vec::new();
        for node in 0..=last {
            subjects.push(Witness::of(self.opens(node).await));
        }
        let mut controls = vec![Witness::of(self.at(&self.control, last).connects().await)];
        if self.way.spares_the_other_device() {
            controls.push(Witness::of(self.at(&self.other, last).connects().await));
        }
        Audience { subjects, controls }
    }

    /// The same person at the address of another process, with the same cookie.
    fn at(&self, person: &Person, node: usize) -> Person {
        let there = person.elsewhere(&self.place.servers.nodes[node]);
        let cookie = person.cookie();
        if !cookie.is_empty() {
            there.bears_cookie(&cookie);
        }
        match person.bearer() {
            Some(token) => there.program(token),
            None => there,
        }
    }

    async fn opens(&self, node: usize) -> Socket {
        if self.way.credential() != Credential::Ticket {
            return self.at(&self.subject, node).connects().await;
        }
        self.subject.does("make_ticket").await;
        let there = Opening::by_ticket(&self.place.servers.adapter, &self.place.servers.nodes[node], &self.subject.text("ticket"));
        there.open().await.expect("a ticket opens no socket")
    }

    async fn judges(&self, audience: &Audience, ended: Instant, talked: &Talked) -> Result<String, String> {
        let everything: Vec<String> = (0..talked.posts).map(|number| number.to_string()).collect();
        for control in &audience.controls {
            control.waits("the control hears the last post", |control| control.posts(&self.room).len() >= talked.posts).await;
            let heard = control.posts(&self.room);
            if heard != everything || control.closed().is_some() {
                return Err(format!("a control heard {} of {} posts, closed: {:?}", heard.len(), talked.posts, control.closed()));
            }
        }
        let deadline = ended + WITHIN + talked.latest * HANDS;
        let mut slowest = Duration::ZERO;
        for subject in &audience.subjects {
            let took = match self.way.ending() {
                Ending::Closes(name) => closed(subject, self.place.adapter().close(name), ended, deadline)?,
                Ending::RoomFallsSilent => self.fell_silent(subject, deadline).await?,
            };
            slowest = slowest.max(took);
        }
        let (ended, heard) = (slowest.as_millis(), format!("all {} posts at {} controls", talked.posts, audience.controls.len()));
        Ok(match self.way.ending() {
            Ending::Closes(name) => format!("closed ({name}) after {ended} ms; {heard}"),
            Ending::RoomFallsSilent => format!("no frame of the room after the second, the socket answers; {heard}"),
        })
    }

    async fn fell_silent(&self, subject: &Witness, deadline: Instant) -> Result<Duration, String> {
        let pongs = subject.count("pong");
        subject.says("ping", Vars::default());
        // What was on its way before this has come by now.
        subject.waits("the socket stays and answers", |subject| subject.count("pong") > pongs).await;
        let late = subject.after(deadline, Some(&self.room));
        if late.is_empty() { Ok(Duration::ZERO) } else { Err(format!("{} frames of the room after the second: {}", late.len(), late[0])) }
    }

    /// The same credential opens nothing any more, anywhere; who may come back comes back as less than before.
    async fn is_shut_out(&self, copies: &[Person]) -> Result<(), String> {
        let hidden = self.place.adapter().refusal("hidden");
        match self.way.ending() {
            Ending::RoomFallsSilent => {
                let about_room = Vars::default().with("room", self.room.clone());
                let action = if self.way == Way::RoomMadePrivate { "join_room" } else { "history" };
                let status = self.subject.tries_with(action, &about_room).await.status;
                if status == hidden { Ok(()) } else { Err(format!("{action} answers {status} afterwards")) }
            }
            Ending::Closes("role_changed") => {
                let asked = Vars::default().with("text", "Mine");
                let status = self.subject.tries_with("administer", &asked).await.status;
                if status != self.place.adapter().refusal("not_allowed") {
                    return Err(format!("a request of an admin answers {status} afterwards"));
                }
                let mut again = self.subject.connects().await;
                again.says("administer", &asked).await;
                again.hears("error").await;
                Ok(())
            }
            Ending::Closes(_) if self.way == Way::TicketsSession => Ok(()),
            Ending::Closes(_) => {
                for copy in copies {
                    let opened = copy.opening().open().await.map(drop);
                    if opened != Err(self.place.adapter().refusal("stranger")) {
                        return Err(format!("{} answers {opened:?} to the same credential afterwards", copy.url));
                    }
                }
                Ok(())
            }
        }
    }
}

/// How long it took, where it was in time, with this code, and with nothing behind it.
fn closed(subject: &Witness, code: u16, ended: Instant, deadline: Instant) -> Result<Duration, String> {
    let late = subject.after(deadline, None);
    match subject.closed() {
        None => Err(format!("still open, with {} frames after the second", late.len())),
        Some((_, other)) if other != code => Err(format!("closed with {other} instead of {code}")),
        Some((at, _)) if at > deadline => Err(format!("closed {} ms after the end", (at - ended).as_millis())),
        Some(_) if !late.is_empty() => Err(format!("{} frames after the second", late.len())),
        Some((at, _)) => Ok(at.saturating_duration_since(ended)),
    }
}
