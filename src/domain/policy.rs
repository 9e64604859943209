//! Who may do what: one function, asked inside the transaction that makes the change.

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
        Action::RenamePlace { .. } | Action::SetSignUp { .. } => Access::Admin,
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
        | Action::SetDisplayName { .. } => Access::Write,
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

/// Decides. `room` is `None` where the action names no room, or one that does not exist.
///
/// # Errors
/// [`Code::NotFound`] for a hidden room as for a missing one, else [`Code::NotAMember`], [`Code::Forbidden`],
/// [`Code::RoomArchived`] or [`Code::DefaultRoom`].
pub fn authorize(actor: Actor, action: &Action, room: Option<RoomFacts>) -> Result<(), Refusal> {
    reaches(actor.grant, action)?;
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
        Action::RenamePlace { .. } | Action::SetSignUp { .. } => actor.runs_the_place(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ClientId, Content, DirectPeers, DisplayName, MessageBody, Number, PlaceName, RoomId, RoomName, SafeHtml, SignUpMode,
    };
    use crate::domain::{Topic, Visibility};

    const ROOM: RoomId = RoomId::new(7);
    const BOB: UserId = UserId::new(2);

    fn actor(role: PlaceRole) -> Actor {
        Actor { user: UserId::new(1), role, grant: Grant::FULL }
    }

    fn facts(kind: RoomKind, membership: Option<RoomRole>) -> RoomFacts {
        RoomFacts { kind, archived: false, is_default: false, membership, subject: Some(RoomRole::Member) }
    }

    /// One of each, in the order of `Action`.
    fn every_action() -> Vec<Action> {
        let name = RoomName::parse("lobby").unwrap();
        let body = MessageBody::parse("hi", 100).unwrap();
        let content = Content { body, html: SafeHtml::vouched_for("hi".into()), renderer: 1 };
        let client_id = ClientId::parse("7f4c2a52-3c0e-4d0b-9a5d-3a8f5c1f0b11").unwrap();
        vec![
            Action::Post { room: ROOM, client_id, content },
            Action::MarkRead { room: ROOM, number: Number(1) },
            Action::CreateRoom { name: name.clone(), topic: Topic::empty(), visibility: Visibility::Public },
            Action::OpenDirect { peers: DirectPeers::parse(UserId::new(1), &[BOB]).unwrap() },
            Action::JoinRoom { room: ROOM },
            Action::LeaveRoom { room: ROOM },
            Action::AddMember { room: ROOM, user: BOB },
            Action::RemoveMember { room: ROOM, user: BOB },
            Action::RenameRoom { room: ROOM, name },
            Action::SetTopic { room: ROOM, topic: Topic::empty() },
            Action::SetVisibility { room: ROOM, visibility: Visibility::Private },
            Action::SetArchived { room: ROOM, archived: true },
            Action::SetDisplayName { display_name: DisplayName::parse("A").unwrap() },
            Action::RenamePlace { name: PlaceName::parse("P").unwrap() },
            Action::SetSignUp { mode: SignUpMode::Open },
        ]
    }

    /// `.` allowed, `n` not found, `j` join first, `f` forbidden, `a` archived, `d` default room, `t` the token does not reach that far.
    fn row(role: PlaceRole, room: Option<RoomFacts>) -> String {
        row_of(actor(role), room)
    }

    fn row_of(actor: Actor, room: Option<RoomFacts>) -> String {
        let letter = |action: &Action| match authorize(actor, action, room).map_err(|refusal| refusal.code) {
            Ok(()) => '.',
            Err(Code::NotFound) => 'n',
            Err(Code::NotAMember) => 'j',
            Err(Code::Forbidden) => 'f',
            Err(Code::RoomArchived) => 'a',
            Err(Code::DefaultRoom) => 'd',
            Err(Code::TokenScope) => 't',
            Err(other) => panic!("{other:?}"),
        };
        every_action().iter().map(letter).collect()
    }

    #[test]
    fn who_may_do_what() {
        use PlaceRole::{Admin, Guest, Member, Owner};
        use RoomKind::{Direct, Person, Place, Private, Public};
        let seen = |kind, membership| Some(facts(kind, membership));
        // Columns: post, read, create, direct, join, leave, add, remove, rename, topic, visibility, archive, display name, place, sign-up.
        let table = [
            (Member, None, "nn..nnnnnnnn.ff"),
            (Member, seen(Private, None), "nn..nnnnnnnn.ff"),
            (Owner, seen(Private, None), "nn..nnnnnnnn..."),
            (Member, seen(Direct, None), "nn..nnnnnnnn.ff"),
            (Owner, seen(Place, Some(RoomRole::Member)), "nn..nnnnnnnn..."),
            (Owner, seen(Person, Some(RoomRole::Owner)), "nn..nnnnnnnn..."),
            (Member, seen(Public, None), "jj...jjjjjjj.ff"),
            (Guest, seen(Public, None), "nnffnnnnnnnn.ff"),
            (Admin, seen(Public, None), "jj...jj........"),
            (Member, seen(Public, Some(RoomRole::Member)), ".......ff.ff.ff"),
            (Member, seen(Public, Some(RoomRole::Moderator)), "..........ff.ff"),
            (Member, seen(Public, Some(RoomRole::Owner)), ".............ff"),
            (Admin, seen(Public, Some(RoomRole::Member)), "..............."),
            (Guest, seen(Public, Some(RoomRole::Member)), "..fff.ffffff.ff"),
            (Member, seen(Private, Some(RoomRole::Member)), "....f..ff.ff.ff"),
            (Member, seen(Direct, Some(RoomRole::Owner)), "....ffffffff.ff"),
        ];
        for (role, room, expected) in table {
            assert_eq!(row(role, room), expected, "{role:?} {room:?}");
        }
    }

    #[test]
    fn a_token_reaches_as_far_as_it_says_and_no_further_than_its_user() {
        let in_room = |role| Some(facts(RoomKind::Public, role));
        let by = |role, access, room| Actor { grant: Grant { access, room }, ..actor(role) };
        let (owner, member) = (Some(RoomRole::Owner), Some(RoomRole::Member));
        for (actor, room, expected) in [
            (by(PlaceRole::Owner, Access::Read, None), in_room(owner), "ttttttttttttttt"),
            (by(PlaceRole::Owner, Access::Write, None), in_room(owner), ".............tt"),
            (by(PlaceRole::Owner, Access::Write, None), in_room(member), ".......ff.ff.tt"),
            (by(PlaceRole::Owner, Access::Write, None), in_room(None), "jj...jjjjjjj.tt"),
            (by(PlaceRole::Owner, Access::Admin, None), in_room(None), "jj...jj........"),
            (by(PlaceRole::Member, Access::Admin, None), in_room(member), ".......ff.ff.ff"),
            (by(PlaceRole::Member, Access::Write, Some(ROOM)), in_room(member), "..tt...ff.ffttt"),
            (by(PlaceRole::Member, Access::Write, Some(RoomId::new(8))), in_room(owner), "nnttnnnnnnnnttt"),
        ] {
            assert_eq!(row_of(actor, room), expected, "{actor:?}");
        }
    }

    #[test]
    fn an_archived_room_can_be_read_left_and_opened_again_only() {
        let room = RoomFacts { archived: true, ..facts(RoomKind::Public, Some(RoomRole::Owner)) };
        assert_eq!(row(PlaceRole::Member, Some(room)), "a...a.a.aaa..ff");
    }

    #[test]
    fn the_room_of_newcomers_stays_public_and_open() {
        let room = RoomFacts { is_default: true, ..facts(RoomKind::Public, Some(RoomRole::Owner)) };
        assert_eq!(row(PlaceRole::Owner, Some(room)), "..........dd...");
    }

    #[test]
    fn a_moderator_does_not_remove_an_owner() {
        let action = Action::RemoveMember { room: ROOM, user: BOB };
        let room = RoomFacts { subject: Some(RoomRole::Owner), ..facts(RoomKind::Public, Some(RoomRole::Moderator)) };
        assert_eq!(authorize(actor(PlaceRole::Member), &action, Some(room)).unwrap_err().code, Code::Forbidden);
        let gone = RoomFacts { subject: None, ..facts(RoomKind::Public, Some(RoomRole::Owner)) };
        assert_eq!(authorize(actor(PlaceRole::Member), &action, Some(gone)).unwrap_err().code, Code::NotFound);
    }
}
