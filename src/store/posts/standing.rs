//! What a post is judged by.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
use diesel::{pg::Pg, sqlite::Sqlite};
use uuid::Uuid;

use crate::domain::policy::{Actor, RoomFacts};
use crate::domain::{Grant, PlaceRole, RoomId, RoomKind, RoomRole, UserId};
use crate::store::prepared::unnest;
use crate::store::rows::word;
use crate::store::{Connection, StoreError};

/// Who wants to post where, under which `client_id`.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub user: UserId,
    pub room: RoomId,
    pub client_id: Uuid,
}

/// The author, the room, the author's part in it, and whether this `client_id` has been used there before.
#[derive(Debug)]
pub struct Standing {
    pub(super) role: PlaceRole,
    pub room: Option<RoomFacts>,
    pub tried_before: bool,
    pub numbers: Numbers,
}

/// How far the numbers had been given out when a post was judged; 0 for a room that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// The newest event of the room.
    pub seq: i64,
    /// The newest message of the room.
    pub number: i64,
    /// The newest message of all. Only SQLite is asked: on Postgres others give out ids at the same time.
    pub id: i64,
}

impl Standing {
    /// The author, asking by a credential that reaches so far.
    pub fn actor(&self, user: UserId, grant: Grant) -> Actor {
        Actor { user, grant, role: self.role }
    }

    /// Reads what each is judged by, in order; `None` for an account that is gone or not active. In a batch the rooms are locked before
    /// this looks, so a first try that is not there now cannot come in between.
    ///
    /// # Errors
    /// What the database answers.
    pub fn of(conn: &mut Connection, asked: &[Asked]) -> Result<Vec<Option<Self>>, StoreError> {
        match conn {
            Connection::Sqlite(sqlite) => asked
                .iter()
                .map(|asked| {
                    let one = One { user: asked.user.get(), room: asked.room.get(), client_id: asked.client_id.into_bytes() };
                    let row: Option<Row> = one.get_result(sqlite).optional()?;
                    row.map_or(Ok(None), into_standing)
                })
                .collect(),
            Connection::Postgres(postgres) => {
                let many = Many {
                    users: asked.iter().map(|asked| asked.user.get()).collect(),
                    rooms: asked.iter().map(|asked| asked.room.get()).collect(),
                    client_ids: asked.iter().map(|asked| asked.client_id.into_bytes()).collect(),
                };
                let rows: Vec<(i64, Row)> = many.load(postgres)?;
                let mut found: Vec<Option<Self>> = asked.iter().map(|_| None).collect();
                for (nth, row) in rows {
                    let place = usize::try_from(nth - 1).ok().and_then(|index| found.get_mut(index));
                    *place.ok_or_else(|| StoreError::broken("an answer to no question"))? = into_standing(row)?;
                }
                Ok(found)
            }
        }
    }
}

type Row =
    (String, Option<i64>, Option<String>, Option<i64>, Option<bool>, Option<String>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
type RowTypes = (
    Text,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Bool>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
);

fn into_standing(row: Row) -> Result<Option<Standing>, StoreError> {
    let (role, deactivated_at, kind, archived_at, is_default, part, earlier, seq, number, id) = row;
    if deactivated_at.is_some() {
        return Ok(None);
    }
    let membership = part.map(|role| word(&role, RoomRole::from_word)).transpose()?;
    let facts = |kind: String| {
        Ok::<_, StoreError>(RoomFacts {
            kind: word(&kind, RoomKind::from_word)?,
            archived: archived_at.is_some(),
            is_default: is_default.unwrap_or(false),
            membership,
            // A post names nobody.
            subject: None,
            other_owners: true,
            banned: false,
        })
    };
    let room = kind.map(facts).transpose()?;
    let numbers = Numbers { seq: seq.unwrap_or(0), number: number.unwrap_or(0), id: id.unwrap_or(0) };
    Ok(Some(Standing { role: word(&role, PlaceRole::from_word)?, room, tried_before: earlier.is_some(), numbers }))
}

/// For one post.
#[derive(QueryId)]
struct One {
    user: i64,
    room: i64,
    client_id: [u8; 16],
}

impl Query for One {
    type SqlType = RowTypes;
}

impl RunQueryDsl<SqliteConnection> for One {}

impl QueryFragment<Sqlite> for One {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "SELECT u.role, u.deactivated_at, r.kind, r.archived_at, r.is_default, m.role, p.id, \
             r.last_seq, r.last_number, (SELECT max(id) FROM messages) \
             FROM users u LEFT JOIN rooms r ON r.id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.room)?;
        out.push_sql(
            " LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = u.id \
             LEFT JOIN messages p ON p.room_id = r.id AND p.author_id = u.id AND p.client_id = ",
        );
        out.push_bind_param::<Binary, _>(&self.client_id)?;
        out.push_sql(" WHERE u.id = ");
        out.push_bind_param::<BigInt, _>(&self.user)
    }
}

/// For many posts.
#[derive(QueryId)]
struct Many {
    users: Vec<i64>,
    rooms: Vec<i64>,
    client_ids: Vec<[u8; 16]>,
}

impl Query for Many {
    type SqlType = (BigInt, RowTypes);
}

impl RunQueryDsl<PgConnection> for Many {}

impl QueryFragment<Pg> for Many {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT a.nth, u.role, u.deactivated_at, r.kind, r.archived_at, r.is_default, m.role, p.id, \
             r.last_seq, r.last_number, NULL FROM ",
        );
        unnest!(out, BigInt: &self.users, BigInt: &self.rooms, Binary: &self.client_ids);
        // Postgres keeps one plan for all sizes of all tables. Each of these finds one row by a unique index, and OFFSET 0 keeps the
        // planner from reading a whole table instead because it was small when the plan was made.
        out.push_sql(
            " WITH ORDINALITY AS a (user_id, room_id, client_id, nth) \
             JOIN LATERAL (SELECT role, deactivated_at FROM users WHERE id = a.user_id OFFSET 0) u ON TRUE \
             LEFT JOIN LATERAL (SELECT kind, archived_at, is_default, last_seq, last_number FROM rooms \
             WHERE id = a.room_id OFFSET 0) r ON TRUE \
             LEFT JOIN LATERAL (SELECT role FROM memberships WHERE room_id = a.room_id AND user_id = a.user_id OFFSET 0) m ON TRUE \
             LEFT JOIN LATERAL (SELECT id FROM messages \
             WHERE room_id = a.room_id AND author_id = a.user_id AND client_id = a.client_id OFFSET 0) p ON TRUE",
        );
        Ok(())
    }
}
