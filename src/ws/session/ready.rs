//! How a session joins: it is known to the centre first, then it reads, then it hears, so that nothing falls between.

use actix::Recipient;

use super::Desk;
use crate::auth::CurrentUser;
use crate::chat::Frame;
use crate::chat::commands::{Connect, End, Enter, WorkerId};
use crate::domain::{Membership, SessionId};
use crate::protocol::{CloseReason, Ready, ServerMessage};
use crate::store::place::Place;
use crate::store::rooms;

/// Makes the session known, reads its rooms and enters them. Answers the `ready` frame.
///
/// # Errors
/// Why the session must end instead.
pub(super) async fn join(
    session: SessionId,
    who: CurrentUser,
    worker: WorkerId,
    desk: Desk,
    end: Recipient<End>,
) -> Result<Frame, CloseReason> {
    let centre = desk.chat.addr();
    let (credential, only) = (who.credential(), who.grant().room);
    let connect = Connect { session, user: who.id(), credential, only, worker, as_of: who.as_of(), end };
    let connected = centre.send(connect).await.map_err(|_| CloseReason::Restarting)??;
    let mut read = read(&desk, &who).await?;
    let rooms = read.rooms.iter().map(|membership| (membership.room.id, membership.room.last.seq)).collect();
    let complete = centre.send(Enter { session, rooms, as_of: connected.as_of }).await.map_err(|_| CloseReason::Restarting)?;
    if !complete {
        // What happened between the reading and the entering is in the log by now, and what happens from here on is heard.
        read = self::read(&desk, &who).await?;
    }
    Ok(ready(&desk, &who, read))
}

struct Read {
    rooms: Vec<Membership>,
    place: Place,
}

async fn read(desk: &Desk, who: &CurrentUser) -> Result<Read, CloseReason> {
    let (user, only) = (who.id(), who.grant().room);
    let read = desk.store.read(move |conn| rooms::and_place(conn, user)).await;
    match read {
        Ok((mut rooms, Some(place))) => {
            rooms.retain(|membership| only.is_none_or(|only| membership.room.id == only));
            Ok(Read { rooms, place })
        }
        Ok((_, None)) => {
            tracing::error!("there is a user and no place");
            Err(CloseReason::Internal)
        }
        Err(error) => {
            tracing::warn!(%error, "a session could not read its rooms");
            Err(CloseReason::Internal)
        }
    }
}

fn ready(desk: &Desk, who: &CurrentUser, Read { rooms, place }: Read) -> Frame {
    Frame::text(&ServerMessage::Ready(Box::new(Ready {
        me: who.user().clone(),
        rooms,
        place: place.name,
        sign_up: place.sign_up,
        epoch: place.epoch,
        limits: desk.limits.get_ref().clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: desk.assets.build(),
    })))
}
