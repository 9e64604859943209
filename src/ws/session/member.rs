//! A session of the product: someone whose identity is proved, talking to the centre.

use std::time::{Duration, Instant};

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use actix_web::HttpRequest;
use actix_web::web::{Data, Payload};

use super::pulls::Pulls;
use super::ready;
use super::requests::{self, Refused, Request};
use super::{Session, Talk};
use crate::assets::Assets;
use crate::auth::{CurrentUser, Door, PostRate};
use crate::chat::commands::{Act, Disconnect, ReplyTo, Typing};
use crate::chat::{Chat, Frame};
use crate::domain::{Code, Credential, Limits, Refusal, SessionId, Timestamp};
use crate::protocol::{ClientMessage, CloseReason, ServerMessage};
use crate::store::{Store, login_sessions};
use crate::ws::addresses::Place;
use crate::ws::outbox::OutboxBody;
use crate::ws::relay::RelayHandle;

/// What a session works with: the application's data.
#[derive(Clone)]
pub struct Desk {
    pub store: Data<Store>,
    pub chat: Data<Chat>,
    pub limits: Data<Limits>,
    pub posts: Data<PostRate>,
    pub door: Data<Door>,
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
            assets: request.app_data::<Data<Assets>>()?.clone(),
        })
    }
}

/// The person at the other end, and what waits for them.
pub struct Member {
    pub(super) who: CurrentUser,
    pub(super) desk: Desk,
    pub(super) pulls: Pulls,
    /// When the login session was last noted as being in use.
    noted: Instant,
    /// Counts among the sockets of its address.
    _place: Place,
}

/// How often a socket that is talked over notes that its login session is in use.
const NOTED_EVERY: Duration = Duration::from_secs(60);

impl Session<Member> {
    /// Starts the session of someone whose identity is proved. There is no other way to one: a [`CurrentUser`] comes from the
    /// extractor only.
    pub fn of(who: CurrentUser, place: Place, desk: Desk, relay: RelayHandle, payload: Payload) -> OutboxBody {
        let limits = desk.limits.clone();
        // The handshake itself has just been noted.
        Self::start(Member { who, desk, pulls: Pulls::default(), noted: Instant::now(), _place: place }, payload, &limits, relay)
    }

    fn say(&self, message: &ServerMessage) {
        self.push(Frame::text(message));
    }

    fn refuse(&self, refused: &Refused) {
        self.say(&refused.message());
    }

    fn joined(&mut self, ready: Result<Frame, CloseReason>, ctx: &mut Context<Self>) {
        match ready {
            Ok(ready) => {
                self.open(Some(ready), ctx);
                self.relay.ask_presence(self.id);
                self.await_expiry(self.talk.who.expires_at(), ctx);
            }
            Err(reason) => self.end(reason, ctx),
        }
    }

    /// At the deadline the stored expiry is read again, for it moves while the login session is used.
    fn await_expiry(&self, at: Timestamp, ctx: &mut Context<Self>) {
        ctx.run_later(time_until(at), |session, ctx| {
            let (store, credential) = (session.talk.desk.store.clone(), session.talk.who.credential());
            let expiry = async move { read_expiry(&store, credential).await };
            ctx.spawn(expiry.into_actor(session).map(|expiry, session, ctx| match expiry {
                Ok(at) => session.await_expiry(at, ctx),
                Err(reason) => session.end(reason, ctx),
            }));
        });
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
                self.talk.desk.chat.addr().do_send(Act { by: self.talk.who.by(), action, reply });
            }
            Request::Pull(pull) => match self.talk.pulls.add(pull) {
                Ok(()) => self.pull(ctx),
                Err(refused) => self.refuse(&refused),
            },
            Request::Typing(room) => {
                self.talk.desk.chat.addr().do_send(Typing { by: self.talk.who.id(), session: Some(self.id), room });
            }
            Request::Pong(r#ref) => self.say(&ServerMessage::Pong { r#ref }),
        }
    }
}

impl Member {
    /// A login session lives for as long as it is used, and a socket is a use of it.
    fn note_use(&mut self) {
        if self.noted.elapsed() >= NOTED_EVERY {
            self.noted = Instant::now();
            if let Credential::Login(login) = self.who.credential() {
                self.desk.door.seen.saw(login);
            }
        }
    }
}

impl Talk for Member {
    fn begin(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) {
        let Self { who, desk, .. } = &session.talk;
        let joining = ready::join(session.id, who.clone(), session.relay.worker(), desk.clone(), ctx.address().recipient());
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

fn time_until(at: Timestamp) -> Duration {
    let micros = at.micros().saturating_sub(Timestamp::now().micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// When the credential ends now; a reason to close where it has, or where nobody can tell: a client that connects again is asked
/// who it is again.
async fn read_expiry(store: &Store, credential: Credential) -> Result<Timestamp, CloseReason> {
    let Credential::Login(login) = credential else {
        // The end of a token is written in it, and does not move.
        return Err(CloseReason::Expired);
    };
    match store.read(move |conn| login_sessions::expiry(conn, login)).await {
        Ok(Some(at)) if at > Timestamp::now() => Ok(at),
        Ok(_) => Err(CloseReason::Expired),
        Err(error) => {
            tracing::warn!(%error, "could not read when a login session expires");
            Err(CloseReason::Internal)
        }
    }
}
