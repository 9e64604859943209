//! How a post that comes alone is stored on Postgres: in one journey.
//!
//! To lock the room, to look, to store and to commit are four journeys, each with a wake-up at both ends, and most posts of a small
//! place come alone. Here nothing is locked beforehand. A post is judged by what the last look at its author and room found, and the
//! statement stores it only where all of that is still so; else nothing is stored, and the next look decides.
//!
//! It never waits: where another node holds the room's row the short way is over, because a statement that has waited sees that row anew
//! but not those of the author and the membership. And a row that has changed since the statement began is not taken either: whoever
//! changes what can be done in a room leaves an event there, and its newest `seq` is compared.

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use super::{Asked, Given, NewPost, Numbers, Standing};
use crate::domain::policy::RoomFacts;
use crate::domain::{Content, Event, LogEntry, Message, MessageId, PlaceRole, RoomId, RoomRole, Tag, Timestamp, UserId};
use crate::store::{Connection, StoreError};

/// Most authors that are remembered. When there are more, all are forgotten.
const MOST: usize = 10_000;

/// What the last looks found.
#[derive(Debug, Default)]
pub struct Memory {
    rooms: HashMap<RoomId, KnownRoom>,
    authors: usize,
}

#[derive(Debug)]
struct KnownRoom {
    numbers: Numbers,
    authors: HashMap<UserId, (PlaceRole, RoomFacts)>,
}

impl Memory {
    /// What a post is judged by; what is not remembered is looked up. `None` for an account that is gone or not active. Whether it was tried
    /// before is known only where it was looked up.
    ///
    /// # Errors
    /// What the database answers.
    pub fn recall(&mut self, conn: &mut Connection, asked: Asked) -> Result<Option<Standing>, StoreError> {
        if let Some(known) = self.rooms.get(&asked.room)
            && let Some((role, room)) = known.authors.get(&asked.user)
        {
            return Ok(Some(Standing { role: *role, room: Some(*room), tried_before: false, numbers: known.numbers }));
        }
        let found = Standing::of(conn, &[asked])?.pop().flatten();
        if let Some(Standing { role, room: Some(room), numbers, .. }) = &found {
            self.remember(asked, *numbers, (*role, *room));
        }
        Ok(found)
    }

    fn remember(&mut self, Asked { user, room, .. }: Asked, numbers: Numbers, author: (PlaceRole, RoomFacts)) {
        if self.authors >= MOST {
            self.forget();
        }
        if self.rooms.get(&room).is_some_and(|known| known.numbers != numbers) {
            self.forget_room(room);
        }
        let known = self.rooms.entry(room).or_insert_with(|| KnownRoom { numbers, authors: HashMap::new() });
        self.authors += usize::from(known.authors.insert(user, author).is_none());
    }

    /// Keeps up with what this node stores. After any event but a message the room is looked at anew.
    pub fn follow(&mut self, entry: &LogEntry) {
        let Some(known) = self.rooms.get_mut(&entry.room) else { return };
        if matches!(entry.event, Event::Posted { .. }) && entry.seq.0 == known.numbers.seq + 1 {
            known.numbers.seq += 1;
            known.numbers.number += 1;
        } else {
            self.forget_room(entry.room);
        }
    }

    /// What was remembered of a room is not so any more.
    pub fn forget_room(&mut self, room: RoomId) {
        if let Some(known) = self.rooms.remove(&room) {
            self.authors -= known.authors.len();
        }
    }

    /// Everything may be otherwise.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

impl NewPost<'_> {
    /// Stores it, in a transaction of its own, where all is as it was judged by, whatever the policy asks of that today. `None`: it is not, or
    /// another node is about to change it, and nothing is stored.
    ///
    /// # Errors
    /// What the database answers. Where the connection was lost it may be stored.
    pub fn store_alone(&self, postgres: &mut PgConnection, standing: &Standing, tag: Tag, at: Timestamp) -> QueryResult<Option<Message>> {
        let Some(room) = standing.room else { return Ok(None) };
        let statement = StoreAlone {
            room: self.room.get(),
            author: self.author.get(),
            client_id: self.client_id.uuid().into_bytes(),
            content: self.content,
            role: standing.role.as_str(),
            kind: room.kind.as_str(),
            archived: room.archived,
            is_default: room.is_default,
            // No member's role is empty: who is not in the room stores nothing.
            part: room.membership.map_or("", RoomRole::as_str),
            numbers: self.numbers,
            tag: i64::from(tag.0),
            at: at.micros(),
        };
        let id: Option<i64> = statement.get_result(postgres).optional()?;
        Ok(id.map(|id| Message { id: MessageId::new(id), ..self.unnamed(at) }))
    }

    /// The message that it becomes, but for the id, which only the database knows.
    pub fn unnamed(&self, at: Timestamp) -> Message {
        self.given(Given { id: 0, seq: self.numbers.seq + 1, number: self.numbers.number + 1 }, at)
    }
}

/// Answers the id.
struct StoreAlone<'a> {
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
