//! Who may do what: one function, asked inside the transaction that makes the change.

use super::{Action, Code, PlaceRole, Refusal, RoomKind, RoomRole, UserId};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub user: UserId,
    pub role: PlaceRole,
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

/// Decides. `room` is `None` where the action names no room, or one that does not exist.
///
/// # Errors
/// [`Code::NotFound`] for a hidden room as for a missing one, else [`Code::NotAMember`], [`Code::Forbidden`],
/// [`Code::RoomArchived`] or [`Code::DefaultRoom`].
pub fn authorize(actor: Actor, action: &Action, room: Option<RoomFacts>) -> Result<(), Refusal> {
    if action.room().is_none() {
        return authorize_in_place(actor, action);
    }
    let room = room.filter(|room| can_see(actor, *room)).ok_or_else(Refusal::not_found)?;
    let allowed = |yes: bool| if yes { Ok(()) } else { Err(Refusal::forbidden()) };
    let named = matches!(room.kind, RoomKind::Public | RoomKind::Private);

    if let Action::JoinRoom { .. } = action {
        open(room)?;
        return allowed(room.kind == RoomKind::Public && actor.role != PlaceRole::Guest);
    }
    let runs_place = actor.role.runs_the_place();
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
        Action::AddMember { .. } => open(room).and_then(|()| allowed(named && actor.role != PlaceRole::Guest)),
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
        | Action::SetSignUp { .. } => Err(Refusal::forbidden()),
    }
}

fn authorize_in_place(actor: Actor, action: &Action) -> Result<(), Refusal> {
    let may = match action {
        Action::SetDisplayName { .. } => true,
        Action::CreateRoom { .. } | Action::OpenDirect { .. } => actor.role != PlaceRole::Guest,
        Action::RenamePlace { .. } | Action::SetSignUp { .. } => actor.role.runs_the_place(),
        _ => false,
    };
    if may { Ok(()) } else { Err(Refusal::forbidden()) }
}

/// What an admin may do to a public room from outside.
const fn looks_after(action: &Action) -> bool {
    matches!(
        action,
        Action::RemoveMember { .. }
            | Action::RenameRoom { .. }
            | Action::SetTopic { .. }
            | Action::SetVisibility { .. }
            | Action::SetArchived { .. }
    )
}

fn open(room: RoomFacts) -> Result<(), Refusal> {
    if room.archived { Err(Refusal::of(Code::RoomArchived, "This room is archived; it can be read but not changed.")) } else { Ok(()) }
}

fn not_default(room: RoomFacts) -> Result<(), Refusal> {
    if room.is_default { Err(Refusal::of(Code::DefaultRoom, "New people land in this room, so it stays public and open.")) } else { Ok(()) }
}
