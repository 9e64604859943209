//! Every change that a user can ask for: what is asked is decided by [`policy`] on rows read in the same transaction.

mod direct;
mod facts;
mod membership;
mod person;
mod place;
mod posting;
mod reading;
mod rooms;

use self::facts::Facts;
pub(super) use self::rooms::make as make_room;
use super::{StoreError, Transaction, memberships};
use crate::domain::{Action, By, Outcome, policy};

/// Checks the right on fresh rows, makes the change and logs it.
///
/// # Errors
/// [`StoreError::Refused`] with the reason; what the database answers.
pub fn run(tx: &mut Transaction<'_>, by: &By, action: &Action) -> Result<Outcome, StoreError> {
    let facts = Facts::load(tx, by, action.room())?;
    let by = by.user;
    // A retry is answered as the first try was, whatever has become of the right since: nothing new is stored for it.
    if let Action::Post { room, client_id, content } = action
        && let Some(outcome) = posting::first_result(tx, by, *room, *client_id, content)?
    {
        return Ok(outcome);
    }
    let subject = match action {
        Action::RemoveMember { room, user } => memberships::role(tx, *room, *user)?,
        _ => None,
    };
    policy::authorize(facts.actor(), action, facts.about_room(subject)?)?;
    match action {
        Action::Post { room, client_id, content } => posting::post(tx, by, *room, *client_id, content),
        Action::MarkRead { number, .. } => reading::mark(tx, &facts, *number),
        Action::CreateRoom { name, topic, visibility } => rooms::create(tx, by, name, topic, *visibility),
        Action::OpenDirect { peers } => direct::open(tx, by, peers),
        Action::JoinRoom { room } => membership::join(tx, &facts, *room),
        Action::LeaveRoom { room } => membership::remove(tx, by, *room, by),
        Action::AddMember { room, user } => membership::add(tx, by, *room, *user),
        Action::RemoveMember { room, user } => membership::remove(tx, by, *room, *user),
        Action::RenameRoom { name, .. } => rooms::rename(tx, &facts, name),
        Action::SetTopic { topic, .. } => rooms::set_topic(tx, &facts, topic),
        Action::SetVisibility { visibility, .. } => rooms::set_visibility(tx, &facts, *visibility),
        Action::SetArchived { archived, .. } => rooms::set_archived(tx, &facts, *archived),
        Action::SetDisplayName { display_name } => person::set_display_name(tx, by, display_name),
        Action::RenamePlace { name } => place::rename(tx, by, name),
        Action::SetSignUp { mode } => place::set_sign_up(tx, by, *mode),
    }
}
