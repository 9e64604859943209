//! What a session reads for its client: pages of history and missed events. One lane, in order, each only while its outbox is under a
//! quarter: a client that asks and does not take costs one page.

mod history;
mod resume;

use std::collections::VecDeque;
use std::rc::Rc;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::requests::Refused;
use super::{Member, Session};
use crate::chat::Chat;
use crate::domain::{Code, Limits, Refusal, RoomId, SessionId, UserId};
use crate::protocol::{CloseReason, Ref, ResumeRoom};
use crate::store::messages::PageAt;
use crate::store::{Store, StoreError};
use crate::ws::outbox::Outbox;
use crate::ws::relay::RelayHandle;
use actix_web::web::Data;

/// Something to be read.
#[derive(Debug)]
pub enum Pull {
    /// Everything after these cursors.
    Resume { r#ref: Ref, rooms: Vec<ResumeRoom> },
    /// A page of messages.
    History { r#ref: Ref, room: RoomId, at: PageAt, limit: Option<u32> },
}

impl Pull {
    const fn r#ref(&self) -> Ref {
        match self {
            Self::Resume { r#ref, .. } | Self::History { r#ref, .. } => *r#ref,
        }
    }
}

/// Most pulls that wait in one session.
const MOST_WAITING: usize = 16;

/// The lane.
#[derive(Debug, Default)]
pub struct Pulls {
    waiting: VecDeque<Pull>,
    busy: bool,
}

impl Pulls {
    /// Adds a pull at the end.
    pub fn add(&mut self, pull: Pull) -> Result<(), Refused> {
        if self.waiting.len() >= MOST_WAITING {
            let refusal = Refusal::of(Code::SlowDown, "Wait for the answers to what you have asked for.").retry_after_ms(500);
            return Err(Refused { r#ref: Some(pull.r#ref()), refusal });
        }
        self.waiting.push_back(pull);
        Ok(())
    }

    /// The next pull, where none is under way.
    fn begin(&mut self) -> Option<Pull> {
        if self.busy {
            return None;
        }
        let next = self.waiting.pop_front();
        self.busy = next.is_some();
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        next
    }
}

/// What a pull works with.
struct Puller {
    session: SessionId,
    user: UserId,
    store: Data<Store>,
    chat: Data<Chat>,
    limits: Data<Limits>,
    outbox: Rc<Outbox>,
    relay: RelayHandle,
}

impl Session<Member> {
    /// Begins the next pull, if there is one and none is under way.
    pub(super) fn pull(&mut self, ctx: &mut Context<Self>) {
        let Some(pull) = self.talk.pulls.begin() else { return };
        let puller = Puller {
            session: self.id,
            user: self.talk.who.id(),
            store: self.talk.desk.store.clone(),
            chat: self.talk.desk.chat.clone(),
            limits: self.talk.desk.limits.clone(),
            outbox: Rc::clone(&self.outbox),
            relay: self.relay.clone(),
        };
        let pulling = async move { puller.pull(pull).await };
        ctx.spawn(pulling.into_actor(self).map(|done, session, ctx| match done {
            Ok(()) => {
                session.talk.pulls.busy = false;
                session.pull(ctx);
            }
            Err(reason) => session.end(reason, ctx),
        }));
    }
}

impl Puller {
    async fn pull(&self, pull: Pull) -> Result<(), CloseReason> {
        self.outbox.has_space().await;
        match pull {
            Pull::Resume { rooms, .. } => self.resume(rooms).await,
            Pull::History { r#ref, room, at, limit } => {
                self.history(r#ref, room, at, limit).await;
                Ok(())
            }
        }
    }
}

/// A replay that breaks off would leave a hole, so the session ends with it and the client resumes on the next one.
fn broken_off(error: &StoreError) -> CloseReason {
    tracing::warn!(%error, "a replay could not be read");
    CloseReason::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(r#ref: Ref) -> Pull {
        Pull::History { r#ref, room: RoomId::new(1), at: PageAt::Newest, limit: None }
    }

    #[test]
    fn pulls_go_one_by_one_and_not_too_many_wait() {
        let mut pulls = Pulls::default();
        for n in 0..16 {
            assert!(pulls.add(pull(n)).is_ok());
        }
        let refused = pulls.add(pull(16)).unwrap_err();
        assert_eq!((refused.r#ref, refused.refusal.code), (Some(16), Code::SlowDown));
        assert_eq!(pulls.begin().map(|pull| pull.r#ref()), Some(0));
        assert!(pulls.begin().is_none());
        pulls.busy = false;
        assert_eq!(pulls.begin().map(|pull| pull.r#ref()), Some(1));
    }
}
