//! Rooms, as those who may see them see them.

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::on_either;
use super::place::{Place, PlaceRow, THE_PLACE, into_place};
use super::rows::{ColumnTypes, RoomRow, UserRow, word};
use super::schema::{memberships, place, rooms, users};
use super::{Connection, StoreError};
use crate::domain::{ListedRoom, Member, Membership, Number, PlaceRole, Refusal, RoomId, RoomKind, RoomName, RoomRole, Topic, UserId};

/// A room with somebody's role in it and how far they have read.
pub(super) type MembershipRow = (RoomRow, String, i64);
/// The SQL types of a [`MembershipRow`].
pub(super) type MembershipTypes = (ColumnTypes<RoomRow>, Text, BigInt);

/// Reads it back.
pub(super) fn into_membership((room, role, read): MembershipRow) -> Result<Membership, StoreError> {
    Ok(Membership { room: room.into_room()?, role: word(&role, RoomRole::from_word)?, read_number: Number(read) })
}

/// Every room a person is in, the hidden ones too, by id.
///
/// # Errors
/// What the database answers.
pub fn of_user(conn: &mut Connection, user: UserId) -> Result<Vec<Membership>, StoreError> {
    let mine = memberships::table.inner_join(rooms::table).filter(memberships::user_id.eq(user.get())).order(memberships::room_id);
    let rows: Vec<MembershipRow> =
        on_either!(conn, conn => mine.select((RoomRow::as_select(), memberships::role, memberships::read_number)).load(conn))?;
    rows.into_iter().map(into_membership).collect()
}

/// A person's rooms, and the place they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRooms {
    /// By id.
    pub rooms: Vec<Membership>,
    pub place: Place,
}

/// Every room a person is in, and the place, in one statement: what a socket is told first. After a restart everyone asks for this at
/// once.
///
/// # Errors
/// What the database answers. Someone who does not exist has no rooms: everyone else is in the hidden room of their own.
pub fn and_place(conn: &mut Connection, user: UserId) -> Result<OwnRooms, StoreError> {
    // Beside one of the rooms, so that it is not read anew with each of them.
    let beside_their_own = place::id.eq(THE_PLACE).and(rooms::kind.eq(RoomKind::Person.as_str()));
    let mine = memberships::table
        .inner_join(rooms::table)
        .left_join(place::table.on(beside_their_own))
        .filter(memberships::user_id.eq(user.get()))
        .order(memberships::room_id);
    let the_place = (place::name, place::sign_up, place::second_factor, place::epoch, place::room_id).nullable();
    let rows: Vec<(RoomRow, String, i64, Option<PlaceRow>)> = on_either!(conn, conn => mine
        .select((RoomRow::as_select(), memberships::role, memberships::read_number, the_place))
        .load(conn))?;
    let (mut rooms, mut the_place) = (Vec::with_capacity(rows.len()), None);
    for (room, role, read, place) in rows {
        rooms.push(into_membership((room, role, read))?);
        if let Some(place) = place {
            the_place = Some(into_place(place)?);
        }
    }
    let place = the_place.ok_or_else(|| StoreError::broken("there is a user without a room or a place"))?;
    Ok(OwnRooms { rooms, place })
}

/// A room as one of its members sees it.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound): not in it, or there is none.
pub fn membership(conn: &mut Connection, user: UserId, room: RoomId) -> Result<Membership, StoreError> {
    let row: Option<MembershipRow> = memberships::table
        .inner_join(rooms::table)
        .filter(memberships::user_id.eq(user.get()).and(memberships::room_id.eq(room.get())))
        .select((RoomRow::as_select(), memberships::role, memberships::read_number))
        .get_result(conn)
        .optional()?;
    into_membership(row.ok_or_else(Refusal::not_found)?)
}

type ListedRow = (i64, Option<String>, String, Option<i64>, Option<i64>, bool);

fn into_listed((id, name, topic, archived_at, members, joined): ListedRow) -> Result<ListedRoom, StoreError> {
    Ok(ListedRoom {
        id: RoomId::new(id),
        name: name.map(RoomName::from_stored).ok_or_else(|| StoreError::broken(format!("the public room {id} has no name")))?,
        topic: Topic::from_stored(topic),
        members: members.unwrap_or(0),
        archived: archived_at.is_some(),
        joined,
    })
}

/// The public rooms, by name.
///
/// # Errors
/// Refused with [`Code::Forbidden`](crate::domain::Code::Forbidden) for guests.
pub fn public(conn: &mut Connection, by: UserId) -> Result<Vec<ListedRoom>, StoreError> {
    let role: Option<String> = users::table.find(by.get()).select(users::role).get_result(conn).optional()?;
    match role.map(|role| word(&role, PlaceRole::from_word)).transpose()? {
        None | Some(PlaceRole::Guest) => return Err(Refusal::forbidden().into()),
        Some(PlaceRole::Owner | PlaceRole::Admin | PlaceRole::Member) => {}
    }
    let in_it = memberships::table.filter(memberships::room_id.eq(rooms::id));
    let rows: Vec<ListedRow> = rooms::table
        .filter(rooms::kind.eq(RoomKind::Public.as_str()))
        .order((rooms::name_key, rooms::id))
        .select((
            rooms::id,
            rooms::name,
            rooms::topic,
            rooms::archived_at,
            in_it.select(count_star()).single_value(),
            exists(in_it.filter(memberships::user_id.eq(by.get()))),
        ))
        .load(conn)?;
    rows.into_iter().map(into_listed).collect()
}

/// A public room as the place is told of it; `None` where it is not public.
pub(super) fn listed(conn: &mut Connection, room: RoomId) -> Result<Option<ListedRoom>, StoreError> {
    let row: Option<(i64, Option<String>, String, Option<i64>)> = rooms::table
        .find(room.get())
        .filter(rooms::kind.eq(RoomKind::Public.as_str()))
        .select((rooms::id, rooms::name, rooms::topic, rooms::archived_at))
        .get_result(conn)
        .optional()?;
    let Some((id, name, topic, archived_at)) = row else {
        return Ok(None);
    };
    let members: i64 = memberships::table.filter(memberships::room_id.eq(room.get())).count().get_result(conn)?;
    into_listed((id, name, topic, archived_at, Some(members), false)).map(Some)
}

/// The people of a room that `by` is in, in the order in which they came.
///
/// # Errors
/// Refused with [`Code::NotFound`](crate::domain::Code::NotFound): not in it, or there is none.
pub fn members(conn: &mut Connection, by: UserId, room: RoomId) -> Result<Vec<Member>, StoreError> {
    let mine = diesel::alias!(memberships as mine);
    let i_am_in = mine.filter(mine.field(memberships::room_id).eq(room.get())).filter(mine.field(memberships::user_id).eq(by.get()));
    let rows: Vec<(UserRow, String)> = memberships::table
        .inner_join(users::table)
        .filter(memberships::room_id.eq(room.get()).and(exists(i_am_in)))
        .order((memberships::joined_at, memberships::user_id))
        .select((UserRow::as_select(), memberships::role))
        .load(conn)?;
    // Whoever may look finds at least themselves.
    if rows.is_empty() {
        return Err(Refusal::not_found().into());
    }
    rows.into_iter().map(|(user, role)| Ok(Member { user: user.into_user()?, role: word(&role, RoomRole::from_word)? })).collect()
}
