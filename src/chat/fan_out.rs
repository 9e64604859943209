//! What the centre tells the relays.

use actix::Message;

use super::Frame;
use crate::domain::{RoomId, SessionId};

/// One thing for a relay to do.
#[derive(Debug, Clone)]
pub enum Step {
    /// From here on this session hears the room's events.
    Subscribe { session: SessionId, room: RoomId },
    /// From here on it does not; frames held for it and pages in flight for that room are dropped.
    Unsubscribe { session: SessionId, room: RoomId },
    /// Events of the room are held back for this session until its replay has been pushed (`Relay::release`).
    Hold { session: SessionId, room: RoomId },
    /// An event, to every session subscribed to the room.
    Event { room: RoomId, frame: Frame },
    /// A reply, or a push that only this session gets.
    Reply { session: SessionId, frame: Frame },
    /// Typing: best effort, to every session subscribed to the room but one; dropped where the outbox is half full.
    Ephemeral { room: RoomId, except: Option<SessionId>, frame: Frame },
    /// Who is online, to this session; differences follow from here on.
    Snapshot { session: SessionId, frame: Frame },
    /// A presence difference, to every session of the relay that has had its snapshot. Where the outbox is half full it is dropped
    /// and the session marked, and a snapshot is asked for later (`commands::AskPresence`).
    Presence { frame: Frame },
}

/// One batch of steps for one relay, in order. The centre sends one of these per worker for everything it has at hand.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FanOut(pub Vec<Step>);
