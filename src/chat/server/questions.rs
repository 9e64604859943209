//! What the centre is asked and answers at once, and what it passes on without keeping it.

use std::time::Instant;

use actix::prelude::*;

use super::ChatServer;
use crate::chat::commands::{Alive, AskPresence, OpenSockets, Typing, WhoIsOnline};
use crate::chat::{Frame, Step};
use crate::protocol::ServerMessage;

impl Handler<Typing> for ChatServer {
    type Result = ();

    fn handle(&mut self, Typing { by, session, room }: Typing, _: &mut Self::Context) {
        let may = match session {
            Some(session) => self.sessions.hears(session, room),
            None => self.sessions.of_user(by).iter().any(|session| self.sessions.hears(*session, room)),
        };
        if may {
            let frame = Frame::text(&ServerMessage::Typing { room, user: by });
            self.relays.push_to_all(&Step::Ephemeral { room, except: session, frame });
            self.relays.send();
        }
    }
}

impl Handler<WhoIsOnline> for ChatServer {
    type Result = MessageResult<WhoIsOnline>;

    fn handle(&mut self, _: WhoIsOnline, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.presence.online())
    }
}

impl Handler<OpenSockets> for ChatServer {
    type Result = MessageResult<OpenSockets>;

    fn handle(&mut self, OpenSockets { credentials }: OpenSockets, _: &mut Self::Context) -> Self::Result {
        MessageResult(credentials.into_iter().map(|credential| self.sessions.of_credential(credential)).collect())
    }
}

impl Handler<Alive> for ChatServer {
    type Result = MessageResult<Alive>;

    fn handle(&mut self, _: Alive, _: &mut Self::Context) -> Self::Result {
        MessageResult(Instant::now())
    }
}

impl Handler<AskPresence> for ChatServer {
    type Result = ();

    fn handle(&mut self, AskPresence { session }: AskPresence, _: &mut Self::Context) {
        self.tell_presence(session);
        self.relays.send();
    }
}
