//! How Postgres stores posts: all of it is one statement, since each one is a journey there and back.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Integer, Text};

use super::columns::Columns;
use super::{Given, Placed, RoomShare};
use crate::domain::Timestamp;
use crate::store::StoreError;
use crate::store::prepared::unnest;

/// Stores them and answers what they were given, in order.
pub fn store(postgres: &mut PgConnection, posts: &[Placed<'_>], rooms: &[RoomShare], at: Timestamp) -> Result<Vec<Given>, StoreError> {
    let statement = StorePosts {
        at: at.micros(),
        rooms: rooms.iter().map(|share| share.room.get()).collect(),
        counts: rooms.iter().map(|share| share.count).collect(),
        last_tags: rooms.iter().map(|share| i64::from(share.last_tag.0)).collect(),
        place: posts.iter().map(|placed| placed.place).collect(),
        posts: Columns::of(posts),
    };
    let mut rows: Vec<(i64, i64, i64, i64)> = statement.load(postgres)?;
    // The rows come in any order. Within a room the posts are in the order of their places.
    rows.sort_unstable();
    let mut nth: Vec<usize> = (0..posts.len()).collect();
    nth.sort_by_key(|n| posts[*n].post.room);
    let mut given: Vec<(usize, Given)> =
        nth.into_iter().zip(rows.into_iter().map(|(_, seq, number, id)| Given { id, seq, number })).collect();
    given.sort_unstable_by_key(|(n, _)| *n);
    Ok(given.into_iter().map(|(_, given)| given).collect())
}

/// The posts with their places, and what they do to their rooms.
struct StorePosts<'a> {
    at: i64,
    rooms: Vec<i64>,
    counts: Vec<i64>,
    last_tags: Vec<i64>,
    place: Vec<i64>,
    posts: Columns<'a>,
}

impl QueryId for StorePosts<'_> {
    type QueryId = StorePosts<'static>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for StorePosts<'_> {
    type SqlType = (BigInt, BigInt, BigInt, BigInt);
}

impl RunQueryDsl<PgConnection> for StorePosts<'_> {}

impl QueryFragment<Pg> for StorePosts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { posts, .. } = self;
        // The update holds each room's row until the transaction ends: no other node can number in between.
        out.push_sql(
            "WITH numbered AS (UPDATE rooms SET last_seq = last_seq + n.count, last_number = last_number + n.count, last_tag = n.tag, last_at = ",
        );
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(" FROM ");
        unnest!(out, BigInt: &self.rooms, BigInt: &self.counts, BigInt: &self.last_tags);
        out.push_sql(
            " AS n (room_id, count, tag) WHERE rooms.id = n.room_id \
             RETURNING rooms.id AS room_id, last_seq - n.count AS seq, last_number - n.count AS number, last_at), \
             stored AS (INSERT INTO messages (room_id, number, seq, at, tag, author_id, client_id, body, html, renderer) \
             SELECT n.room_id, n.number + p.place, n.seq + p.place, n.last_at, p.tag, p.author_id, p.client_id, p.body, p.html, p.renderer \
             FROM ",
        );
        unnest!(out, BigInt: &posts.room, BigInt: &self.place, BigInt: &posts.tag, BigInt: &posts.author,
            Binary: &posts.client_id, Text: &posts.body, Text: &posts.html, Integer: &posts.renderer);
        // They get their ids in the order in which they came.
        out.push_sql(
            " WITH ORDINALITY AS p (room_id, place, tag, author_id, client_id, body, html, renderer, nth) \
             JOIN numbered n ON n.room_id = p.room_id ORDER BY p.nth RETURNING id, room_id, seq, number, author_id), \
             seen AS (UPDATE memberships SET read_number = s.number, has_posted = TRUE \
             FROM (SELECT room_id, author_id, max(number) AS number FROM stored GROUP BY room_id, author_id) s \
             WHERE memberships.room_id = s.room_id AND memberships.user_id = s.author_id) \
             SELECT room_id, seq, number, id FROM stored",
        );
        Ok(())
    }
}
