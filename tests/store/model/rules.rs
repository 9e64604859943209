//! Who may do what, written down a second time from the words of the documentation, so that the policy cannot be right about itself.

use snug::domain::{Action, Inactive, PlaceRole, RoomId, RoomKind, RoomRole, UserId};

use super::place::{Part, Person, Place, Room, is_public};

/// What must come of a change that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused,
    /// Refused like something that is not there.
    Hidden,
}

use Verdict::{Accepted, Hidden, Refused};

fn accepted(yes: bool) -> Verdict {
    if yes { Accepted } else { Refused }
}

impl Place {
    pub fn verdict(&self, me: UserId, action: &Action) -> Verdict {
        let Some(actor) = self.people.get(&me).filter(|person| person.is_active()) else { return Refused };
        match action {
            Action::SetDisplayName { .. } => Accepted,
            Action::CreateRoom { name, visibility, .. } => {
                accepted(actor.role != PlaceRole::Guest && !(is_public(*visibility) && self.is_taken(name, None)))
            }
            Action::OpenDirect { peers } => accepted(actor.role != PlaceRole::Guest && self.can_talk(me, peers.iter())),
            Action::RenamePlace { .. } | Action::SetSignUp { .. } | Action::SetSecondFactorRule { .. } => accepted(actor.runs_the_place()),
            Action::SetRole { user, .. }
            | Action::Deactivate { user }
            | Action::Reactivate { user }
            | Action::Ban { user, .. }
            | Action::Unban { user }
            | Action::DeleteAccount { user } => accepted(self.may_change_account(me, actor, *user, action)),
            Action::Post { room, client_id, content } => match self.posted.get(&(*room, me, *client_id)) {
                Some((body, _)) => accepted(body == content.body.as_str()),
                None => self.in_room(me, actor, *room, action),
            },
            Action::MarkRead { room, .. }
            | Action::JoinRoom { room }
            | Action::LeaveRoom { room }
            | Action::AddMember { room, .. }
            | Action::RemoveMember { room, .. }
            | Action::RenameRoom { room, .. }
            | Action::SetTopic { room, .. }
            | Action::SetVisibility { room, .. }
            | Action::SetArchived { room, .. }
            | Action::SetRoomRole { room, .. }
            | Action::BanMember { room, .. }
            | Action::UnbanMember { room, .. } => self.in_room(me, actor, *room, action),
        }
    }

    /// A conversation that is there is found again; a new one is with people who are there.
    fn can_talk(&self, me: UserId, peers: impl Iterator<Item = UserId>) -> bool {
        let mut all: Vec<UserId> = peers.chain([me]).collect();
        all.sort_unstable();
        let among = |room: &Room| {
            let mut people: Vec<UserId> = room.parts.iter().map(|part| part.user).collect();
            people.sort_unstable();
            room.kind == RoomKind::Direct && people == all
        };
        self.rooms.values().any(among) || all.iter().all(|user| self.people.get(user).is_some_and(Person::is_active))
    }

    /// Owners look after everybody, admins after members and guests; nobody shuts themselves out; somebody owns the place.
    fn may_change_account(&self, me: UserId, actor: &Person, user: UserId, action: &Action) -> bool {
        let Some(person) = self.people.get(&user).filter(|person| person.inactive != Some(Inactive::Deleted)) else { return false };
        let looks_after = actor.role == PlaceRole::Owner || (actor.role == PlaceRole::Admin && !person.runs_the_place());
        let last_owner = person.role == PlaceRole::Owner && !self.has_other_owners(user);
        match action {
            Action::SetRole { role, .. } => {
                let can_give = actor.role == PlaceRole::Owner || matches!(role, PlaceRole::Member | PlaceRole::Guest);
                looks_after && can_give && !(last_owner && *role != PlaceRole::Owner)
            }
            Action::DeleteAccount { .. } => (looks_after || user == me) && !last_owner,
            Action::Reactivate { .. } => looks_after && user != me && person.inactive == Some(Inactive::Deactivated),
            Action::Unban { .. } => looks_after && user != me && person.inactive == Some(Inactive::Banned),
            _ => looks_after && user != me,
        }
    }

    fn in_room(&self, me: UserId, actor: &Person, id: RoomId, action: &Action) -> Verdict {
        let Some(room) = self.rooms.get(&id) else { return Hidden };
        let mine = room.part(me);
        if mine.is_none() && (room.kind != RoomKind::Public || actor.role == PlaceRole::Guest) {
            return Hidden;
        }
        let named = matches!(room.kind, RoomKind::Public | RoomKind::Private);
        let is_guest = actor.role == PlaceRole::Guest;
        let owns = actor.runs_the_place() || mine.is_some_and(|part| part.role == RoomRole::Owner);
        let moderates = owns || mine.is_some_and(|part| part.role == RoomRole::Moderator);
        // Admins look after public rooms without being in them.
        let inside = mine.is_some();
        let tends = inside || actor.runs_the_place();
        let shown = match action {
            Action::Post { .. } => inside && !room.archived,
            Action::MarkRead { .. } => inside,
            Action::JoinRoom { .. } => room.kind == RoomKind::Public && !is_guest && !room.archived && !room.banned.contains(&me),
            Action::LeaveRoom { .. } => inside && named,
            Action::AddMember { user, .. } => {
                let newcomer = self.people.get(user).filter(|person| person.is_active());
                let may_bring = newcomer.is_some_and(|person| person.role != PlaceRole::Guest || moderates);
                inside && named && !room.archived && !is_guest && may_bring && !room.banned.contains(user)
            }
            Action::RemoveMember { user, .. } => {
                tends && named && room.part(*user).is_some_and(|part| if part.role == RoomRole::Owner { owns } else { moderates })
            }
            Action::SetRoomRole { user, role, .. } => {
                tends && named && owns && room.part(*user).is_some_and(|part| self.may_have(room, part, *role))
            }
            Action::BanMember { user, .. } => {
                let above = room.part(*user).is_some_and(|part| part.role == RoomRole::Owner)
                    || self.people.get(user).is_some_and(Person::runs_the_place);
                let exists = self.people.get(user).is_some_and(|person| person.inactive != Some(Inactive::Deleted));
                tends && named && exists && if above { owns && *user != me } else { moderates }
            }
            Action::UnbanMember { user, .. } => tends && named && moderates && room.banned.contains(user),
            Action::RenameRoom { name, .. } => {
                let free = room.kind != RoomKind::Public || !self.is_taken(name, Some(id));
                tends && named && moderates && !room.archived && free
            }
            Action::SetTopic { .. } => tends && named && !is_guest && !room.archived,
            Action::SetVisibility { visibility, .. } => {
                let free = !is_public(*visibility) || room.name.as_ref().is_none_or(|name| !self.is_taken(name, Some(id)));
                tends && named && owns && !room.archived && !room.is_default && free
            }
            Action::SetArchived { .. } => tends && named && owns && !room.is_default,
            _ => false,
        };
        accepted(shown)
    }

    /// A room keeps an owner, and a guest looks after none.
    fn may_have(&self, room: &Room, part: &Part, role: RoomRole) -> bool {
        let others = room.parts.iter().any(|other| other.user != part.user && other.role == RoomRole::Owner);
        let keeps_one = part.role != RoomRole::Owner || role == RoomRole::Owner || others;
        keeps_one && (role == RoomRole::Member || self.people[&part.user].role != PlaceRole::Guest)
    }
}
