//! Messages on their way into the log, as many at once as there are.
//!
//! What a post costs decides what a server of this kind can do, so posts that wait together are judged and stored together: on SQLite
//! each room is numbered once and each read position moved once for all of them, and on Postgres all of it is two statements, however
//! many posts there are, or one where what they are judged by is known ([`known`]).

mod columns;
mod known;
mod lone;
mod memory;
mod on_postgres;
mod on_sqlite;
mod standing;

use std::collections::HashMap;

pub use self::known::KnownPosts;
pub use self::memory::Memory;
pub use self::standing::{Asked, Numbers, Standing};
use super::log::random_tags;
use super::{Connection, StoreError, Transaction};
use crate::domain::{ClientId, Content, Message, MessageId, Number, RoomId, Seq, Tag, Timestamp, UserId};

/// A message to be stored: its author may post it, and it is not there yet.
#[derive(Debug, Clone, Copy)]
pub struct NewPost<'a> {
    pub room: RoomId,
    pub author: UserId,
    pub client_id: ClientId,
    pub content: &'a Content,
    /// How far the numbers had been given out when it was judged.
    pub numbers: Numbers,
}

/// What the posts of one transaction do to a room.
struct RoomShare {
    room: RoomId,
    /// How many of them are in it.
    count: i64,
    /// The tag of the last of them.
    last_tag: Tag,
}

/// A post with its place among those of its room, from 1.
struct Placed<'a> {
    post: NewPost<'a>,
    place: i64,
    tag: Tag,
}

/// What the database gave a post.
#[derive(Debug, Clone, Copy)]
struct Given {
    id: i64,
    seq: i64,
    number: i64,
}

impl Transaction<'_> {
    /// Stores messages with the next places in the logs of their rooms, and moves the read positions of their authors.
    /// Answers them in order, with the tags of their events; to be told is left to the caller.
    ///
    /// # Errors
    /// What the database answers. Then a part may be stored, and has to be undone.
    pub(super) fn store_posts(&mut self, posts: &[NewPost<'_>]) -> Result<Vec<(Message, Tag)>, StoreError> {
        let (placed, rooms) = place(posts)?;
        let at = self.now();
        let given = match &mut **self {
            Connection::Sqlite(sqlite) => on_sqlite::store(sqlite, &placed, &rooms, at)?,
            Connection::Postgres(postgres) => on_postgres::store(postgres, &placed, &rooms, at)?,
        };
        if given.len() != placed.len() {
            return Err(StoreError::broken(format!("{} of {} posts found their room", given.len(), placed.len())));
        }
        Ok(placed.into_iter().zip(given).map(|(placed, given)| (placed.post.given(given, at), placed.tag)).collect())
    }
}

impl NewPost<'_> {
    fn given(&self, given: Given, at: Timestamp) -> Message {
        Message {
            id: MessageId::new(given.id),
            room: self.room,
            number: Number(given.number),
            seq: Seq(given.seq),
            author: self.author,
            client_id: self.client_id,
            body: self.content.body.as_str().to_owned(),
            html: self.content.html.as_str().to_owned(),
            at,
        }
    }
}

/// Counts them by room. A lone post takes no detour.
fn place<'a>(posts: &[NewPost<'a>]) -> Result<(Vec<Placed<'a>>, Vec<RoomShare>), StoreError> {
    let mut rooms: Vec<RoomShare> = Vec::new();
    let mut known: HashMap<RoomId, usize> = HashMap::new();
    let mut placed = Vec::with_capacity(posts.len());
    for (post, tag) in posts.iter().zip(random_tags(posts.len())?) {
        let index = *known.entry(post.room).or_insert_with(|| {
            rooms.push(RoomShare { room: post.room, count: 0, last_tag: tag });
            rooms.len() - 1
        });
        let share = &mut rooms[index];
        share.count += 1;
        share.last_tag = tag;
        placed.push(Placed { post: *post, place: share.count, tag });
    }
    Ok((placed, rooms))
}
