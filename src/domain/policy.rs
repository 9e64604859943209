//! Who may do what: one function, asked inside the transaction that makes the change.

mod people;

pub use people::{PersonFacts, may_invite};

use super::{Access, Action, Code, Grant, PlaceRole, Refusal, RoomKind, RoomRole, UserId};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub user: UserId,
    pub role: PlaceRole,
    /// How far the credential reaches that they ask by.
    pub grant: Grant,
}

/// What the database knows of the room in question and of the actor in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomFacts {
    pub kind: RoomKind,
    pub archived: bool,
    pub is_default: bool,
    /// The actor's role in the room; `None` for one who is not in it.
    pub membership: Option<RoomRole>,
    /// The role of the user an action names (to be removed), where it names one who is in the room.
    pub subject: Option<RoomRole>,
    /// Whether somebody else owns it too.
    pub other_owners: bool,
    /// Whether the one who would come in (the actor, or the user an action names) has been banned from it.
    pub banned: bool,
}

/// Whether the actor can know that the room exists.
pub fn can_see(actor: Actor, room: RoomFacts) -> bool {
    match room.kind {
        RoomKind::Public => room.membership.is_some() || actor.role != PlaceRole::Guest,
        RoomKind::Private | RoomKind::Direct => room.membership.is_some(),
        RoomKind::Place | RoomKind::Person => false,
    }
}

/// Whether the actor may read the room's messages, events and members. Public rooms are read by joining them.
pub fn can_read(room: RoomFacts) -> bool {
    room.membership.is_some()
}

impl Actor {
    /// Whether they run the place, and by a credential that reaches that far.
    pub fn runs_the_place(self) -> bool {
        self.role.runs_the_place() && self.grant.access == Access::Admin
    }
}

/// What an action takes of a credential.
const fn needed(action: &Action) -> Access {
    match action {
        Action::RenamePlace { .. }
        | Action::SetSignUp { .. }
        | Action::SetSecondFactorRule { .. }
        | Action::SetRole { .. }
        | Action::Deactivate { .. }
        | Action::Reactivate { .. }
        | Action::Ban { .. }
        | Action::Unban { .. }
        | Action::DeleteAccount { .. } => Access::Admin,
        Action::Post { .. }
        | Action::MarkRead { .. }
        | Action::CreateRoom { .. }
        | Action::OpenDirect { .. }
        | Action::JoinRoom { .. }
        | Action::LeaveRoom { .. }
        | Action::AddMember { .. }
        | Action::RemoveMember { .. }
        | Action::RenameRoom { .. }
        | Action::SetTopic { .. }
        | Action::SetVisibility { .. }
        | Action::SetArchived { .. }
        | Action::SetDisplayName { .. }
        | Action::SetRoomRole { .. }
        | Action::BanMember { .. }
        | Action::UnbanMember { .. } => Access::Write,
    }
}

/// Whether the credential reaches as far as the action. To a token for one room the others are as if they were not there.
fn reaches(grant: Grant, action: &Action) -> Result<(), Refusal> {
    match (grant.room, action.room()) {
        (Some(only), Some(room)) if only != room => return Err(Refusal::not_found()),
        (Some(_), None) => return Err(Refusal::token_scope()),
        (Some(_) | None, _) => {}
    }
    if grant.access < needed(action) { Err(Refusal::token_scope()) } else { Ok(()) }
}

/// Decides. `room` is `None` where the action names no room, or one that does not exist; `person` where it is done to nobody, or to
/// somebody who does not exist.
///
/// # Errors
/// [`Code::NotFound`] for a hidden room as for a missing one, else [`Code::NotAMember`], [`Code::Forbidden`],
/// [`Code::RoomArchived`], [`Code::DefaultRoom`], [`Code::RoomBanned`], [`Code::LastOwner`] or [`Code::TokenScope`].
pub fn authorize(actor: Actor, action: &Action, room: Option<RoomFacts>, person: Option<PersonFacts>) -> Result<(), Refusal> {
    reaches(actor.grant, action)?;
    if action.room().is_none() {
        return authorize_in_place(actor, action, person);
    }
    let room = room.filter(|room| can_see(actor, *room)).ok_or_else(Refusal::not_found)?;
    let allowed = |yes: bool| if yes { Ok(()) } else { Err(Refusal::forbidden()) };
    let named = matches!(room.kind, RoomKind::Public | RoomKind::Private);

    if let Action::JoinRoom { .. } = action {
        open(room)?;
        allowed(room.kind == RoomKind::Public && actor.role != PlaceRole::Guest)?;
        return not_banned(room);
    }
    let runs_place = actor.runs_the_place();
    let role = match room.membership {
        Some(role) => role,
        // An admin looks after public rooms without being in them.
        None if runs_place && looks_after(action) => RoomRole::Owner,
        None => return Err(Refusal::of(Code::NotAMember, "Join the room first.")),
    };
    let owns = role == RoomRole::Owner || runs_place;
    let moderates = owns || role == RoomRole::Moderator;
    match action {
        Action::Post { .. } => open(room),
        Action::MarkRead { .. } => Ok(()),
        Action::LeaveRoom { .. } => allowed(named),
        Action::AddMember { .. } => {
            // A guest comes in by somebody who looks after the room, and not by anyone who happens to be there.
            let guest = person.is_some_and(|person| person.role == PlaceRole::Guest);
            open(room)?;
            allowed(named && actor.role != PlaceRole::Guest && (!guest || moderates))?;
            not_banned(room)
        }
        Action::SetRoomRole { role, .. } => {
            allowed(named && owns)?;
            match room.subject {
                None => Err(Refusal::not_found()),
                Some(RoomRole::Owner) if *role != RoomRole::Owner && !room.other_owners => Err(last_owner()),
                Some(_) => allowed(*role == RoomRole::Member || person.is_some_and(|person| person.role != PlaceRole::Guest)),
            }
        }
        Action::BanMember { .. } => {
            person.ok_or_else(Refusal::not_found)?;
            let above = room.subject == Some(RoomRole::Owner) || person.is_some_and(|person| person.role.runs_the_place());
            allowed(named && if above { owns && person.is_some_and(|person| !person.is_actor) } else { moderates })
        }
        Action::UnbanMember { .. } => allowed(named && moderates),
        Action::RemoveMember { .. } => match room.subject {
            None => Err(Refusal::not_found()),
            Some(RoomRole::Owner) => allowed(named && owns),
            Some(_) => allowed(named && moderates),
        },
        Action::SetTopic { .. } => open(room).and_then(|()| allowed(named && actor.role != PlaceRole::Guest)),
        Action::RenameRoom { .. } => open(room).and_then(|()| allowed(named && moderates)),
        Action::SetVisibility { .. } => allowed(named && owns).and_then(|()| open(room)).and_then(|()| not_default(room)),
        Action::SetArchived { .. } => allowed(named && owns).and_then(|()| not_default(room)),
        Action::JoinRoom { .. }
        | Action::CreateRoom { .. }
        | Action::OpenDirect { .. }
        | Action::SetDisplayName { .. }
        | Action::RenamePlace { .. }
        | Action::SetSignUp { .. }
        | Action::SetSecondFactorRule { .. }
        | Action::SetRole { .. }
        | Action::Deactivate { .. }
        | Action::Reactivate { .. }
        | Action::Ban { .. }
        | Action::Unban { .. }
        | Action::DeleteAccount { .. } => Err(Refusal::forbidden()),
    }
}

fn authorize_in_place(actor: Actor, action: &Action, person: Option<PersonFacts>) -> Result<(), Refusal> {
    let may = match action {
        Action::SetDisplayName { .. } => true,
        Action::CreateRoom { .. } | Action::OpenDirect { .. } => actor.role != PlaceRole::Guest,
        Action::RenamePlace { .. } | Action::SetSignUp { .. } | Action::SetSecondFactorRule { .. } => actor.runs_the_place(),
        _ => return people::authorize(actor, action, person),
    };
    if may { Ok(()) } else { Err(Refusal::forbidden()) }
}

/// What an admin may do to a public room from outside.
const fn looks_after(action: &Action) -> bool {
    matches!(
        action,
        Action::RemoveMember { .. }
            | Action::SetRoomRole { .. }
            | Action::BanMember { .. }
            | Action::UnbanMember { .. }
            | Action::RenameRoom { .. }
            | Action::SetTopic { .. }
            | Action::SetVisibility { .. }
            | Action::SetArchived { .. }
    )
}

fn open(room: RoomFacts) -> Result<(), Refusal> {
    if room.archived { Err(Refusal::of(Code::RoomArchived, "This room is archived; it can be read but not changed.")) } else { Ok(()) }
}

fn not_banned(room: RoomFacts) -> Result<(), Refusal> {
    if room.banned { Err(Refusal::of(Code::RoomBanned, "They were banned from this room; a moderator can lift that.")) } else { Ok(()) }
}

fn last_owner() -> Refusal {
    Refusal::of(Code::LastOwner, "Somebody must own it; make somebody else an owner first.")
}

fn not_default(room: RoomFacts) -> Result<(), Refusal> {
    if room.is_default { Err(Refusal::of(Code::DefaultRoom, "New people land in this room, so it stays public and open.")) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
