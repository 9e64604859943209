//! Saying something.

use std::collections::HashMap;

use crate::domain::policy;
use crate::domain::{
    Action, By, ClientId, Code, Content, Cursor, Event, LogEntry, Message, Outcome, Refusal, RoomId, Tag, Timestamp, UserId,
};
use crate::store::posts::{Asked, KnownPosts, Memory, NewPost, Numbers, Standing};
use crate::store::{Cause, Connection, Effect, StoreError, Transaction, Trouble, messages};

/// What came of a post, and what the others are told of it.
#[derive(Debug)]
pub struct Posted {
    pub answer: Result<Outcome, Refusal>,
    pub entry: Option<LogEntry>,
    pub effect: Option<Effect>,
}

impl Posted {
    fn new(message: Message, tag: Tag) -> Self {
        let Message { room, seq, author, at, number, .. } = message;
        let answer = Ok(Outcome::Posted { message: message.clone(), cursor: Cursor { seq, tag } });
        let entry = LogEntry { room, seq, tag, at, by: Some(author), event: Event::Posted { message } };
        // Its author has read the room up to it.
        Self { answer, entry: Some(entry), effect: Some(Effect::ReadMoved { user: author, room, number }) }
    }
}

/// An [`Action::Post`] and who asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    by: &'a By,
    action: &'a Action,
    room: RoomId,
    client_id: ClientId,
    content: &'a Content,
}

impl<'a> Post<'a> {
    /// `None` for another action.
    pub fn of(by: &'a By, action: &'a Action) -> Option<Self> {
        match action {
            Action::Post { room, client_id, content } => Some(Self { by, action, room: *room, client_id: *client_id, content }),
            _ => None,
        }
    }

    fn key(&self) -> (RoomId, UserId, ClientId) {
        (self.room, self.by.user, self.client_id)
    }

    fn asked(&self) -> Asked {
        Asked { user: self.by.user, room: self.room, client_id: self.client_id.uuid() }
    }

    fn to_store(self, numbers: Numbers) -> NewPost<'a> {
        NewPost { room: self.room, author: self.by.user, client_id: self.client_id, content: self.content, numbers }
    }
}

/// What is to be done with a post.
enum Ruling {
    Refuse(Refusal),
    /// It was stored at an earlier time, in another transaction.
    Found(Box<(Message, Cursor)>),
    /// It is the nth of those to be stored. A second try beside its first has the same place.
    Store(usize),
}

/// Posts one: as [`run_all`], told through the transaction.
///
/// # Errors
/// As [`run_all`], and the refusal.
pub fn run(tx: &mut Transaction<'_>, post: Post<'_>) -> Result<Outcome, StoreError> {
    let posted = run_all(tx, &[post])?.pop().ok_or_else(|| StoreError::broken("a post was not answered"))?;
    tx.entries.extend(posted.entry);
    if let Some(effect) = posted.effect {
        tx.effect(effect);
    }
    Ok(posted.answer?)
}

/// Judges every post on fresh rows, then stores those that may be and are new. A retry is answered as the first try was, whatever has
/// become of the right since: nothing new is stored for it. Answers in order; the numbers of a room go in that order too.
///
/// # Errors
/// What the database answers; a refusal is no error here. Nothing is written before the last of them is judged, but where this fails
/// a part may be.
pub fn run_all(tx: &mut Transaction<'_>, posts: &[Post<'_>]) -> Result<Vec<Posted>, StoreError> {
    let asked: Vec<Asked> = posts.iter().map(Post::asked).collect();
    let standings = Standing::of(tx, &asked)?;
    let mut to_store: Vec<NewPost<'_>> = Vec::with_capacity(posts.len());
    let mut first_tries: HashMap<(RoomId, UserId, ClientId), usize> = HashMap::new();
    let mut rulings = Vec::with_capacity(posts.len());
    for (post, standing) in posts.iter().zip(standings) {
        let numbers = standing.as_ref().map(|standing| standing.numbers).unwrap_or_default();
        let ruling = match rule(tx, post, standing)? {
            Ruling::Store(_) => match first_tries.get(&post.key()) {
                Some(nth) if to_store[*nth].content.body == post.content.body => Ruling::Store(*nth),
                Some(_) => Ruling::Refuse(client_id_reused()),
                None => {
                    // Nothing can be tried twice beside itself where there is only one.
                    if posts.len() > 1 {
                        first_tries.insert(post.key(), to_store.len());
                    }
                    to_store.push(post.to_store(numbers));
                    Ruling::Store(to_store.len() - 1)
                }
            },
            ruled => ruled,
        };
        rulings.push(ruling);
    }
    let stored = if to_store.is_empty() { Vec::new() } else { tx.store_posts(&to_store)? };
    let mut told = vec![false; stored.len()];
    rulings.into_iter().map(|ruling| conclude(ruling, &stored, &mut told)).collect()
}

/// A refusal comes out as [`Ruling::Refuse`]; `Store` has no place yet.
fn rule(tx: &mut Transaction<'_>, post: &Post<'_>, standing: Option<Standing>) -> Result<Ruling, StoreError> {
    let Some(standing) = standing else { return Ok(Ruling::Refuse(super::facts::inactive())) };
    if standing.tried_before {
        let first = messages::first_try(tx, post.room, post.by.user, post.client_id)?;
        let first = first.ok_or_else(|| StoreError::broken("a first try is not there any more"))?;
        let same = first.0.body == post.content.body.as_str();
        return Ok(if same { Ruling::Found(Box::new(first)) } else { Ruling::Refuse(client_id_reused()) });
    }
    let actor = standing.actor(post.by.user, post.by.grant);
    Ok(match policy::authorize(actor, post.action, standing.room, None) {
        Ok(()) => Ruling::Store(0),
        Err(refusal) => Ruling::Refuse(refusal),
    })
}

fn conclude(ruling: Ruling, stored: &[(Message, Tag)], told: &mut [bool]) -> Result<Posted, StoreError> {
    let quiet = |answer| Ok(Posted { answer, entry: None, effect: None });
    match ruling {
        Ruling::Refuse(refusal) => quiet(Err(refusal)),
        Ruling::Found(first) => quiet(Ok(Outcome::Posted { message: first.0, cursor: first.1 })),
        Ruling::Store(nth) => {
            let (Some((message, tag)), Some(told)) = (stored.get(nth), told.get_mut(nth)) else {
                return Err(StoreError::broken("a post was not stored"));
            };
            if std::mem::replace(told, true) {
                let cursor = Cursor { seq: message.seq, tag: *tag };
                return quiet(Ok(Outcome::Posted { message: message.clone(), cursor }));
            }
            Ok(Posted::new(message.clone(), *tag))
        }
    }
}

/// How the short way ended.
pub enum Short {
    Stored(Vec<Posted>),
    /// The connection was lost before the answer came. The ids are not known.
    Unanswered(Vec<Posted>, Cause),
    /// They have to go the long way: one of them is not known to be allowed, or what is known of a room does not hold.
    LongWay,
}

/// Posts them on Postgres in one journey, outside of any transaction: all or none. They are judged by the same policy, on what the
/// statement then compares with the rows that are there. One that may not be posted or was stored before sends all of them the long way.
///
/// # Errors
/// What the database answers. Nothing is stored then.
pub fn run_known(conn: &mut Connection, posts: &[Post<'_>], memory: &mut Memory) -> Result<Short, Cause> {
    let asked: Vec<Asked> = posts.iter().map(Post::asked).collect();
    // Where another node has been in a room since the last look, a second look will mostly do.
    for _ in 0..2 {
        let Some(standings) = memory.recall(conn, &asked).map_err(StoreError::into_cause)? else { break };
        let allowed = |(post, standing): (&Post<'_>, &Standing)| {
            policy::authorize(standing.actor(post.by.user, post.by.grant), post.action, standing.room, None).is_ok()
        };
        let Connection::Postgres(postgres) = &mut *conn else { break };
        if !posts.iter().zip(&standings).all(allowed) {
            break;
        }
        let new: Vec<NewPost<'_>> = posts.iter().zip(&standings).map(|(post, standing)| post.to_store(standing.numbers)).collect();
        let known = KnownPosts::new(&new, &standings, Timestamp::now()).map_err(StoreError::into_cause)?;
        let told = |stored: Vec<(Message, Tag)>| stored.into_iter().map(|(message, tag)| Posted::new(message, tag)).collect();
        match known.store(postgres).map_err(StoreError::into_cause) {
            Ok(Some(stored)) => return Ok(Short::Stored(told(stored))),
            Ok(None) => asked.iter().for_each(|asked| memory.forget_room(asked.room)),
            // Mostly one was stored at an earlier try, or is there twice. Nothing of this try is left.
            Err(cause) if cause.trouble == Trouble::Conflict => break,
            Err(cause) if cause.trouble == Trouble::Lost => return Ok(Short::Unanswered(told(known.unnamed()), cause)),
            Err(cause) => return Err(cause),
        }
    }
    Ok(Short::LongWay)
}

fn client_id_reused() -> Refusal {
    Refusal::of(Code::ClientIdReused, "This client_id belongs to another message of yours; make a new one for each.").field("client_id")
}
