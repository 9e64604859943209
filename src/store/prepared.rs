//! The statements that run for every post, written out, and what is needed to write others out.
//!
//! diesel prepares a SELECT or an INSERT once and keeps it, but an UPDATE of its own making anew each time, which was a third of what a
//! post cost. Written out they are kept too, and so are BEGIN and COMMIT. Those that take many posts at once
//! are in [`posts`](super::posts).

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};
use diesel::{QueryResult, RunQueryDsl};

/// Opens the writer's transaction on SQLite.
#[derive(QueryId)]
pub struct BeginImmediate;

/// Ends it with all it did.
#[derive(QueryId)]
pub struct CommitNow;

/// Takes the next `seq` of a room. Answers it.
#[derive(QueryId)]
pub struct NextEvent {
    pub room: i64,
    pub tag: i64,
}

/// Takes so many of a room's next `seq` and message numbers.
#[derive(QueryId)]
pub struct NextMessages {
    pub room: i64,
    pub count: i64,
    pub tag: i64,
    pub at: i64,
}

/// Sets how far someone has read.
#[derive(QueryId)]
pub struct ReadUpTo {
    pub room: i64,
    pub user: i64,
    pub number: i64,
}

/// Notes that someone has posted, which is also how far they have read.
#[derive(QueryId)]
pub struct PostedUpTo {
    pub room: i64,
    pub user: i64,
    pub number: i64,
}

/// Words and values in turn: the words are the query, the values are bound in their order.
macro_rules! statement {
    ($name:ident: $words:literal) => {
        statement!($name: , $words);
    };
    ($name:ident $(answers $answer:ty)?: $($words:literal $field:ident)* $(, $end:literal)?) => {
        impl<DB> QueryFragment<DB> for $name
        where
            DB: Backend + HasSqlType<BigInt>,
            i64: ToSql<BigInt, DB>,
        {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                $(
                    out.push_sql($words);
                    out.push_bind_param::<BigInt, i64>(&self.$field)?;
                )*
                $(out.push_sql($end);)?
                Ok(())
            }
        }

        impl<C> RunQueryDsl<C> for $name {}

        $(impl Query for $name {
            type SqlType = $answer;
        })?
    };
}

/// A table of these columns, in the FROM of a statement on Postgres.
macro_rules! unnest {
    ($out:ident, $type:ty: $first:expr $(, $types:ty: $columns:expr)*) => {
        $out.push_sql("unnest(");
        $out.push_bind_param::<diesel::sql_types::Array<$type>, _>($first)?;
        $(
            $out.push_sql(", ");
            $out.push_bind_param::<diesel::sql_types::Array<$types>, _>($columns)?;
        )*
        $out.push_sql(")");
    };
}
pub(super) use unnest;

statement!(BeginImmediate: "BEGIN IMMEDIATE");

statement!(CommitNow: "COMMIT");

statement!(NextEvent answers BigInt:
    "UPDATE rooms SET last_seq = last_seq + 1, last_tag = " tag
    " WHERE id = " room,
    " RETURNING last_seq");

statement!(NextMessages:
    "UPDATE rooms SET last_seq = last_seq + " count
    ", last_number = last_number + " count
    ", last_tag = " tag
    ", last_at = " at
    " WHERE id = " room);

statement!(ReadUpTo:
    "UPDATE memberships SET read_number = " number
    " WHERE room_id = " room
    " AND user_id = " user);

statement!(PostedUpTo:
    "UPDATE memberships SET has_posted = TRUE, read_number = " number
    " WHERE room_id = " room
    " AND user_id = " user);
