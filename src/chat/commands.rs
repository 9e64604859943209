//! The centre's mailbox: everything that can be asked of [`ChatServer`](super).

use std::time::Instant;

use actix::{Message, Recipient};
use tokio::sync::oneshot;

use super::{FanOut, Frame};
use crate::domain::{Credential, Cursor, Outcome, Refusal, RoomId, Seq, SessionId, UserId};
use crate::protocol::{CloseReason, Ref};
use crate::store::revocations::Stored;

/// Which worker thread, and so which relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkerId(u32);

impl WorkerId {
    /// The next unused number.
    pub fn next() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// How many revocations, and changes to people's rooms, this node had applied when a credential was about to be read. See [`Connect`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevocationNumber(pub u64);

/// A worker has started its relay. Sent before the worker takes its first socket, so that it arrives before any [`Connect`] from there.
#[derive(Message)]
#[rtype(result = "()")]
pub struct AttachRelay {
    pub worker: WorkerId,
    pub relay: Recipient<FanOut>,
}

/// A session whose user is proved asks to be known.
///
/// `as_of` was read before the credential was. A revocation that was applied since and matches refuses the session here; one that comes
/// later finds it in the index. So nothing slips through between the check and the registration.
///
/// Where the rooms were read together with the credential the session enters them at once, unless anything has happened since that the
/// reading may lack.
#[derive(Message)]
#[rtype(result = "Result<Connected, CloseReason>")]
pub struct Connect {
    pub session: SessionId,
    pub user: UserId,
    pub credential: Credential,
    /// The only room that the credential opens.
    pub only: Option<RoomId>,
    pub worker: WorkerId,
    pub as_of: RevocationNumber,
    /// The session's own mailbox, to end it.
    pub end: Recipient<End>,
    /// Rooms that were read after `as_of`, each with the last `seq` that was read.
    pub read: Option<Vec<(RoomId, Seq)>>,
}

/// A session goes on by a fresh credential, which was proved after `as_of`. Refused as [`Connect`] would be; then the session still
/// belongs to the one before.
#[derive(Message)]
#[rtype(result = "Result<(), CloseReason>")]
pub struct Refresh {
    pub session: SessionId,
    pub credential: Credential,
    pub as_of: RevocationNumber,
}

/// A registered session.
#[derive(Debug, Clone, Copy)]
pub struct Connected {
    /// Whether it has entered the rooms that were read. Else it may now read them, and [`Enter`] them with this number.
    pub entered: bool,
    pub as_of: RevocationNumber,
}

/// To a session: close with this reason, then stop.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct End {
    pub reason: CloseReason,
}

/// Subscribes a session to the rooms it has read from the database, each with the last `seq` it read.
///
/// Answers whether the reading is complete: `false` where an event later than what was read has been fanned out already, so that
/// the session reads once more. Rooms that the user has left since `as_of` are not entered. Who is online is told along with it.
///
/// From here on events reach the outbox, before `ready` does: the session keeps its outbox corked and pushes `ready` in front of them.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Enter {
    pub session: SessionId,
    pub rooms: Vec<(RoomId, Seq)>,
    pub as_of: RevocationNumber,
}

/// Asks the relay to hold these rooms' events back for the session while it replays what came after these cursors. Answers for each
/// room it is subscribed to.
#[derive(Message)]
#[rtype(result = "Vec<Held>")]
pub struct Hold {
    pub session: SessionId,
    pub rooms: Vec<(RoomId, Cursor)>,
    /// Bytes of missed events that the answer may have, of all rooms together.
    pub most: usize,
}

/// A room whose events are held back for a session.
#[derive(Debug)]
pub struct Held {
    pub room: RoomId,
    pub cursor: Cursor,
    /// The last event that was fanned out before the hold: the replay goes up to there. `None`: nothing was fanned out since the start
    /// of this process, so the replay goes up to the end of the log.
    pub up_to: Option<Cursor>,
    /// Everything between the two, where the centre still has it.
    pub missed: Option<Vec<Frame>>,
}

/// Sends this session a presence snapshot, and differences from then on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct AskPresence {
    pub session: SessionId,
}

/// The session is gone. Sent from `stopped()`, which also runs while unwinding.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Disconnect {
    pub session: SessionId,
}

/// Where an answer goes.
#[derive(Debug)]
pub enum ReplyTo {
    /// A request over a socket.
    Session { session: SessionId, r#ref: Ref },
    /// A request over HTTP.
    Caller(oneshot::Sender<Result<Outcome, Refusal>>),
}

/// Someone is typing in a room; ignored where none of their sessions hears that room.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Typing {
    pub by: UserId,
    pub session: Option<SessionId>,
    pub room: RoomId,
}

/// Applies revocations that were read from the database. Those that have been applied before are known by their ids.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Revoke(pub Vec<Stored>);

/// Who is online now.
#[derive(Message)]
#[rtype(result = "Vec<UserId>")]
pub struct WhoIsOnline;

/// How many sockets each of these credentials has open.
#[derive(Message)]
#[rtype(result = "Vec<usize>")]
pub struct OpenSockets {
    pub credentials: Vec<Credential>,
}

/// Readiness: the centre answers.
#[derive(Message)]
#[rtype(result = "Instant")]
pub struct Alive;

/// Ends every session with *restarting* and takes no new one.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Stop;

/// The writer has committed a transaction.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Committed(pub crate::store::Committed);
