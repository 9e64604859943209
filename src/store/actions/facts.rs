//! What an action is judged by.

use diesel::prelude::*;

use crate::domain::policy::{Actor, PersonFacts, RoomFacts};
use crate::domain::{Action, Code, Grant, Number, PlaceRole, Refusal, RoomId, RoomRole, UserId};
use crate::store::connection::on_either;
use crate::store::rows::{RoomRow, word};
use crate::store::schema::{memberships as members, rooms, users as people};
use crate::store::{Connection, StoreError, accounts, memberships, room_bans, users};

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
    pub fn load(conn: &mut Connection, user: UserId, grant: Grant, room: Option<RoomId>) -> Result<Self, StoreError> {
        // No room has this id, and the outer joins find nothing.
        let room = room.map_or(0, RoomId::get);
        let in_room = members::room_id.eq(room).and(members::user_id.eq(people::id));
        let facts = people::table
            .left_join(rooms::table.on(rooms::id.eq(room)))
            .left_join(members::table.on(in_room))
            .filter(people::id.eq(user.get()));
        let part = (members::role, members::read_number).nullable();
        let row: Option<Row> = on_either!(conn, conn => {
            facts.select((people::role, people::deactivated_at, Option::<RoomRow>::as_select(), part)).get_result(conn).optional()
        })?;
        let Some((role, None, room, part)) = row else {
            return Err(inactive().into());
        };
        let part = part.map(|(role, read)| Ok::<_, StoreError>((word(&role, RoomRole::from_word)?, Number(read)))).transpose()?;
        Ok(Self { actor: Actor { user, grant, role: word(&role, PlaceRole::from_word)? }, room, part })
    }

    /// Who asks.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// What the policy needs to know of the room; `None` where there is none. What only few actions ask for is read for them alone.
    pub fn about_room(&self, conn: &mut Connection, action: &Action) -> Result<Option<RoomFacts>, StoreError> {
        let Some(room) = &self.room else {
            return Ok(None);
        };
        let id = RoomId::new(room.id);
        let subject = match action {
            Action::RemoveMember { user, .. } | Action::SetRoomRole { user, .. } | Action::BanMember { user, .. } => {
                memberships::role(conn, id, *user)?
            }
            _ => None,
        };
        let other_owners = match action {
            Action::SetRoomRole { user, .. } => memberships::other_owners(conn, id, *user)?,
            _ => true,
        };
        let banned = match action {
            Action::JoinRoom { .. } => room_bans::holds(conn, id, self.actor.user)?,
            Action::AddMember { user, .. } => room_bans::holds(conn, id, *user)?,
            _ => false,
        };
        Ok(Some(RoomFacts {
            kind: room.kind()?,
            archived: room.archived_at.is_some(),
            is_default: room.is_default,
            membership: self.part.map(|(role, _)| role),
            subject,
            other_owners,
            banned,
        }))
    }

    /// What the policy needs to know of the person it is done to; `None` where there is none, or no longer: nothing can be done to a
    /// deleted account, least of all to make it a member again.
    pub fn person(&self, conn: &mut Connection, subject: Option<UserId>) -> Result<Option<PersonFacts>, StoreError> {
        let Some(user) = subject else { return Ok(None) };
        let Some(found) = users::find(conn, user)? else { return Ok(None) };
        if !found.active && accounts::is_deleted(conn, user)? {
            return Ok(None);
        }
        let other_owners = found.role != PlaceRole::Owner || accounts::other_owners(conn, user)?;
        Ok(Some(PersonFacts { role: found.role, other_owners, is_actor: user == self.actor.user }))
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

/// The refusal for an account that is gone or not active.
pub fn inactive() -> Refusal {
    Refusal::of(Code::Unauthenticated, "This account is not active; sign in again.")
}
