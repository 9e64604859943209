//! How a session joins, so that nothing falls between what it reads and what it hears.
//!
//! Mostly its rooms were read along with its identity, and the centre lets it in at once if nothing has happened since that this reading
//! may lack. Otherwise it is known to the centre first, then it reads, then it hears.

use actix::Recipient;

use super::Desk;
use crate::auth::CurrentUser;
use crate::chat::Frame;
use crate::chat::commands::{Connect, Connected, End, Enter, WorkerId};
use crate::domain::{RoomId, Seq, SessionId};
use crate::protocol::{CloseReason, Ready, ServerMessage};
use crate::store::rooms::{self, OwnRooms};

/// Makes the session known and lets it hear its rooms. Answers the `ready` frame.
///
/// # Errors
/// Why the session must end instead.
pub(super) async fn join(
    session: SessionId,
    who: CurrentUser,
    along: Option<OwnRooms>,
    worker: WorkerId,
    desk: Desk,
    end: Recipient<End>,
) -> Result<Frame, CloseReason> {
    let centre = desk.chat.addr();
    let (credential, only) = (who.credential(), who.grant().room);
    let connect =
        Connect { session, user: who.id(), credential, only, worker, as_of: who.as_of(), end, read: along.as_ref().map(last_read) };
    let Connected { entered, as_of } = centre.send(connect).await.map_err(|_| CloseReason::Restarting)??;
    if let Some(read) = along.filter(|_| entered) {
        return Ok(ready(&desk, &who, read));
    }
    let mut read = read(&desk, &who).await?;
    let complete = centre.send(Enter { session, rooms: last_read(&read), as_of }).await.map_err(|_| CloseReason::Restarting)?;
    if !complete {
        // What happened between the reading and the entering is in the log by now, and what happens from here on is heard.
        read = self::read(&desk, &who).await?;
    }
    Ok(ready(&desk, &who, read))
}

fn last_read(read: &OwnRooms) -> Vec<(RoomId, Seq)> {
    read.rooms.iter().map(|membership| (membership.room.id, membership.room.last.seq)).collect()
}

async fn read(desk: &Desk, who: &CurrentUser) -> Result<OwnRooms, CloseReason> {
    let (user, only) = (who.id(), who.grant().room);
    let read = desk.store.read_promptly(move |conn| rooms::and_place(conn, user)).await;
    let mut read = read.map_err(|error| {
        tracing::warn!(%error, "a session could not read its rooms");
        CloseReason::Internal
    })?;
    read.rooms.retain(|membership| only.is_none_or(|only| membership.room.id == only));
    Ok(read)
}

fn ready(desk: &Desk, who: &CurrentUser, OwnRooms { rooms, place }: OwnRooms) -> Frame {
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
