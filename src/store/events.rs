//! Reading the log again.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::connection::MultiBackend;
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
    let mut found = load(conn, by, asked, i64::try_from(limit_per_room).unwrap_or(i64::MAX))?;
    Ok(asked
        .iter()
        .map(|(room, after, up_to)| match found.get_mut(room) {
            None => (*room, Replay::Hidden),
            Some(Log { end, entries }) => {
                let window = Window::of(*after, *up_to, *end).filter(|window| window.missed() <= limit_per_room as i64);
                let entries = entries.take();
                (*room, window.zip(entries).map_or(Replay::Reset, |(window, entries)| window.check(entries)))
            }
        })
        .collect())
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

/// The part of a log to be read: the cursor's own entry, for its tag, and what follows.
#[derive(Clone, Copy)]
struct Window {
    after: Cursor,
    last: Seq,
}

impl Window {
    /// `None` for a cursor that this log has never reached.
    fn of(after: Cursor, up_to: Seq, end: Seq) -> Option<Self> {
        (is_possible(after) && after.seq <= end).then(|| Self { after, last: up_to.min(end).max(after.seq) })
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

/// No log has an event before its first.
fn is_possible(after: Cursor) -> bool {
    after == Cursor::default() || after.seq > Seq(0)
}

/// What was found of one room that `by` is in.
struct Log {
    end: Seq,
    /// The entries of its window; taken by the first who asked for this room.
    entries: Option<Vec<LogEntry>>,
}

/// One statement for all rooms, the messages and the other events of each, its end, and the membership in it. Of a room that is further
/// behind than `limit` no entry is read.
fn load(conn: &mut Connection, by: UserId, asked: &[(RoomId, Cursor, Seq)], limit: i64) -> Result<HashMap<RoomId, Log>, StoreError> {
    let mut windows: Vec<&(RoomId, Cursor, Seq)> = asked.iter().collect();
    windows.sort_by_key(|(room, ..)| *room);
    windows.dedup_by_key(|(room, ..)| *room);
    if windows.is_empty() {
        return Ok(HashMap::new());
    }
    // Both databases take $1, $2 and so on where they first occur in this order.
    let values: Vec<String> = (0..windows.len()).map(|n| format!("(${}, ${}, ${})", 3 * n + 1, 3 * n + 2, 3 * n + 3)).collect();
    let sql = format!(
        "WITH asked (room_id, first_seq, up_to) AS (VALUES {}), \
         windows AS (SELECT of_room, last_seq, first_seq, CASE WHEN last - first_seq <= ${} THEN last ELSE first_seq - 1 END AS last FROM \
             (SELECT r.id AS of_room, r.last_seq, a.first_seq, CASE WHEN a.up_to < r.last_seq THEN a.up_to ELSE r.last_seq END AS last \
              FROM asked a JOIN memberships p ON p.room_id = a.room_id AND p.user_id = ${} JOIN rooms r ON r.id = a.room_id) AS heard) \
         SELECT of_room, last_seq, seq, tag, at, author_id AS by, id AS message_id, number, client_id, body AS text, html, NULL AS body \
             FROM windows JOIN messages ON room_id = of_room AND seq BETWEEN first_seq AND last \
         UNION ALL SELECT of_room, last_seq, seq, tag, at, actor_id, NULL, NULL, NULL, NULL, NULL, body \
             FROM windows JOIN events ON room_id = of_room AND seq BETWEEN first_seq AND last \
         UNION ALL SELECT of_room, last_seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM windows \
         ORDER BY of_room, seq",
        values.join(", "),
        3 * windows.len() + 1,
        3 * windows.len() + 2
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    for (room, after, up_to) in windows {
        // The difference of the two must be a number too, whatever a client sends.
        let (first, up_to) = if is_possible(*after) { (after.seq.0, up_to.0.max(after.seq.0)) } else { (0, -1) };
        query = query.bind::<BigInt, _>(room.get()).bind::<BigInt, _>(first).bind::<BigInt, _>(up_to);
    }
    let rows: Vec<WindowRow> = query.bind::<BigInt, _>(limit).bind::<BigInt, _>(by.get()).load(conn)?;
    let mut found: HashMap<RoomId, Log> = HashMap::new();
    for WindowRow { of_room, last_seq, event } in rows {
        let log = found.entry(RoomId::new(of_room)).or_insert_with(|| Log { end: Seq(last_seq), entries: Some(Vec::new()) });
        if let (Some(entries), Some(event)) = (&mut log.entries, event) {
            entries.push(event.into_entry(RoomId::new(of_room))?);
        }
    }
    Ok(found)
}

/// The end of a room's log, and an entry of its window where there is one.
#[derive(QueryableByName)]
struct WindowRow {
    #[diesel(sql_type = BigInt)]
    of_room: i64,
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
    #[diesel(embed)]
    event: Option<EventRow>,
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    tag: i64,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    by: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(embed)]
    message: Option<PostedRow>,
}

/// What only a message has. The rest of it is its event's.
#[derive(QueryableByName)]
struct PostedRow {
    #[diesel(sql_type = BigInt)]
    message_id: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Binary)]
    client_id: Vec<u8>,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Text)]
    html: String,
}

impl EventRow {
    fn into_entry(self, room: RoomId) -> Result<LogEntry, StoreError> {
        let (at, by) = (Timestamp::from_micros(self.at), self.by.map(UserId::new));
        let event = match (self.message, by, self.body) {
            (Some(posted), Some(author), _) => Event::Posted {
                message: Message {
                    id: MessageId::new(posted.message_id),
                    room,
                    number: Number(posted.number),
                    seq: Seq(self.seq),
                    author,
                    client_id: rows::client_id(&posted.client_id)?,
                    body: posted.text,
                    html: posted.html,
                    at,
                },
            },
            (None, _, Some(body)) => serde_json::from_str(&body)
                .map_err(|error| StoreError::broken(format!("event {} of room {room} cannot be read: {error}", self.seq)))?,
            _ => return Err(StoreError::broken(format!("event {} of room {room} says nothing", self.seq))),
        };
        Ok(LogEntry { room, seq: Seq(self.seq), tag: rows::tag(self.tag)?, at, by, event })
    }
}
