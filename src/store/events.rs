//! Reading the log again.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::connection::MultiBackend;
use super::schema::{memberships, rooms};
use super::{Connection, StoreError, rows};
use crate::domain::{Cursor, Event, LogEntry, Message, MessageId, Number, RoomId, Seq, Timestamp, UserId};

/// What came of a cursor: all that was missed, or a clear no. Never a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// Everything after the cursor without a gap, and the cursor reached.
    Entries(Vec<LogEntry>, Cursor),
    /// The cursor is of another history, or too far behind: start the room over.
    Reset,
    /// Not in it, or there is none.
    Hidden,
}

/// What a person missed in several rooms: each from its cursor up to a `seq`, in the order asked for. Further behind than
/// `limit_per_room` is a reset, and so is a room that is asked for again in the same call.
///
/// # Errors
/// What the database answers.
pub fn replay(
    conn: &mut Connection,
    by: UserId,
    asked: &[(RoomId, Cursor, Seq)],
    limit_per_room: usize,
) -> Result<Vec<(RoomId, Replay)>, StoreError> {
    let ends = ends(conn, by, asked)?;
    let windows: Vec<Window> = asked.iter().filter_map(|(room, after, up_to)| Window::of(*room, *after, *up_to, ends.get(room)?)).collect();
    let wanted: Vec<&Window> = windows.iter().filter(|window| window.missed() <= limit_per_room as i64).collect();
    let mut found = load(conn, by, &wanted)?;
    asked
        .iter()
        .map(|(room, after, up_to)| {
            let Some(end) = ends.get(room) else {
                return Ok((*room, Replay::Hidden));
            };
            let window = Window::of(*room, *after, *up_to, end).filter(|window| window.missed() <= limit_per_room as i64);
            let Some(window) = window else {
                return Ok((*room, Replay::Reset));
            };
            Ok((*room, window.check(found.remove(room).unwrap_or_default())))
        })
        .collect()
}

/// The next entries of one room after a cursor: at most `most`, and none beyond `up_to`.
///
/// # Errors
/// What the database answers.
pub fn page(conn: &mut Connection, by: UserId, room: RoomId, after: Cursor, up_to: Seq, most: usize) -> Result<Replay, StoreError> {
    let up_to = Seq(up_to.0.min(after.seq.0.saturating_add(i64::try_from(most).unwrap_or(i64::MAX))));
    let mut all = replay(conn, by, &[(room, after, up_to)], most)?;
    Ok(all.pop().map_or(Replay::Hidden, |(_, replay)| replay))
}

/// The ends of the logs of those rooms that `by` is in.
fn ends(conn: &mut Connection, by: UserId, asked: &[(RoomId, Cursor, Seq)]) -> Result<HashMap<RoomId, Seq>, StoreError> {
    let ids: Vec<i64> = asked.iter().map(|(room, _, _)| room.get()).collect();
    let ends: Vec<(i64, i64)> = memberships::table
        .inner_join(rooms::table)
        .filter(memberships::user_id.eq(by.get()).and(memberships::room_id.eq_any(ids)))
        .select((rooms::id, rooms::last_seq))
        .load(conn)?;
    Ok(ends.into_iter().map(|(room, last)| (RoomId::new(room), Seq(last))).collect())
}

/// The part of a log to be read: the cursor's own entry, for its tag, and what follows.
#[derive(Clone, Copy)]
struct Window {
    room: RoomId,
    after: Cursor,
    last: Seq,
}

impl Window {
    /// `None` for a cursor that this log has never reached.
    fn of(room: RoomId, after: Cursor, up_to: Seq, end: &Seq) -> Option<Self> {
        let possible = after == Cursor::default() || after.seq > Seq(0);
        (possible && after.seq <= *end).then(|| Self { room, after, last: up_to.min(*end).max(after.seq) })
    }

    fn missed(&self) -> i64 {
        self.last.0 - self.after.seq.0
    }

    /// The tag must be the cursor's, and no entry may be missing.
    fn check(&self, mut entries: Vec<LogEntry>) -> Replay {
        if self.after.seq > Seq(0) {
            let own = Some(self.after);
            if entries.first().map(cursor_of) != own {
                return Replay::Reset;
            }
            entries.remove(0);
        }
        let whole = entries.iter().zip(self.after.seq.0 + 1..).all(|(entry, seq)| entry.seq.0 == seq);
        if !whole || entries.len() as i64 != self.missed() {
            return Replay::Reset;
        }
        let reached = entries.last().map_or(self.after, cursor_of);
        Replay::Entries(entries, reached)
    }
}

fn cursor_of(entry: &LogEntry) -> Cursor {
    Cursor { seq: entry.seq, tag: entry.tag }
}

/// One query for all windows. The membership is asked for in the same statement.
fn load(conn: &mut Connection, by: UserId, windows: &[&Window]) -> Result<HashMap<RoomId, Vec<LogEntry>>, StoreError> {
    if windows.is_empty() {
        return Ok(HashMap::new());
    }
    // Both databases take $1, $2 and so on where they first occur in this order.
    let values: Vec<String> = (0..windows.len()).map(|n| format!("(${}, ${}, ${})", 3 * n + 1, 3 * n + 2, 3 * n + 3)).collect();
    let sql = format!(
        "WITH asked (room_id, first_seq, last_seq) AS (VALUES {}) \
         SELECT e.room_id, e.seq, e.tag, e.at, e.actor_id, e.body, m.id AS message_id, m.number, m.author_id, m.client_id, \
                m.body AS text, m.html, m.at AS posted_at \
         FROM asked a \
         JOIN memberships p ON p.room_id = a.room_id AND p.user_id = ${} \
         JOIN events e ON e.room_id = a.room_id AND e.seq BETWEEN a.first_seq AND a.last_seq \
         LEFT JOIN messages m ON m.id = e.message_id \
         ORDER BY e.room_id, e.seq",
        values.join(", "),
        3 * windows.len() + 1
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    for window in windows {
        query = query.bind::<BigInt, _>(window.room.get()).bind::<BigInt, _>(window.after.seq.0).bind::<BigInt, _>(window.last.0);
    }
    let rows: Vec<EventRow> = query.bind::<BigInt, _>(by.get()).load(conn)?;
    let mut found: HashMap<RoomId, Vec<LogEntry>> = HashMap::with_capacity(windows.len());
    for row in rows {
        let entry = row.into_entry()?;
        found.entry(entry.room).or_default().push(entry);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = BigInt)]
    room_id: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    tag: i64,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    actor_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(embed)]
    message: Option<PostedRow>,
}

/// The message of a posted event, as it is now.
#[derive(QueryableByName)]
struct PostedRow {
    #[diesel(sql_type = BigInt)]
    message_id: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = BigInt)]
    author_id: i64,
    #[diesel(sql_type = Binary)]
    client_id: Vec<u8>,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Text)]
    html: String,
    #[diesel(sql_type = BigInt)]
    posted_at: i64,
}

impl EventRow {
    fn into_entry(self) -> Result<LogEntry, StoreError> {
        let room = RoomId::new(self.room_id);
        let event = match (self.message, self.body) {
            (Some(posted), _) => Event::Posted {
                message: Message {
                    id: MessageId::new(posted.message_id),
                    room,
                    number: Number(posted.number),
                    seq: Seq(self.seq),
                    author: UserId::new(posted.author_id),
                    client_id: rows::client_id(&posted.client_id)?,
                    body: posted.text,
                    html: posted.html,
                    at: Timestamp::from_micros(posted.posted_at),
                },
            },
            (None, Some(body)) => serde_json::from_str(&body)
                .map_err(|error| StoreError::broken(format!("event {} of room {room} cannot be read: {error}", self.seq)))?,
            (None, None) => return Err(StoreError::broken(format!("event {} of room {room} says nothing", self.seq))),
        };
        Ok(LogEntry {
            room,
            seq: Seq(self.seq),
            tag: rows::tag(self.tag)?,
            at: Timestamp::from_micros(self.at),
            by: self.actor_id.map(UserId::new),
            event,
        })
    }
}
