//! One's own account.

use diesel::prelude::*;

use super::rooms::person;
use crate::domain::{DisplayName, Event, Outcome, UserId};
use crate::store::schema::users;
use crate::store::{StoreError, Transaction, place};

/// Changes how one is shown.
pub fn set_display_name(tx: &mut Transaction<'_>, by: UserId, display_name: &DisplayName) -> Result<Outcome, StoreError> {
    let mut user = person(tx, by)?;
    if user.display_name != *display_name {
        diesel::update(users::table.find(by.get())).set(users::display_name.eq(display_name.as_str())).execute(&mut **tx)?;
        user.display_name = display_name.clone();
        let place = place::room(tx)?;
        tx.log(place, Some(by), Event::UserChanged { user: user.clone() })?;
    }
    Ok(Outcome::Changed { user })
}
