//! What posts were judged by at the last look, on Postgres.

use std::collections::HashMap;

use super::{Asked, Numbers, Standing};
use crate::domain::policy::RoomFacts;
use crate::domain::{Event, LogEntry, PlaceRole, RoomId, UserId};
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
    /// What each post is judged by, in order; what is not remembered is looked up. `None` where one of them has been tried before, is of an
    /// account that is gone or not active, or in a room that is not there, or where a room does not stand still. Whether a post was tried
    /// before is known only where it was looked up.
    ///
    /// # Errors
    /// What the database answers.
    pub fn recall(&mut self, conn: &mut Connection, asked: &[Asked]) -> Result<Option<Vec<Standing>>, StoreError> {
        // Where what is found shows that a room has moved on, the others of that room are looked up too.
        for _ in 0..2 {
            let unknown: Vec<Asked> = asked.iter().filter(|asked| self.standing(asked).is_none()).copied().collect();
            if unknown.is_empty() {
                break;
            }
            for (asked, found) in unknown.iter().zip(Standing::of(conn, &unknown)?) {
                match found {
                    Some(Standing { role, room: Some(room), tried_before: false, numbers }) => self.remember(asked, numbers, (role, room)),
                    _ => return Ok(None),
                }
            }
        }
        Ok(asked.iter().map(|asked| self.standing(asked)).collect())
    }

    fn standing(&self, Asked { user, room, .. }: &Asked) -> Option<Standing> {
        let known = self.rooms.get(room)?;
        let (role, room) = *known.authors.get(user)?;
        Some(Standing { role, room: Some(room), tried_before: false, numbers: known.numbers })
    }

    fn remember(&mut self, Asked { user, room, .. }: &Asked, numbers: Numbers, author: (PlaceRole, RoomFacts)) {
        if self.authors >= MOST {
            self.forget();
        }
        if self.rooms.get(room).is_some_and(|known| known.numbers != numbers) {
            self.forget_room(*room);
        }
        let known = self.rooms.entry(*room).or_insert_with(|| KnownRoom { numbers, authors: HashMap::new() });
        self.authors += usize::from(known.authors.insert(*user, author).is_none());
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
