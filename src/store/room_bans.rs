//! Who may not come into a room.

use diesel::prelude::*;

use super::connection::on_either;
use super::rows::UserRow;
use super::schema::{room_bans, users};
use super::{Connection, StoreError, Transaction};
use crate::domain::{Member, Refusal, RoomId, RoomRole, Timestamp, User, UserId};

/// Somebody who was banned from a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomBan {
    pub user: User,
    pub banned_by: UserId,
    pub at: Timestamp,
}

/// Whether this person was banned from this room.
pub(super) fn holds(conn: &mut Connection, room: RoomId, user: UserId) -> Result<bool, StoreError> {
    let found = room_bans::table.find((room.get(), user.get())).select(room_bans::at).get_result::<i64>(conn).optional()?;
    Ok(found.is_some())
}

/// Bans; who was banned already stays so.
pub(super) fn create(tx: &mut Transaction<'_>, room: RoomId, user: UserId, by: UserId) -> Result<(), StoreError> {
    let row = (
        room_bans::room_id.eq(room.get()),
        room_bans::user_id.eq(user.get()),
        room_bans::banned_by.eq(by.get()),
        room_bans::at.eq(tx.now().micros()),
    );
    on_either!(&mut **tx, conn => diesel::insert_into(room_bans::table).values(row).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

/// Lifts a ban.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound) where there is none.
pub(super) fn lift(tx: &mut Transaction<'_>, room: RoomId, user: UserId) -> Result<(), StoreError> {
    match diesel::delete(room_bans::table.find((room.get(), user.get()))).execute(&mut **tx)? {
        0 => Err(Refusal::not_found().into()),
        _ => Ok(()),
    }
}

/// The bans of a room, as those who look after it see them.
///
/// # Errors
/// Refused as not found for who cannot see the room, as forbidden for who does not look after it.
pub fn list(conn: &mut Connection, by: UserId, room: RoomId) -> Result<Vec<RoomBan>, StoreError> {
    let members: Vec<Member> = super::rooms::members(conn, by, room)?;
    let looks_after = members.iter().any(|member| {
        member.user.id == by && (matches!(member.role, RoomRole::Owner | RoomRole::Moderator) || member.user.role.runs_the_place())
    });
    if !looks_after {
        return Err(Refusal::forbidden().into());
    }
    let rows: Vec<(UserRow, i64, i64)> = room_bans::table
        .inner_join(users::table.on(users::id.eq(room_bans::user_id)))
        .filter(room_bans::room_id.eq(room.get()))
        .order(room_bans::at.desc())
        .select((UserRow::as_select(), room_bans::banned_by, room_bans::at))
        .load(conn)?;
    rows.into_iter()
        .map(|(user, banned_by, at)| {
            Ok(RoomBan { user: user.into_user()?, banned_by: UserId::new(banned_by), at: Timestamp::from_micros(at) })
        })
        .collect()
}
