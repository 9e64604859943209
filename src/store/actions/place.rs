//! The place's settings.

use crate::domain::{Event, Outcome, PlaceName, SignUpMode, UserId};
use crate::store::{StoreError, Transaction, place};

/// Gives the place another name.
pub fn rename(tx: &mut Transaction<'_>, by: UserId, name: &PlaceName) -> Result<Outcome, StoreError> {
    let room = place::room(tx)?;
    if place::load(tx)?.is_some_and(|place| place.name != *name) {
        place::rename(tx, name)?;
        tx.log(room, Some(by), Event::PlaceRenamed { name: name.clone() })?;
    }
    Ok(Outcome::Done)
}

/// Says who may sign up.
pub fn set_sign_up(tx: &mut Transaction<'_>, by: UserId, mode: SignUpMode) -> Result<Outcome, StoreError> {
    let room = place::room(tx)?;
    if place::load(tx)?.is_some_and(|place| place.sign_up != mode) {
        place::set_sign_up(tx, mode)?;
        tx.log(room, Some(by), Event::SignUpSet { mode })?;
    }
    Ok(Outcome::Done)
}
