//! How posts are stored on Postgres that are known to be allowed: in one journey.
//!
//! To lock the rooms, to look, to store and to commit are four journeys, each with a wake-up at both ends. Here nothing is locked
//! beforehand. Posts are judged by what the last look at their authors and rooms found ([`Memory`](super::Memory)), and the statement
//! stores them only where all of that is still so; else nothing is stored, and the next look decides. All of them or none: one that may
//! not be posted, or was stored before, sends those beside it the long way too.
//!
//! It never waits for a room: where another node holds one's row the short way is over, because a statement that has waited sees that row
//! anew but not those of the authors and the memberships. And a row that has changed since the statement began is not taken either: whoever
//! changes what can be done in a room leaves an event there, and its newest `seq` is compared.

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use super::columns::Columns;
use super::lone::StoreAlone;
use super::{Given, NewPost, Numbers, Placed, RoomShare, Standing, place};
use crate::domain::policy::RoomFacts;
use crate::domain::{Message, RoomId, RoomRole, Tag, Timestamp, UserId};
use crate::store::prepared::unnest;
use crate::store::{Cause, StoreError, Trouble};

/// Posts to be stored at a moment, and what they were judged by.
pub struct KnownPosts<'a> {
    placed: Vec<Placed<'a>>,
    at: Timestamp,
    judged: Judged<'a>,
}

/// What is compared with the rows that are there.
enum Judged<'a> {
    Alone(StoreAlone<'a>),
    Together(Rooms, Authors),
}

/// A row for each room: as it was, and what it becomes.
#[derive(Default)]
struct Rooms {
    id: Vec<i64>,
    seq: Vec<i64>,
    number: Vec<i64>,
    kind: Vec<&'static str>,
    archived: Vec<bool>,
    is_default: Vec<bool>,
    new_seq: Vec<i64>,
    new_number: Vec<i64>,
    new_tag: Vec<i64>,
}

/// A row for each author in each room: as they were, and how far they will have read.
#[derive(Default)]
struct Authors {
    id: Vec<i64>,
    room: Vec<i64>,
    role: Vec<&'static str>,
    part: Vec<&'static str>,
    read: Vec<i64>,
}

impl Rooms {
    fn add(&mut self, share: &RoomShare, Numbers { seq, number, .. }: Numbers, facts: RoomFacts) {
        self.id.push(share.room.get());
        self.seq.push(seq);
        self.number.push(number);
        self.kind.push(facts.kind.as_str());
        self.archived.push(facts.archived);
        self.is_default.push(facts.is_default);
        self.new_seq.push(seq + share.count);
        self.new_number.push(number + share.count);
        self.new_tag.push(i64::from(share.last_tag.0));
    }
}

impl Authors {
    fn add(&mut self, post: &NewPost<'_>, standing: &Standing, facts: RoomFacts) -> usize {
        self.id.push(post.author.get());
        self.room.push(post.room.get());
        self.role.push(standing.role.as_str());
        // No member's role is empty: who is not in the room stores nothing.
        self.part.push(facts.membership.map_or("", RoomRole::as_str));
        self.read.push(0);
        self.id.len() - 1
    }
}

impl<'a> KnownPosts<'a> {
    /// Each post with what it was judged by, in order.
    ///
    /// # Errors
    /// The system has no random numbers; a post was judged without a room.
    pub fn new(posts: &[NewPost<'a>], standings: &[Standing], at: Timestamp) -> Result<Self, StoreError> {
        let (placed, shares) = place(posts)?;
        let judged = match (&placed[..], standings) {
            ([placed], [standing]) => Judged::Alone(StoreAlone::new(placed, standing, facts(standing)?, at)),
            _ => together(&placed, &shares, standings)?,
        };
        Ok(Self { placed, at, judged })
    }

    /// Stores them, in a transaction of its own, where all is as they were judged by, whatever the policy asks of that today. `None`: it is
    /// not, or another node is about to change it, and nothing is stored.
    ///
    /// # Errors
    /// What the database answers. Where the connection was lost they may be stored.
    pub fn store(&self, postgres: &mut PgConnection) -> Result<Option<Vec<(Message, Tag)>>, StoreError> {
        let ids = match &self.judged {
            Judged::Alone(alone) => alone.get_result(postgres).optional()?.into_iter().collect(),
            Judged::Together(rooms, authors) => self.in_order(StoreKnown::new(self, rooms, authors).load(postgres)?)?,
        };
        if ids.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.placed.iter().zip(ids).map(|(placed, id)| (placed.message(id, self.at), placed.tag)).collect()))
    }

    /// The rows come in any order: the room, the `seq` and the id of each.
    fn in_order(&self, rows: Vec<(i64, i64, i64)>) -> Result<Vec<i64>, StoreError> {
        let ids: HashMap<(i64, i64), i64> = rows.into_iter().map(|(room, seq, id)| ((room, seq), id)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let id = |placed: &Placed<'a>| ids.get(&(placed.post.room.get(), placed.seq())).copied();
        // They are stored by now; what cannot be told is as good as lost.
        let lost = || StoreError::Unavailable(Cause::of(Trouble::Lost, "a post that was stored has no id"));
        self.placed.iter().map(id).collect::<Option<_>>().ok_or_else(lost)
    }

    /// What they become, but for the ids, which only the database knows.
    pub fn unnamed(&self) -> Vec<(Message, Tag)> {
        self.placed.iter().map(|placed| (placed.message(0, self.at), placed.tag)).collect()
    }
}

fn facts(standing: &Standing) -> Result<RoomFacts, StoreError> {
    standing.room.ok_or_else(|| StoreError::broken("a post was judged without a room"))
}

fn together<'a>(placed: &[Placed<'_>], shares: &[RoomShare], standings: &[Standing]) -> Result<Judged<'a>, StoreError> {
    let (mut rooms, mut authors) = (Rooms::default(), Authors::default());
    let mut nth: HashMap<(RoomId, UserId), usize> = HashMap::with_capacity(placed.len());
    for (Placed { post, place, .. }, standing) in placed.iter().zip(standings) {
        let facts = facts(standing)?;
        // The shares are in the order in which their rooms come first.
        if *place == 1
            && let Some(share) = shares.get(rooms.id.len())
        {
            rooms.add(share, post.numbers, facts);
        }
        let nth = *nth.entry((post.room, post.author)).or_insert_with(|| authors.add(post, standing, facts));
        authors.read[nth] = post.numbers.number + place;
    }
    Ok(Judged::Together(rooms, authors))
}

impl Placed<'_> {
    const fn seq(&self) -> i64 {
        self.post.numbers.seq + self.place
    }

    const fn number(&self) -> i64 {
        self.post.numbers.number + self.place
    }

    fn message(&self, id: i64, at: Timestamp) -> Message {
        self.post.given(Given { id, seq: self.seq(), number: self.number() }, at)
    }
}

/// Answers the room, the `seq` and the id of each.
struct StoreKnown<'a> {
    rooms: &'a Rooms,
    authors: &'a Authors,
    at: i64,
    number: Vec<i64>,
    seq: Vec<i64>,
    posts: Columns<'a>,
}

impl<'a> StoreKnown<'a> {
    fn new(KnownPosts { placed, at, .. }: &'a KnownPosts<'_>, rooms: &'a Rooms, authors: &'a Authors) -> Self {
        Self {
            rooms,
            authors,
            at: at.micros(),
            number: placed.iter().map(Placed::number).collect(),
            seq: placed.iter().map(Placed::seq).collect(),
            posts: Columns::of(placed),
        }
    }
}

impl QueryId for StoreKnown<'_> {
    type QueryId = StoreKnown<'static>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for StoreKnown<'_> {
    type SqlType = (BigInt, BigInt, BigInt);
}

impl RunQueryDsl<PgConnection> for StoreKnown<'_> {}

impl QueryFragment<Pg> for StoreKnown<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { rooms, authors, posts, .. } = self;
        // As in `Standing::of`, OFFSET 0 keeps the planner from reading a whole table.
        out.push_sql("WITH held AS (SELECT bool_and(r.id IS NOT NULL) AS so FROM ");
        unnest!(out, BigInt: &rooms.id, BigInt: &rooms.seq, BigInt: &rooms.number, Text: &rooms.kind,
            Bool: &rooms.archived, Bool: &rooms.is_default);
        out.push_sql(
            " AS k (id, seq, number, kind, archived, is_default) LEFT JOIN LATERAL (SELECT id FROM rooms WHERE id = k.id \
             AND last_seq = k.seq AND last_number = k.number AND kind = k.kind AND (archived_at IS NOT NULL) = k.archived \
             AND is_default = k.is_default FOR NO KEY UPDATE SKIP LOCKED) r ON TRUE), \
             entitled AS (SELECT bool_and(e.id IS NOT NULL) AS so FROM ",
        );
        unnest!(out, BigInt: &authors.id, BigInt: &authors.room, Text: &authors.role, Text: &authors.part);
        out.push_sql(
            " AS a (id, room_id, role, part) LEFT JOIN LATERAL (SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id \
             WHERE u.id = a.id AND u.role = a.role AND u.deactivated_at IS NULL AND m.room_id = a.room_id AND m.role = a.part OFFSET 0) e \
             ON TRUE), \
             allowed AS (SELECT held.so AND entitled.so AS so FROM held, entitled), \
             numbered AS (UPDATE rooms SET last_seq = n.seq, last_number = n.number, last_tag = n.tag, last_at = ",
        );
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(" FROM ");
        unnest!(out, BigInt: &rooms.id, BigInt: &rooms.new_seq, BigInt: &rooms.new_number, BigInt: &rooms.new_tag);
        out.push_sql(
            " AS n (id, seq, number, tag) WHERE rooms.id = n.id AND (SELECT so FROM allowed)), \
             seen AS (UPDATE memberships SET read_number = s.number, has_posted = TRUE FROM ",
        );
        unnest!(out, BigInt: &authors.room, BigInt: &authors.id, BigInt: &authors.read);
        out.push_sql(
            " AS s (room_id, user_id, number) WHERE memberships.room_id = s.room_id AND memberships.user_id = s.user_id \
             AND (SELECT so FROM allowed)), \
             stored AS (INSERT INTO messages (at, room_id, number, seq, tag, author_id, client_id, body, html, renderer) SELECT ",
        );
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(", p.* FROM ");
        unnest!(out, BigInt: &posts.room, BigInt: &self.number, BigInt: &self.seq, BigInt: &posts.tag, BigInt: &posts.author,
            Binary: &posts.client_id, Text: &posts.body, Text: &posts.html, Integer: &posts.renderer);
        out.push_sql(" AS p WHERE (SELECT so FROM allowed) RETURNING room_id, seq, id) SELECT room_id, seq, id FROM stored");
        Ok(())
    }
}
