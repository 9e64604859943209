//! Making rooms and changing what they are.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::Facts;
use crate::domain::{Code, Event, Outcome, Refusal, RoomId, RoomKind, RoomName, RoomRole, Topic, User, UserId, Visibility};
use crate::store::schema::rooms;
use crate::store::{Connection, StoreError, Transaction, memberships, place, rooms as read, users};

/// Makes a room and enters it.
pub fn create(tx: &mut Transaction<'_>, by: UserId, name: &RoomName, topic: &Topic, visibility: Visibility) -> Result<Outcome, StoreError> {
    let owner = person(tx, by)?;
    let room = make(tx, &owner, name, topic, visibility)?;
    memberships::announce(tx, room, by, by)?;
    Ok(Outcome::Entered { room: read::membership(tx, by, room)? })
}

/// Makes a room with its owner in it, and lists it where it is public. The owner is still to be told.
pub fn make(tx: &mut Transaction<'_>, owner: &User, name: &RoomName, topic: &Topic, visibility: Visibility) -> Result<RoomId, StoreError> {
    let now = tx.now().micros();
    let id: i64 = diesel::insert_into(rooms::table)
        .values((
            rooms::kind.eq(RoomKind::from(visibility).as_str()),
            rooms::name.eq(name.as_str()),
            rooms::name_key.eq(name.key()),
            rooms::topic.eq(topic.as_str()),
            rooms::created_by.eq(owner.id.get()),
            rooms::created_at.eq(now),
            rooms::last_at.eq(now),
        ))
        .returning(rooms::id)
        .get_result(&mut **tx)
        .map_err(name_taken)?;
    let room = RoomId::new(id);
    tx.log(room, Some(owner.id), Event::Created)?;
    memberships::admit(tx, room, owner, RoomRole::Owner, owner.id)?;
    list(tx, room, owner.id)?;
    Ok(room)
}

/// Gives it another name.
pub fn rename(tx: &mut Transaction<'_>, facts: &Facts, name: &RoomName) -> Result<Outcome, StoreError> {
    let row = facts.room()?;
    if row.name.as_deref() == Some(name.as_str()) {
        return Ok(Outcome::Done);
    }
    diesel::update(rooms::table.find(row.id))
        .set((rooms::name.eq(name.as_str()), rooms::name_key.eq(name.key())))
        .execute(&mut **tx)
        .map_err(name_taken)?;
    tell(tx, facts, Event::Renamed { name: name.clone() })
}

/// Says what it is about.
pub fn set_topic(tx: &mut Transaction<'_>, facts: &Facts, topic: &Topic) -> Result<Outcome, StoreError> {
    let row = facts.room()?;
    if row.topic == topic.as_str() {
        return Ok(Outcome::Done);
    }
    diesel::update(rooms::table.find(row.id)).set(rooms::topic.eq(topic.as_str())).execute(&mut **tx)?;
    tell(tx, facts, Event::TopicSet { topic: topic.clone() })
}

/// Lets everyone find it, or only its members know of it.
pub fn set_visibility(tx: &mut Transaction<'_>, facts: &Facts, visibility: Visibility) -> Result<Outcome, StoreError> {
    let row = facts.room()?;
    let kind = RoomKind::from(visibility);
    if row.kind()? == kind {
        return Ok(Outcome::Done);
    }
    diesel::update(rooms::table.find(row.id)).set(rooms::kind.eq(kind.as_str())).execute(&mut **tx).map_err(name_taken)?;
    let outcome = tell(tx, facts, Event::VisibilitySet { visibility })?;
    if visibility == Visibility::Private {
        let place = place::room(tx)?;
        tx.log(place, Some(facts.actor().user), Event::RoomUnlisted { room: RoomId::new(facts.room()?.id) })?;
    }
    Ok(outcome)
}

/// Closes it for new messages, or opens it again.
pub fn set_archived(tx: &mut Transaction<'_>, facts: &Facts, archived: bool) -> Result<Outcome, StoreError> {
    let row = facts.room()?;
    if row.archived_at.is_some() == archived {
        return Ok(Outcome::Done);
    }
    let at = archived.then_some(tx.now().micros());
    diesel::update(rooms::table.find(row.id)).set(rooms::archived_at.eq(at)).execute(&mut **tx)?;
    tell(tx, facts, if archived { Event::Archived } else { Event::Unarchived })
}

/// Tells the room, and the place where the room is public.
fn tell(tx: &mut Transaction<'_>, facts: &Facts, event: Event) -> Result<Outcome, StoreError> {
    let (room, by) = (RoomId::new(facts.room()?.id), facts.actor().user);
    tx.log(room, Some(by), event)?;
    list(tx, room, by)?;
    Ok(Outcome::Done)
}

/// Tells the place how a public room looks now. Who is in it is left out of this: that would tell everyone of every coming and going.
fn list(tx: &mut Transaction<'_>, room: RoomId, by: UserId) -> Result<(), StoreError> {
    if let Some(listed) = read::listed(tx, room)? {
        let place = place::room(tx)?;
        tx.log(place, Some(by), Event::RoomListed { room: listed })?;
    }
    Ok(())
}

/// The account of someone who was there a moment ago.
pub fn person(conn: &mut Connection, user: UserId) -> Result<User, StoreError> {
    users::find(conn, user)?.ok_or_else(|| Refusal::not_found().into())
}

fn name_taken(error: Error) -> StoreError {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            Refusal::of(Code::RoomNameTaken, "A public room has this name, or one that looks like it; choose another.").field("name").into()
        }
        other => other.into(),
    }
}
