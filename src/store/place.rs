//! The place: the team's one row.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Text};
use uuid::Uuid;

use super::actions::make_room;
use super::rows::word;
use super::schema::{place, rooms};
use super::users::{self, NewUser};
use super::{Connection, StoreError, Transaction};
use crate::domain::{
    Code, Event, PlaceName, PlaceRole, Refusal, RoomId, RoomKind, RoomName, SecondFactorRule, SignUpMode, Topic, User, Visibility,
};

/// The team's Snug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: PlaceName,
    pub sign_up: SignUpMode,
    /// Of whom a second factor is asked.
    pub second_factor: SecondFactorRule,
    /// Random id of this history of the database.
    pub epoch: String,
    /// The hidden room that logs what belongs to no room.
    pub room: RoomId,
}

/// What the wizard asks for.
#[derive(Debug, Clone)]
pub struct NewPlace {
    pub name: PlaceName,
    pub sign_up: SignUpMode,
    /// Becomes the owner, whatever its `role` says.
    pub owner: NewUser,
}

/// The only row's key.
pub(super) const THE_PLACE: i64 = 1;

/// The row as it is read.
pub(super) type PlaceRow = (String, String, String, String, i64);
/// The SQL types of a [`PlaceRow`].
pub(super) type PlaceTypes = (Text, Text, Text, Text, BigInt);

/// Reads it back.
pub(super) fn into_place((name, sign_up, second_factor, epoch, room): PlaceRow) -> Result<Place, StoreError> {
    let sign_up = word(&sign_up, SignUpMode::from_word)?;
    let second_factor = word(&second_factor, SecondFactorRule::from_word)?;
    Ok(Place { name: PlaceName::from_stored(name), sign_up, second_factor, epoch, room: RoomId::new(room) })
}

/// The place; `None` before set-up.
///
/// # Errors
/// What the database answers.
pub fn load(conn: &mut Connection) -> Result<Option<Place>, StoreError> {
    let columns = (place::name, place::sign_up, place::second_factor, place::epoch, place::room_id);
    let row: Option<PlaceRow> = place::table.find(THE_PLACE).select(columns).get_result(conn).optional()?;
    row.map(into_place).transpose()
}

/// The hidden room of the place.
pub(super) fn room(conn: &mut Connection) -> Result<RoomId, StoreError> {
    let room: Option<i64> = place::table.find(THE_PLACE).select(place::room_id).get_result(conn).optional()?;
    let not_set_up = || Refusal::of(Code::NotSetUp, "This Snug has not been set up yet; open the address that it printed when it started.");
    Ok(room.map(RoomId::new).ok_or_else(not_set_up)?)
}

/// Makes the place, its hidden room, its owner and `#general`, where everyone lands.
///
/// # Errors
/// Refused with [`Code::AlreadySetUp`] where there is one.
pub fn establish(tx: &mut Transaction<'_>, new: &NewPlace) -> Result<User, StoreError> {
    let already = || StoreError::from(Refusal::of(Code::AlreadySetUp, "This Snug has been set up already; sign in instead."));
    if load(tx)?.is_some() {
        return Err(already());
    }
    let now = tx.now().micros();
    let room: i64 = diesel::insert_into(rooms::table)
        .values((rooms::kind.eq(RoomKind::Place.as_str()), rooms::created_at.eq(now), rooms::last_at.eq(now)))
        .returning(rooms::id)
        .get_result(&mut **tx)?;
    diesel::insert_into(place::table)
        .values((
            place::id.eq(THE_PLACE),
            place::name.eq(new.name.as_str()),
            place::sign_up.eq(new.sign_up.as_str()),
            place::epoch.eq(Uuid::new_v4().simple().to_string()),
            place::room_id.eq(room),
            place::set_up_at.eq(now),
        ))
        .execute(&mut **tx)
        .map_err(|error| match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => already(),
            other => other.into(),
        })?;
    tx.log(RoomId::new(room), None, Event::Created)?;
    let owner = users::create(tx, &NewUser { role: PlaceRole::Owner, ..new.owner.clone() })?;
    let general = RoomName::parse("general")?;
    let general = make_room(tx, &owner, &general, &Topic::empty(), Visibility::Public)?;
    diesel::update(rooms::table.find(general.get())).set(rooms::is_default.eq(true)).execute(&mut **tx)?;
    super::memberships::announce(tx, general, owner.id, owner.id)?;
    Ok(owner)
}

/// Another name.
pub(super) fn rename(conn: &mut Connection, name: &PlaceName) -> Result<(), StoreError> {
    diesel::update(place::table.find(THE_PLACE)).set(place::name.eq(name.as_str())).execute(conn)?;
    Ok(())
}

/// Who may sign up.
pub(super) fn set_sign_up(conn: &mut Connection, mode: SignUpMode) -> Result<(), StoreError> {
    diesel::update(place::table.find(THE_PLACE)).set(place::sign_up.eq(mode.as_str())).execute(conn)?;
    Ok(())
}

/// Of whom a second factor is asked.
pub(super) fn set_second_factor(conn: &mut Connection, rule: SecondFactorRule) -> Result<(), StoreError> {
    diesel::update(place::table.find(THE_PLACE)).set(place::second_factor.eq(rule.as_str())).execute(conn)?;
    Ok(())
}
