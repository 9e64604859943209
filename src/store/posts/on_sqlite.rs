//! How SQLite stores posts: there are no round trips to be saved, so each statement does one thing and stays prepared.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::{Given, Placed, RoomShare};
use crate::domain::{RoomId, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::prepared::{NextMessages, ReadUpTo};
use crate::store::schema::{messages, rooms as all_rooms};

/// Stores them and answers what they were given, in order.
pub fn store(sqlite: &mut SqliteConnection, posts: &[Placed<'_>], rooms: &[RoomShare], at: Timestamp) -> Result<Vec<Given>, StoreError> {
    // Where each room's numbering stood before, and the newest message. It is read first because RETURNING makes a table of its own each
    // time.
    let newest_message = messages::table.select(max(messages::id)).single_value();
    let mut before: HashMap<RoomId, (i64, i64)> = HashMap::with_capacity(rooms.len());
    let mut newest = 0;
    for share in rooms {
        let next = NextMessages { room: share.room.get(), count: share.count, tag: i64::from(share.last_tag.0), at: at.micros() };
        let stood: Option<(i64, i64, Option<i64>)> = all_rooms::table
            .find(share.room.get())
            .select((all_rooms::last_seq, all_rooms::last_number, newest_message))
            .get_result(sqlite)
            .optional()?;
        if let Some((seq, number, message)) = stood {
            next.execute(sqlite)?;
            before.insert(share.room, (seq, number));
            newest = message.unwrap_or(0);
        }
    }
    let mut read: HashMap<(RoomId, UserId), i64> = HashMap::with_capacity(posts.len());
    let mut given = Vec::with_capacity(posts.len());
    // The ids that SQLite would give them itself. It holds the write lock, so nobody else can.
    for (placed, id) in posts.iter().zip(newest + 1..) {
        let Some((seq, number)) = before.get(&placed.post.room).map(|(seq, number)| (seq + placed.place, number + placed.place)) else {
            continue;
        };
        message(sqlite, placed, id, seq, number, at)?;
        read.insert((placed.post.room, placed.post.author), number);
        given.push(Given { id, seq, number });
    }
    for ((room, user), number) in read {
        ReadUpTo { room: room.get(), user: user.get(), number }.execute(sqlite)?;
    }
    Ok(given)
}

fn message(
    sqlite: &mut SqliteConnection,
    Placed { post, tag, .. }: &Placed<'_>,
    id: i64,
    seq: i64,
    number: i64,
    at: Timestamp,
) -> QueryResult<usize> {
    let uuid = post.client_id.uuid();
    let row = (
        messages::id.eq(id),
        messages::room_id.eq(post.room.get()),
        messages::number.eq(number),
        messages::seq.eq(seq),
        messages::author_id.eq(post.author.get()),
        messages::client_id.eq(&uuid.as_bytes()[..]),
        messages::body.eq(post.content.body.as_str()),
        messages::html.eq(post.content.html.as_str()),
        messages::renderer.eq(post.content.renderer),
        messages::at.eq(at.micros()),
        messages::tag.eq(i64::from(tag.0)),
    );
    diesel::insert_into(messages::table).values(row).execute(sqlite)
}
