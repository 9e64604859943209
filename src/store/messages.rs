//! Pages of messages.

use diesel::prelude::*;

use super::connection::on_either;
use super::rows::MessageRow;
use super::schema::{memberships, messages};
use super::{Connection, StoreError, rooms, rows};
use crate::domain::{ClientId, Cursor, Message, Number, Room, RoomId, UserId};

/// Which messages of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageAt {
    Newest,
    Before(Number),
    After(Number),
    /// Half of them up to this one, half after it.
    Around(Number),
}

/// Some messages in a row, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePage {
    pub messages: Vec<Message>,
    pub has_older: bool,
    pub has_newer: bool,
    /// The end of the room's log in the same snapshot: the page contains what every event up to it did.
    pub cursor: Cursor,
}

/// Most messages of one page.
pub const MOST: u32 = 200;

/// A page of a room that `by` is in: at least one message where there are any, at most `limit`, never more than [`MOST`].
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound): not in it, or there is none.
pub fn page(conn: &mut Connection, by: UserId, room: RoomId, at: PageAt, limit: u32) -> Result<MessagePage, StoreError> {
    let limit = limit.clamp(1, MOST) as usize;
    let facts = rooms::membership(conn, by, room)?.room;
    let last = facts.last_number;
    let mut page = match at {
        PageAt::Newest => MessagePage { has_newer: false, ..older_page(up_to(conn, by, &facts, last, limit)?, facts.last) },
        PageAt::Before(number) => {
            let older = up_to(conn, by, &facts, Number(number.0.saturating_sub(1)), limit)?;
            MessagePage { has_newer: last >= number, ..older_page(older, facts.last) }
        }
        PageAt::After(number) => {
            let newer = after(conn, by, room, number, limit)?;
            MessagePage { has_older: last > Number(0) && number > Number(0), ..newer_page(newer, facts.last) }
        }
        PageAt::Around(number) => {
            let (mut older, mut newer) = (up_to(conn, by, &facts, number, limit)?, after(conn, by, room, number, limit)?);
            // Where one half is short the other one is long.
            newer.cut(limit.saturating_sub(older.messages.len()).max(limit / 2));
            older.cut(limit - newer.messages.len());
            let mut page = older_page(older, facts.last);
            page.messages.extend(newer.messages);
            MessagePage { has_newer: newer.more, ..page }
        }
    };
    page.messages.shrink_to_fit();
    Ok(page)
}

/// Messages going away from a point, and whether there are more that way.
struct Run {
    messages: Vec<Message>,
    more: bool,
}

impl Run {
    fn of(rows: Vec<MessageRow>, limit: usize) -> Result<Self, StoreError> {
        let mut run = Self { messages: rows.into_iter().map(MessageRow::into_message).collect::<Result<_, _>>()?, more: false };
        run.cut(limit);
        Ok(run)
    }

    fn cut(&mut self, limit: usize) {
        self.more |= self.messages.len() > limit;
        self.messages.truncate(limit);
    }
}

fn older_page(mut run: Run, cursor: Cursor) -> MessagePage {
    run.messages.reverse();
    MessagePage { messages: run.messages, has_older: run.more, has_newer: false, cursor }
}

fn newer_page(run: Run, cursor: Cursor) -> MessagePage {
    MessagePage { messages: run.messages, has_older: false, has_newer: run.more, cursor }
}

/// Down from a number, itself included. One more than asked for tells whether there are more.
///
/// A message is found by its place in the log. At that of number `n` the log still has at least as many events to come as the room has
/// messages after `n`; so the search begins where `n` is, or that many other events after it.
fn up_to(conn: &mut Connection, by: UserId, room: &Room, number: Number, limit: usize) -> Result<Run, StoreError> {
    let to_come = room.last_number.0.saturating_sub(number.0).max(0);
    let rows: Vec<MessageRow> = messages::table
        .inner_join(memberships::table.on(memberships::room_id.eq(messages::room_id)))
        .filter(memberships::user_id.eq(by.get()))
        .filter(messages::room_id.eq(room.id.get()).and(messages::number.le(number.0)))
        .filter(messages::seq.le(room.last.seq.0.saturating_sub(to_come)))
        .order(messages::seq.desc())
        .limit(limit as i64 + 1)
        .select(MessageRow::as_select())
        .load(conn)?;
    Run::of(rows, limit)
}

/// Up from a number, itself not included. No message's place in the log is before its number.
fn after(conn: &mut Connection, by: UserId, room: RoomId, number: Number, limit: usize) -> Result<Run, StoreError> {
    let rows: Vec<MessageRow> = messages::table
        .inner_join(memberships::table.on(memberships::room_id.eq(messages::room_id)))
        .filter(memberships::user_id.eq(by.get()))
        .filter(messages::room_id.eq(room.get()).and(messages::number.gt(number.0)))
        .filter(messages::seq.gt(number.0))
        .order(messages::seq.asc())
        .limit(limit as i64 + 1)
        .select(MessageRow::as_select())
        .load(conn)?;
    Run::of(rows, limit)
}

/// What an author's message with this `client_id` is, and where in the log, where there is one already.
pub(super) fn first_try(
    conn: &mut Connection,
    room: RoomId,
    author: UserId,
    client_id: ClientId,
) -> Result<Option<(Message, Cursor)>, StoreError> {
    let uuid = client_id.uuid();
    let same = messages::table
        .filter(messages::room_id.eq(room.get()))
        .filter(messages::author_id.eq(author.get()))
        .filter(messages::client_id.eq(&uuid.as_bytes()[..]));
    let found: Option<(MessageRow, i64)> =
        on_either!(conn, conn => same.select((MessageRow::as_select(), messages::tag)).get_result(conn)).optional()?;
    found.map(|(row, tag)| rows::cursor(row.seq, tag).and_then(|cursor| Ok((row.into_message()?, cursor)))).transpose()
}
