//! What an action is judged by.

use diesel::prelude::*;

use crate::domain::policy::{Actor, RoomFacts};
use crate::domain::{By, Code, Number, PlaceRole, Refusal, RoomId, RoomRole};
use crate::store::connection::on_either;
use crate::store::rows::{RoomRow, word};
use crate::store::schema::{memberships, rooms, users};
use crate::store::{Connection, StoreError};

/// The actor, the room in question and the actor's part in it, read in one statement.
pub struct Facts {
    actor: Actor,
    room: Option<RoomRow>,
    part: Option<(RoomRole, Number)>,
}

type Row = (String, Option<i64>, Option<RoomRow>, Option<(String, i64)>);

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// Refused with [`Code::Unauthenticated`] for an account that is gone or deactivated.
    pub fn load(conn: &mut Connection, by: &By, room: Option<RoomId>) -> Result<Self, StoreError> {
        // No room has this id, and the outer joins find nothing.
        let room = room.map_or(0, RoomId::get);
        let in_room = memberships::room_id.eq(room).and(memberships::user_id.eq(users::id));
        let facts = users::table
            .left_join(rooms::table.on(rooms::id.eq(room)))
            .left_join(memberships::table.on(in_room))
            .filter(users::id.eq(by.user.get()));
        let part = (memberships::role, memberships::read_number).nullable();
        let row: Option<Row> = on_either!(conn, conn => {
            facts.select((users::role, users::deactivated_at, Option::<RoomRow>::as_select(), part)).get_result(conn).optional()
        })?;
        let Some((role, None, room, part)) = row else {
            return Err(Refusal::of(Code::Unauthenticated, "This account is not active; sign in again.").into());
        };
        let part = part.map(|(role, read)| Ok::<_, StoreError>((word(&role, RoomRole::from_word)?, Number(read)))).transpose()?;
        Ok(Self { actor: Actor { user: by.user, grant: by.grant, role: word(&role, PlaceRole::from_word)? }, room, part })
    }

    /// Who asks.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// What the policy needs to know of the room; `None` where there is none.
    pub fn about_room(&self, subject: Option<RoomRole>) -> Result<Option<RoomFacts>, StoreError> {
        let Some(room) = &self.room else {
            return Ok(None);
        };
        Ok(Some(RoomFacts {
            kind: room.kind()?,
            archived: room.archived_at.is_some(),
            is_default: room.is_default,
            membership: self.part.map(|(role, _)| role),
            subject,
        }))
    }

    /// The room, once the policy has let the action pass.
    pub fn room(&self) -> Result<&RoomRow, StoreError> {
        self.room.as_ref().ok_or_else(|| Refusal::not_found().into())
    }

    /// How far the actor has read; `None` for one who is not in the room.
    pub fn read_number(&self) -> Option<Number> {
        self.part.map(|(_, read)| read)
    }
}
