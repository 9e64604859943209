//! How SQLite stores posts: there are no round trips to be saved, so each statement does one thing and stays prepared.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Given, Numbers, Placed, RoomShare};
use crate::domain::{RoomId, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::prepared::{NextMessages, PostedUpTo};
use crate::store::schema::messages;

/// Stores them and answers what they were given, in order.
pub fn store(sqlite: &mut SqliteConnection, posts: &[Placed<'_>], rooms: &[RoomShare], at: Timestamp) -> Result<Vec<Given>, StoreError> {
    for share in rooms {
        NextMessages { room: share.room.get(), count: share.count, tag: i64::from(share.last_tag.0), at: at.micros() }.execute(sqlite)?;
    }
    let mut read: HashMap<(RoomId, UserId), i64> = HashMap::with_capacity(posts.len());
    let mut given = Vec::with_capacity(posts.len());
    // The ids that SQLite would give them itself. It holds the write lock, so nobody else can: what stood when they were judged stands.
    for (placed, n) in posts.iter().zip(1..) {
        let Numbers { seq, number, id } = placed.post.numbers;
        let given_now = Given { id: id + n, seq: seq + placed.place, number: number + placed.place };
        message(sqlite, placed, given_now, at)?;
        read.insert((placed.post.room, placed.post.author), given_now.number);
        given.push(given_now);
    }
    for ((room, user), number) in read {
        PostedUpTo { room: room.get(), user: user.get(), number }.execute(sqlite)?;
    }
    Ok(given)
}

fn message(
    sqlite: &mut SqliteConnection,
    Placed { post, tag, .. }: &Placed<'_>,
    Given { id, seq, number }: Given,
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
