//! The updates that run for every post.
//!
//! diesel prepares a SELECT or an INSERT once and keeps it, but an UPDATE of its own making anew each time, which was a third of what a
//! post cost. Written out they are kept too. Both databases take the same words.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};
use diesel::{QueryResult, RunQueryDsl};

/// Takes the next `seq` of a room. Answers it.
#[derive(QueryId)]
pub struct NextEvent {
    pub room: i64,
    pub tag: i64,
}

/// Takes the next `seq` and the next message number of a room. Answers both.
#[derive(QueryId)]
pub struct NextMessage {
    pub room: i64,
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

/// Words and values in turn: the words are the query, the values are bound in their order.
macro_rules! statement {
    ($name:ident $(answers $answer:ty)?: $($words:literal $field:ident)+ $(, $end:literal)?) => {
        impl<DB> QueryFragment<DB> for $name
        where
            DB: Backend + HasSqlType<BigInt>,
            i64: ToSql<BigInt, DB>,
        {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                $(
                    out.push_sql($words);
                    out.push_bind_param::<BigInt, i64>(&self.$field)?;
                )+
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

statement!(NextEvent answers BigInt:
    "UPDATE rooms SET last_seq = last_seq + 1, last_tag = " tag
    " WHERE id = " room,
    " RETURNING last_seq");

statement!(NextMessage answers (BigInt, BigInt):
    "UPDATE rooms SET last_seq = last_seq + 1, last_number = last_number + 1, last_tag = " tag
    ", last_at = " at
    " WHERE id = " room,
    " RETURNING last_seq, last_number");

statement!(ReadUpTo:
    "UPDATE memberships SET read_number = " number
    " WHERE room_id = " room
    " AND user_id = " user);
