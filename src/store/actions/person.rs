//! One's own account.

use diesel::prelude::*;

use super::rooms::person;
use crate::domain::{DisplayName, Outcome, UserId};
use crate::store::schema;
use crate::store::{StoreError, Transaction, users};

/// Changes how one is shown.
pub fn set_display_name(tx: &mut Transaction<'_>, by: UserId, display_name: &DisplayName) -> Result<Outcome, StoreError> {
    let mut user = person(tx, by)?;
    if user.display_name != *display_name {
        diesel::update(schema::users::table.find(by.get()))
            .set(schema::users::display_name.eq(display_name.as_str()))
            .execute(&mut **tx)?;
        user.display_name = display_name.clone();
        users::announce_change(tx, Some(by), &user)?;
    }
    Ok(Outcome::Changed { user })
}
