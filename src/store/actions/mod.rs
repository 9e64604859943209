//! Every change that a user can ask for: what is asked is decided by [`policy`] on rows read in the same transaction.

mod direct;
mod facts;
mod membership;
mod people;
mod person;
mod place;
mod posting;
mod reading;
mod record;
mod rooms;

use self::facts::Facts;
pub(super) use self::membership::may_bring;
pub(super) use self::posting::{Post, Posted, Short, run_all as post_all, run_known as post_known};
pub(super) use self::rooms::make as make_room;
use super::{StoreError, Transaction};
use crate::domain::{Action, By, Outcome, policy};

/// Checks the right on fresh rows, makes the change and logs it.
///
/// # Errors
/// [`StoreError::Refused`] with the reason; what the database answers.
pub fn run(tx: &mut Transaction<'_>, by: &By, action: &Action) -> Result<Outcome, StoreError> {
    if let Some(post) = Post::of(by, action) {
        return posting::run(tx, post);
    }
    let facts = Facts::load(tx, by.user, by.grant, action.room())?;
    let (asked, by) = (by, by.user);
    let person = facts.person(tx, action.subject())?;
    let room = facts.about_room(tx, action)?;
    policy::authorize(facts.actor(), action, room, person)?;
    let recorded = record::of(tx, asked, action, facts.room().ok())?;
    let outcome = match action {
        Action::Post { .. } => Err(StoreError::broken("a post goes its own way")),
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
        Action::SetSecondFactorRule { rule } => place::set_second_factor_rule(tx, *rule),
        Action::SetRole { .. }
        | Action::Deactivate { .. }
        | Action::Reactivate { .. }
        | Action::Ban { .. }
        | Action::Unban { .. }
        | Action::DeleteAccount { .. } => people::run(tx, by, action),
        Action::SetRoomRole { room, user, role } => membership::set_role(tx, by, *room, *user, *role),
        Action::BanMember { room, user } => membership::ban(tx, by, *room, *user),
        Action::UnbanMember { room, user } => membership::unban(tx, *room, *user),
    }?;
    record::append(tx, asked, recorded)?;
    Ok(outcome)
}
