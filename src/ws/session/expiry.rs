//! How long a session may last: to the end of its credential, unless the client comes with a fresh one before.

use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::requests::Refused;
use super::{Member, Session};
use crate::auth::credentials::Presented;
use crate::chat::commands::Refresh;
use crate::domain::{Code, Credential, Refusal, Timestamp};
use crate::protocol::{CloseReason, Ref, ServerMessage};
use crate::store::{Store, login_sessions};

/// A client is told so long before its credential ends.
const NOTICE: Duration = Duration::from_secs(60);

impl Session<Member> {
    /// Waits for the end of the credential. That of a sign-in moves while it is used, so it is read again when it has come; that of a
    /// token stands, so the client is told before.
    pub(super) fn await_expiry(&mut self, ctx: &mut Context<Self>) {
        for timer in self.talk.timers.drain(..) {
            ctx.cancel_future(timer);
        }
        let Some(at) = self.talk.who.expires_at() else { return };
        self.talk.timers.push(match self.talk.who.credential() {
            Credential::Login(_) => ctx.run_later(time_until(at), Self::read_expiry_again),
            Credential::Token(_) | Credential::Jwt(_) => {
                ctx.run_later(time_until(at), |session, ctx| session.end(CloseReason::Expired, ctx))
            }
        });
        if !matches!(self.talk.who.credential(), Credential::Login(_)) {
            let notice = ctx.run_later(time_until(at.before(NOTICE)), move |session, _| session.say(&ServerMessage::Expiring { at }));
            self.talk.timers.push(notice);
        }
    }

    fn read_expiry_again(&mut self, ctx: &mut Context<Self>) {
        let Credential::Login(login) = self.talk.who.credential() else { return };
        let store = self.talk.desk.store.clone();
        let expiry = async move { read_expiry(&store, login).await };
        ctx.spawn(expiry.into_actor(self).map(|expiry, session, ctx| match expiry {
            Ok(at) => {
                let again = ctx.run_later(time_until(at), Self::read_expiry_again);
                session.talk.timers.push(again);
            }
            Err(reason) => session.end(reason, ctx),
        }));
    }

    /// Goes on by another credential of the same person. One at a time: until it is proved, further ones are refused.
    pub(super) fn refresh(&mut self, r#ref: Ref, token: &str, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.talk.refreshing, true) {
            let refusal = Refusal::of(Code::SlowDown, "A fresh token is being looked at already.").retry_after_ms(1_000);
            return self.refuse(&Refused { r#ref: Some(r#ref), refusal });
        }
        let (presented, desk, who, session) = (Presented::for_socket(token), self.talk.desk.clone(), self.talk.who.clone(), self.id);
        let renewing = async move {
            // As at the handshake: the number first, then the credential.
            let as_of = desk.chat.revocation_number();
            let proof = desk.credentials.prove(&presented, who.address(), None).await.map_err(|refused| refused.refusal().clone())?;
            let fresh = who.refreshed(proof, as_of)?;
            let refresh = Refresh { session, credential: fresh.credential(), as_of };
            match desk.chat.addr().send(refresh).await {
                Ok(Ok(())) => Ok(fresh),
                Ok(Err(_)) => Err(Refusal::of(Code::Unauthenticated, "This token opens nothing any more.")),
                Err(_) => Err(Refusal::of(Code::Unavailable, "The server is stopping.")),
            }
        };
        ctx.spawn(renewing.into_actor(self).map(move |renewed, session, ctx| {
            session.talk.refreshing = false;
            match renewed {
                Ok(fresh) => {
                    let expires_at = fresh.expires_at();
                    session.talk.who = fresh;
                    session.await_expiry(ctx);
                    session.say(&ServerMessage::Refreshed { r#ref, expires_at });
                }
                Err(refusal) => session.refuse(&Refused { r#ref: Some(r#ref), refusal }),
            }
        }));
    }
}

fn time_until(at: Timestamp) -> Duration {
    let micros = at.micros().saturating_sub(Timestamp::now().micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// When the login session ends now; a reason to close where it has, or where nobody can tell: a client that connects again is asked
/// who it is again.
async fn read_expiry(store: &Store, login: crate::domain::LoginSessionId) -> Result<Timestamp, CloseReason> {
    match store.read_promptly(move |conn| login_sessions::expiry(conn, login)).await {
        Ok(Some(at)) if at > Timestamp::now() => Ok(at),
        Ok(_) => Err(CloseReason::Expired),
        Err(error) => {
            tracing::warn!(%error, "could not read when a login session expires");
            Err(CloseReason::Internal)
        }
    }
}
