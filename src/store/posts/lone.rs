//! The same for a post that comes alone, as most posts of a small place do: without the columns of many it costs a fifth less.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use super::{Numbers, Placed, Standing};
use crate::domain::policy::RoomFacts;
use crate::domain::{Content, RoomRole, Timestamp};

/// Answers the id.
#[derive(Clone, Copy)]
pub struct StoreAlone<'a> {
    room: i64,
    author: i64,
    client_id: [u8; 16],
    content: &'a Content,
    role: &'static str,
    kind: &'static str,
    archived: bool,
    is_default: bool,
    part: &'static str,
    numbers: Numbers,
    tag: i64,
    at: i64,
}

impl<'a> StoreAlone<'a> {
    /// A post and what it was judged by.
    pub fn new(Placed { post, tag, .. }: &Placed<'a>, standing: &Standing, room: RoomFacts, at: Timestamp) -> Self {
        Self {
            room: post.room.get(),
            author: post.author.get(),
            client_id: post.client_id.uuid().into_bytes(),
            content: post.content,
            role: standing.role.as_str(),
            kind: room.kind.as_str(),
            archived: room.archived,
            is_default: room.is_default,
            // No member's role is empty: who is not in the room stores nothing.
            part: room.membership.map_or("", RoomRole::as_str),
            numbers: post.numbers,
            tag: i64::from(tag.0),
            at: at.micros(),
        }
    }
}

impl QueryId for StoreAlone<'_> {
    type QueryId = StoreAlone<'static>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for StoreAlone<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for StoreAlone<'_> {}

impl QueryFragment<Pg> for StoreAlone<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH numbered AS (UPDATE rooms SET last_seq = last_seq + 1, last_number = last_number + 1, last_tag = ");
        out.push_bind_param::<BigInt, _>(&self.tag)?;
        out.push_sql(", last_at = ");
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(" WHERE id = (SELECT id FROM rooms WHERE id = ");
        out.push_bind_param::<BigInt, _>(&self.room)?;
        out.push_sql(" AND last_seq = ");
        out.push_bind_param::<BigInt, _>(&self.numbers.seq)?;
        out.push_sql(" AND last_number = ");
        out.push_bind_param::<BigInt, _>(&self.numbers.number)?;
        out.push_sql(" AND kind = ");
        out.push_bind_param::<Text, _>(self.kind)?;
        out.push_sql(" AND (archived_at IS NOT NULL) = ");
        out.push_bind_param::<Bool, _>(&self.archived)?;
        out.push_sql(" AND is_default = ");
        out.push_bind_param::<Bool, _>(&self.is_default)?;
        out.push_sql(" FOR NO KEY UPDATE SKIP LOCKED) AND EXISTS (SELECT FROM users WHERE deactivated_at IS NULL AND id = ");
        out.push_bind_param::<BigInt, _>(&self.author)?;
        out.push_sql(" AND role = ");
        out.push_bind_param::<Text, _>(self.role)?;
        out.push_sql(") AND EXISTS (SELECT FROM memberships WHERE room_id = ");
        out.push_bind_param::<BigInt, _>(&self.room)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<BigInt, _>(&self.author)?;
        out.push_sql(" AND role = ");
        out.push_bind_param::<Text, _>(self.part)?;
        out.push_sql(
            ") RETURNING id, last_seq, last_number, last_tag, last_at), \
             stored AS (INSERT INTO messages (room_id, number, seq, tag, at, author_id, client_id, body, html, renderer) \
             SELECT id, last_number, last_seq, last_tag, last_at, ",
        );
        out.push_bind_param::<BigInt, _>(&self.author)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&self.client_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.content.body.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.content.html.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.content.renderer)?;
        out.push_sql(
            " FROM numbered RETURNING id), \
             seen AS (UPDATE memberships SET read_number = numbered.last_number, has_posted = TRUE FROM numbered \
             WHERE memberships.room_id = numbered.id AND memberships.user_id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.author)?;
        out.push_sql(") SELECT id FROM stored");
        Ok(())
    }
}
