//! The central actor. Its handlers route; what they decide lives in [`Sessions`], [`Presence`] and [`Revocations`].

mod questions;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use tokio::sync::oneshot;

use super::changes::Changes;
use super::commands::{
    AttachRelay, Committed, Connect, Connected, Disconnect, End, Enter, Held, Hold, Refresh, ReplyTo, RevocationNumber, Revoke, Stop,
    WorkerId,
};
use super::presence::Presence;
use super::relays::Relays;
use super::revocations::{Revocations, close_reason};
use super::sessions::Sessions;
use super::tails::Tails;
use super::{Frame, Step};
use crate::domain::{Cursor, Outcome, Refusal, RoomId, Scope, Seq, SessionId, UserId};
use crate::faults::{self, Point};
use crate::protocol::{CloseReason, ErrorBody, Presence as PresenceMessage, Ref, ServerMessage};
use crate::store::revocations::Stored;
use crate::store::{Cause, Commit, Effect, StoreError, Trouble};

/// Presence differences are told this often, and answers that are late.
const TICK: Duration = Duration::from_secs(1);

/// Who is where, in what order things happened, and who hears of it. One per process.
pub struct ChatServer {
    changes: Arc<Changes>,
    sockets_per_user: usize,
    relays: Relays,
    sessions: Sessions,
    presence: Presence,
    revocations: Revocations,
    /// What was fanned out since the start.
    tails: Tails,
    /// Set once the server stops: resolved when the last session is gone.
    stopping: Option<Vec<oneshot::Sender<()>>>,
}

impl ChatServer {
    pub(super) fn new(changes: Arc<Changes>, sockets_per_user: usize, revocations: Revocations) -> Self {
        Self {
            changes,
            sockets_per_user,
            relays: Relays::default(),
            sessions: Sessions::default(),
            presence: Presence::default(),
            revocations,
            tails: Tails::default(),
            stopping: None,
        }
    }

    fn end(&self, session: SessionId, reason: CloseReason) {
        if let Some(entry) = self.sessions.get(session) {
            entry.end.do_send(End { reason });
        }
    }

    fn forget(&mut self, session: SessionId) {
        if let Some(entry) = self.sessions.remove(session) {
            self.presence.depart(entry.user, Instant::now());
        }
        if self.sessions.is_empty() {
            for waiting in self.stopping.iter_mut().flat_map(std::mem::take) {
                // Whoever asked to be told may have given up waiting.
                let _ = waiting.send(());
            }
        }
    }

    fn tell(&mut self, session: SessionId, message: &ServerMessage) {
        if let Some(worker) = self.sessions.get(session).map(|entry| entry.worker) {
            self.relays.push(worker, Step::Reply { session, frame: Frame::text(message) });
        }
    }

    /// Who is online, and what changes in that from here on. A session for one room is not told who else is there.
    fn tell_presence(&mut self, session: SessionId) {
        if let Some(worker) = self.sessions.get(session).filter(|entry| entry.may_see_who_is_online()).map(|entry| entry.worker) {
            self.relays.push(worker, Step::Snapshot { session, frame: self.presence.snapshot() });
        }
    }

    fn answer(&mut self, reply: ReplyTo, result: Result<Outcome, Refusal>) {
        match reply {
            ReplyTo::Session { session, r#ref } => self.tell(session, &reply_message(r#ref, result)),
            // The caller may have hung up; what was stored stays stored.
            ReplyTo::Caller(caller) => drop(caller.send(result)),
        }
    }

    fn answer_the_late(&mut self, now: Instant) {
        for reply in self.changes.late(now) {
            self.answer(reply, Err(StoreError::Unknown(Cause::of(Trouble::Lost, "the writer did not answer")).into()));
        }
    }

    /// The session hears these rooms from now on, and those its user has come into since it was known. Answers whether there are none of
    /// those.
    fn enter(&mut self, session: SessionId, worker: WorkerId, rooms: &[(RoomId, Seq)]) -> bool {
        let ids: Vec<RoomId> = rooms.iter().map(|(room, _)| *room).collect();
        let (entered, all_read) = self.sessions.enter(session, &ids);
        for room in entered {
            self.relays.push(worker, Step::Subscribe { session, room });
        }
        self.tell_presence(session);
        self.relays.send();
        all_read
    }

    /// Whether nothing has been fanned out in these rooms after what was read of them.
    fn are_current(&self, rooms: &[(RoomId, Seq)]) -> bool {
        rooms.iter().all(|(room, read)| self.tails.last(*room).is_none_or(|last| last.seq <= *read))
    }

    /// Whether a reading from before the session was known lacks nothing.
    fn is_whole(&self, rooms: &[(RoomId, Seq)], user: UserId, as_of: RevocationNumber) -> bool {
        !self.revocations.rooms_changed_since(as_of, user)
            && !rooms.iter().any(|(room, _)| self.revocations.lost_room(as_of, user, *room))
            && self.are_current(rooms)
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Entered { user, room } => {
                self.revocations.rooms_changed(user);
                for (session, worker) in self.sessions.user_entered(user, room) {
                    self.relays.push(worker, Step::Subscribe { session, room });
                }
            }
            Effect::Left { user, room } => {
                for (session, worker) in self.sessions.user_left(user, room) {
                    self.relays.push(worker, Step::Unsubscribe { session, room });
                }
            }
            Effect::ReadMoved { user, room, number } => {
                self.revocations.rooms_changed(user);
                let frame = Frame::text(&ServerMessage::Read { room, number });
                for session in self.sessions.of_user(user) {
                    if let Some(entry) = self.sessions.get(*session).filter(|entry| entry.may_hear(room)) {
                        self.relays.push(entry.worker, Step::Reply { session: *session, frame: frame.clone() });
                    }
                }
            }
            Effect::Revoked { id, revocation } => self.revoke(&Stored { id, revocation, spared: Vec::new() }),
        }
    }

    fn revoke(&mut self, stored: &Stored) {
        if !self.revocations.remember(stored.clone(), Instant::now()) {
            return;
        }
        for session in self.sessions.matching(stored) {
            self.end(session, close_reason(stored.revocation.cause));
        }
        if let Scope::RoomMember { user, room } = stored.revocation.scope {
            for (session, worker) in self.sessions.user_left(user, room) {
                self.relays.push(worker, Step::Unsubscribe { session, room });
            }
        }
    }

    /// Effects come before the entries of the same commit: who came in hears their own coming, who left hears nothing more.
    fn deliver(&mut self, commit: Commit) {
        for effect in commit.effects {
            self.apply(effect);
        }
        for entry in commit.entries {
            let (room, reached) = (entry.room, Cursor { seq: entry.seq, tag: entry.tag });
            let frame = Frame::text(&ServerMessage::Event(entry));
            self.tails.push(room, reached, frame.clone());
            self.relays.push_to_all(&Step::Event { room, frame });
        }
    }
}

/// Without its centre the process would go on answering 200 and delivering nothing. It ends instead, and what runs it starts it anew.
impl Drop for ChatServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the central actor panicked; the process ends");
            std::process::abort();
        }
    }
}

fn reply_message(r#ref: Ref, result: Result<Outcome, Refusal>) -> ServerMessage {
    match result {
        Ok(outcome) => ServerMessage::Reply { r#ref, outcome },
        Err(refusal) => ServerMessage::Error { r#ref: Some(r#ref), error: ErrorBody::from(&refusal) },
    }
}

impl Actor for ChatServer {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.run_interval(TICK, |server, _| {
            let now = Instant::now();
            server.answer_the_late(now);
            if let Some(diff) = server.presence.diff(now) {
                let message = PresenceMessage::Diff { online: diff.online, offline: diff.offline };
                server.relays.push_to_all(&Step::Presence { frame: Frame::text(&ServerMessage::Presence(message)) });
            }
            server.relays.send();
        });
    }
}

impl Handler<AttachRelay> for ChatServer {
    type Result = ();

    fn handle(&mut self, AttachRelay { worker, relay }: AttachRelay, _: &mut Self::Context) {
        self.relays.attach(worker, relay);
    }
}

impl Handler<Connect> for ChatServer {
    type Result = MessageResult<Connect>;

    fn handle(&mut self, connect: Connect, _: &mut Self::Context) -> Self::Result {
        if self.stopping.is_some() {
            return MessageResult(Err(CloseReason::Restarting));
        }
        if let Some(reason) = self.revocations.refuses(connect.as_of, connect.user, connect.credential) {
            return MessageResult(Err(reason));
        }
        // The oldest goes: a person whose laptop died with twenty sockets open must still get in.
        let surplus = (self.sessions.of_user(connect.user).len() + 1).saturating_sub(self.sockets_per_user);
        let oldest: Vec<SessionId> = self.sessions.of_user(connect.user).iter().take(surplus).copied().collect();
        for session in oldest {
            self.end(session, CloseReason::TooManySockets);
            self.forget(session);
        }
        self.sessions.add(&connect);
        self.presence.arrive(connect.user);
        let Connect { session, user, worker, as_of, read, .. } = connect;
        let read = read.filter(|rooms| self.is_whole(rooms, user, as_of));
        let entered = read.is_some_and(|rooms| self.enter(session, worker, &rooms));
        MessageResult(Ok(Connected { entered, as_of: self.revocations.clock().now() }))
    }
}

impl Handler<Refresh> for ChatServer {
    type Result = Result<(), CloseReason>;

    fn handle(&mut self, Refresh { session, credential, as_of }: Refresh, _: &mut Self::Context) -> Self::Result {
        // A session that is gone meanwhile needs no answer.
        let Some(user) = self.sessions.get(session).map(|entry| entry.user) else { return Ok(()) };
        match self.revocations.refuses(as_of, user, credential) {
            Some(reason) => Err(reason),
            None => {
                self.sessions.refresh(session, credential);
                Ok(())
            }
        }
    }
}

impl Handler<Enter> for ChatServer {
    type Result = bool;

    fn handle(&mut self, Enter { session, rooms, as_of }: Enter, _: &mut Self::Context) -> bool {
        let Some((user, worker)) = self.sessions.get(session).map(|entry| (entry.user, entry.worker)) else {
            return true;
        };
        let kept: Vec<(RoomId, Seq)> = rooms.into_iter().filter(|(room, _)| !self.revocations.lost_room(as_of, user, *room)).collect();
        let all_kept_are_current = self.are_current(&kept);
        self.enter(session, worker, &kept) && all_kept_are_current
    }
}

impl Handler<Hold> for ChatServer {
    type Result = MessageResult<Hold>;

    fn handle(&mut self, Hold { session, rooms, mut most }: Hold, _: &mut Self::Context) -> Self::Result {
        let Some(worker) = self.sessions.get(session).map(|entry| entry.worker) else {
            return MessageResult(Vec::new());
        };
        let mut held = Vec::with_capacity(rooms.len());
        for (room, cursor) in rooms {
            if self.sessions.hears(session, room) {
                self.relays.push(worker, Step::Hold { session, room });
                let missed = self.tails.since(room, cursor, most);
                most -= missed.iter().flatten().map(|frame| frame.bytes().len()).sum::<usize>();
                held.push(Held { room, cursor, up_to: self.tails.last(room), missed });
            }
        }
        self.relays.send();
        MessageResult(held)
    }
}

impl Handler<Disconnect> for ChatServer {
    type Result = ();

    fn handle(&mut self, Disconnect { session }: Disconnect, _: &mut Self::Context) {
        self.forget(session);
    }
}

impl Handler<Committed> for ChatServer {
    type Result = ();

    /// Replies first, then what everyone is told; one message per worker for the whole transaction.
    fn handle(&mut self, Committed(batch): Committed, _: &mut Self::Context) {
        assert!(!faults::strikes(Point::Centre), "a fault on purpose");
        let mut commits = batch.0;
        for commit in &mut commits {
            if let Some((ticket, result)) = commit.reply.take()
                && let Some(reply) = self.changes.take(ticket)
            {
                self.answer(reply, result);
            }
        }
        for commit in commits {
            self.deliver(commit);
        }
        self.relays.send();
    }
}

impl Handler<Revoke> for ChatServer {
    type Result = ();

    fn handle(&mut self, Revoke(found): Revoke, _: &mut Self::Context) {
        for stored in &found {
            self.revoke(stored);
        }
        self.relays.send();
    }
}

impl Handler<Stop> for ChatServer {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Stop, _: &mut Self::Context) -> Self::Result {
        for entry in self.sessions.all() {
            entry.end.do_send(End { reason: CloseReason::Restarting });
        }
        let waiting = self.stopping.get_or_insert_default();
        if self.sessions.is_empty() {
            return Box::pin(std::future::ready(()));
        }
        let (gone, all_gone) = oneshot::channel();
        waiting.push(gone);
        Box::pin(async move {
            // An error means the actor is gone, and its sessions with it.
            let _ = all_gone.await;
        })
    }
}
