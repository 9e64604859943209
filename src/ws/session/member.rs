//! A session of the product: someone whose identity is proved, talking to the centre.

use std::time::{Duration, Instant};

use actix::{ActorFutureExt, AsyncContext, Context, SpawnHandle, WrapFuture};
use actix_web::HttpRequest;
use actix_web::web::Data;

use super::pulls::{Pull, Pulls};
use super::ready;
use super::requests::{self, Refused, Request};
use super::{Session, Talk};
use crate::assets::Assets;
use crate::auth::{Credentials, CurrentUser, Door, PostRate};
use crate::chat::commands::{Disconnect, ReplyTo, Typing};
use crate::chat::{Chat, Frame};
use crate::domain::{Access, Code, Credential, Limits, Refusal, RoomId, SessionId};
use crate::protocol::{ClientMessage, CloseReason, ServerMessage};
use crate::store::Store;
use crate::store::rooms::OwnRooms;
use crate::ws::addresses::Place;
use crate::ws::outbox::Writing;
use crate::ws::relay::RelayHandle;
use crate::ws::serving::Connection;

/// What a session works with: the application's data.
#[derive(Clone)]
pub struct Desk {
    pub store: Data<Store>,
    pub chat: Data<Chat>,
    pub limits: Data<Limits>,
    pub posts: Data<PostRate>,
    pub door: Data<Door>,
    pub credentials: Data<Credentials>,
    pub assets: Data<Assets>,
}

impl Desk {
    /// From the application's data; `None` where something was forgotten there.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        Some(Self {
            store: request.app_data::<Data<Store>>()?.clone(),
            chat: request.app_data::<Data<Chat>>()?.clone(),
            limits: request.app_data::<Data<Limits>>()?.clone(),
            posts: request.app_data::<Data<PostRate>>()?.clone(),
            door: request.app_data::<Data<Door>>()?.clone(),
            credentials: request.app_data::<Data<Credentials>>()?.clone(),
            assets: request.app_data::<Data<Assets>>()?.clone(),
        })
    }
}

/// The person at the other end, and what waits for them.
pub struct Member {
    pub(super) who: CurrentUser,
    /// What was read along with their identity; taken when the session begins.
    read: Option<OwnRooms>,
    pub(super) desk: Desk,
    pub(super) pulls: Pulls,
    /// When the login session was last noted as being in use.
    noted: Instant,
    /// For the end of the credential.
    pub(super) timers: Vec<SpawnHandle>,
    /// A fresh credential is being looked at.
    pub(super) refreshing: bool,
    /// Counts among the sockets of its address.
    _place: Place,
}

/// How often a socket that is talked over notes that its login session is in use.
const NOTED_EVERY: Duration = Duration::from_secs(60);

impl Session<Member> {
    /// Starts the session of someone whose identity is proved. There is no other way to one: a [`CurrentUser`] comes from the
    /// extractor only.
    pub fn of(who: CurrentUser, read: Option<OwnRooms>, place: Place, desk: Desk, relay: RelayHandle, connection: Connection) -> Writing {
        let limits = desk.limits.clone();
        let member = Member {
            who,
            read,
            desk,
            pulls: Pulls::default(),
            // The handshake itself has just been noted.
            noted: Instant::now(),
            timers: Vec::new(),
            refreshing: false,
            _place: place,
        };
        Self::start(member, connection, &limits, relay)
    }

    pub(super) fn say(&self, message: &ServerMessage) {
        self.push(Frame::text(message));
    }

    pub(super) fn refuse(&self, refused: &Refused) {
        self.say(&refused.message());
    }

    fn joined(&mut self, ready: Result<Frame, CloseReason>, ctx: &mut Context<Self>) {
        match ready {
            Ok(ready) => {
                self.open(Some(ready), ctx);
                self.await_expiry(ctx);
            }
            Err(reason) => self.end(reason, ctx),
        }
    }

    /// Posts have a rate of their own, over all sockets of a person; everything else goes by the session's pace.
    fn may_say(&mut self, message: &ClientMessage, ctx: &mut Context<Self>) -> Result<(), Refusal> {
        if let ClientMessage::Post { .. } = message {
            let allowed = self.talk.desk.posts.check(self.talk.who.id());
            return allowed.inspect_err(|_| self.refused_for_haste(Instant::now(), ctx));
        }
        self.keeps_pace(ctx).map_err(slow_down)
    }

    fn take_up(&mut self, request: Request, ctx: &mut Context<Self>) {
        match request {
            Request::Act(r#ref, action) => {
                let reply = ReplyTo::Session { session: self.id, r#ref };
                if let Err(refusal) = self.talk.desk.chat.submit(self.talk.who.by(), action, reply) {
                    self.refuse(&Refused { r#ref: Some(r#ref), refusal });
                }
            }
            Request::Pull(pull) => match self.talk.within_reach(pull).and_then(|pull| self.talk.pulls.add(pull)) {
                Ok(()) => self.pull(ctx),
                Err(refused) => self.refuse(&refused),
            },
            Request::Refresh(r#ref, token) => self.refresh(r#ref, &token, ctx),
            Request::Typing(room) if !self.talk.may_type(room) => {}
            Request::Typing(room) => {
                self.talk.desk.chat.addr().do_send(Typing { by: self.talk.who.id(), session: Some(self.id), room });
            }
            Request::Pong(r#ref) => self.say(&ServerMessage::Pong { r#ref }),
        }
    }
}

impl Member {
    /// History of another room than the token's is that of a room that is not there. (What is resumed is only what the session hears.)
    fn within_reach(&self, pull: Pull) -> Result<Pull, Refused> {
        match (&pull, self.who.grant().room) {
            (Pull::History { r#ref, room, .. }, Some(only)) if *room != only => {
                Err(Refused { r#ref: Some(*r#ref), refusal: Refusal::not_found() })
            }
            (Pull::History { .. } | Pull::Resume { .. }, _) => Ok(pull),
        }
    }

    fn may_type(&self, room: RoomId) -> bool {
        let grant = self.who.grant();
        grant.access >= Access::Write && grant.room.is_none_or(|only| only == room)
    }

    /// A login session lives for as long as it is used, and a socket is a use of it.
    fn note_use(&mut self) {
        if self.noted.elapsed() >= NOTED_EVERY {
            self.noted = Instant::now();
            match self.who.credential() {
                Credential::Login(login) => self.desk.door.seen.saw(login),
                Credential::Token(token) => self.desk.door.seen.used(token, self.who.address(), None),
                Credential::Jwt(_) => {}
            }
        }
    }
}

impl Talk for Member {
    fn begin(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) {
        let (read, worker) = (session.talk.read.take(), session.relay.worker());
        let Self { who, desk, .. } = &session.talk;
        let joining = ready::join(session.id, who.clone(), read, worker, desk.clone(), ctx.address().recipient());
        ctx.spawn(joining.into_actor(session).map(|joined, session, ctx| session.joined(joined, ctx)));
    }

    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>) {
        let message = match requests::decode(&text) {
            Ok(message) => message,
            Err(refused) => {
                if session.keeps_pace(ctx).is_ok() {
                    session.refuse(&refused);
                }
                return;
            }
        };
        session.talk.note_use();
        let request = match session.may_say(&message, ctx) {
            Ok(()) => requests::parse(session.talk.who.id(), message, &session.talk.desk.limits),
            Err(refusal) => Err(Refused { r#ref: requests::ref_of(&text), refusal }),
        };
        match request {
            Ok(request) => session.take_up(request, ctx),
            Err(refused) => session.refuse(&refused),
        }
    }

    fn ended(&mut self, session: SessionId) {
        self.desk.chat.addr().do_send(Disconnect { session });
    }
}

fn slow_down(wait: Duration) -> Refusal {
    let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
    Refusal::of(Code::SlowDown, "This is too fast. Wait a moment.").retry_after_ms(milliseconds)
}
