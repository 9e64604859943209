//! The place's settings.

use crate::domain::{Cause, Event, Outcome, PlaceName, RoomId, Scope, SecondFactorRule, SignUpMode, UserId};
use crate::store::{StoreError, Transaction, place, revocations, second_factors, users};

/// Gives the place another name.
pub fn rename(tx: &mut Transaction<'_>, by: UserId, name: &PlaceName) -> Result<Outcome, StoreError> {
    let room = place::room(tx)?;
    if place::load(tx)?.is_some_and(|place| place.name != *name) {
        place::rename(tx, name)?;
        tell(tx, by, room, &Event::PlaceRenamed { name: name.clone() })?;
    }
    Ok(Outcome::Done)
}

/// Says who may sign up.
pub fn set_sign_up(tx: &mut Transaction<'_>, by: UserId, mode: SignUpMode) -> Result<Outcome, StoreError> {
    let room = place::room(tx)?;
    if place::load(tx)?.is_some_and(|place| place.sign_up != mode) {
        place::set_sign_up(tx, mode)?;
        tell(tx, by, room, &Event::SignUpSet { mode })?;
    }
    Ok(Outcome::Done)
}

/// Says of whom a second factor is asked. The sockets of those who must have one now and have none end.
pub fn set_second_factor_rule(tx: &mut Transaction<'_>, rule: SecondFactorRule) -> Result<Outcome, StoreError> {
    if place::load(tx)?.is_some_and(|place| place.second_factor != rule) {
        place::set_second_factor(tx, rule)?;
        for user in second_factors::missing_from(tx, rule)? {
            revocations::revoke(tx, Scope::UserSockets(user), Cause::SecondFactorNeeded)?;
        }
    }
    Ok(Outcome::Done)
}

/// Tells the place, and each guest, who sees its name too and does not hear the place's log.
fn tell(tx: &mut Transaction<'_>, by: UserId, place: RoomId, event: &Event) -> Result<(), StoreError> {
    tx.log(place, Some(by), event.clone())?;
    for guest in users::guests(tx)? {
        tx.log(guest, Some(by), event.clone())?;
    }
    Ok(())
}
