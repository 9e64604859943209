//! What may be done to somebody's account.

use super::{Actor, last_owner};
use crate::domain::{Action, PlaceRole, Refusal};

/// What the database knows of the person an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonFacts {
    pub role: PlaceRole,
    /// Whether the place has an active owner beside this person.
    pub other_owners: bool,
    /// Whether they are the one who asks.
    pub is_actor: bool,
}

/// Decides for the actions on accounts. Owners may do everything, but leave the place without an owner. Admins look after members and
/// guests. Nobody shuts themselves out by mistake; deleting one's own account is no mistake, the password was asked for.
pub(super) fn authorize(actor: Actor, action: &Action, person: Option<PersonFacts>) -> Result<(), Refusal> {
    let own = person.is_some_and(|person| person.is_actor);
    let is_deletion = matches!(action, Action::DeleteAccount { .. });
    let may_ask = actor.runs_the_place() || (is_deletion && own);
    if !may_ask {
        return Err(Refusal::forbidden());
    }
    let person = person.ok_or_else(Refusal::not_found)?;
    let within_reach = actor.role == PlaceRole::Owner || !person.role.runs_the_place();
    match action {
        Action::SetRole { role, .. } => {
            allowed(within_reach && (actor.role == PlaceRole::Owner || !role.runs_the_place()))?;
            let leaves_none = person.role == PlaceRole::Owner && *role != PlaceRole::Owner && !person.other_owners;
            if leaves_none { Err(last_owner()) } else { Ok(()) }
        }
        Action::DeleteAccount { .. } => {
            allowed(own || within_reach)?;
            if person.role == PlaceRole::Owner && !person.other_owners { Err(last_owner()) } else { Ok(()) }
        }
        Action::Deactivate { .. } | Action::Reactivate { .. } | Action::Ban { .. } | Action::Unban { .. } => allowed(within_reach && !own),
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
        | Action::RenamePlace { .. }
        | Action::SetSignUp { .. }
        | Action::SetSecondFactorRule { .. }
        | Action::SetRoomRole { .. }
        | Action::BanMember { .. }
        | Action::UnbanMember { .. } => Err(Refusal::forbidden()),
    }
}

/// As what somebody may let newcomers in: as what they could make of people who are there. Nobody is invited to own the place.
pub const fn may_invite(maker: PlaceRole, role: PlaceRole) -> bool {
    match role {
        PlaceRole::Owner => false,
        PlaceRole::Admin => matches!(maker, PlaceRole::Owner),
        PlaceRole::Member | PlaceRole::Guest => maker.runs_the_place(),
    }
}

fn allowed(yes: bool) -> Result<(), Refusal> {
    if yes { Ok(()) } else { Err(Refusal::forbidden()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BanReason, Code, Grant, UserId};

    const BOB: UserId = UserId::new(2);

    /// `.` allowed, `f` forbidden, `o` the last owner, in the order owner, admin, member, guest, deactivate, reactivate, ban, unban,
    /// delete.
    fn row(actor: PlaceRole, person: PersonFacts) -> String {
        let actor = Actor { user: UserId::new(1), role: actor, grant: Grant::FULL };
        let roles = [PlaceRole::Owner, PlaceRole::Admin, PlaceRole::Member, PlaceRole::Guest];
        let reason = BanReason::parse("").unwrap();
        let others = [
            Action::Deactivate { user: BOB },
            Action::Reactivate { user: BOB },
            Action::Ban { user: BOB, until: None, reason },
            Action::Unban { user: BOB },
            Action::DeleteAccount { user: BOB },
        ];
        let actions = roles.into_iter().map(|role| Action::SetRole { user: BOB, role }).chain(others);
        let letter = |action: Action| match authorize(actor, &action, Some(person)).map_err(|refusal| refusal.code) {
            Ok(()) => '.',
            Err(Code::Forbidden) => 'f',
            Err(Code::LastOwner) => 'o',
            Err(other) => panic!("{other:?}"),
        };
        actions.map(letter).collect()
    }

    #[test]
    fn who_may_do_what_to_whom() {
        use PlaceRole::{Admin, Guest, Member, Owner};
        let other = |role| PersonFacts { role, other_owners: true, is_actor: false };
        let oneself = |role, other_owners| PersonFacts { role, other_owners, is_actor: true };
        for (actor, person, expected) in [
            (Owner, other(Owner), "........."),
            (Owner, other(Guest), "........."),
            (Owner, oneself(Owner, true), "....ffff."),
            (Owner, oneself(Owner, false), ".oooffffo"),
            (Admin, other(Owner), "fffffffff"),
            (Admin, other(Admin), "fffffffff"),
            (Admin, other(Member), "ff......."),
            (Admin, other(Guest), "ff......."),
            (Admin, oneself(Admin, true), "ffffffff."),
            (Member, other(Guest), "fffffffff"),
            (Member, oneself(Member, true), "ffffffff."),
            (Guest, oneself(Guest, true), "ffffffff."),
        ] {
            assert_eq!(row(actor, person), expected, "{actor:?} {person:?}");
        }
    }

    #[test]
    fn nobody_invites_to_more_than_they_could_give() {
        use PlaceRole::{Admin, Guest, Member, Owner};
        let roles = [Owner, Admin, Member, Guest];
        let row = |maker| roles.map(|role| may_invite(maker, role));
        assert_eq!(row(Owner), [false, true, true, true]);
        assert_eq!(row(Admin), [false, false, true, true]);
        for maker in [Member, Guest] {
            assert_eq!(row(maker), [false; 4]);
        }
    }

    #[test]
    fn an_admin_is_told_that_there_is_nobody_and_a_member_only_that_they_may_not() {
        let ask = |role| {
            let actor = Actor { user: UserId::new(1), role, grant: Grant::FULL };
            authorize(actor, &Action::Deactivate { user: BOB }, None).unwrap_err().code
        };
        assert_eq!((ask(PlaceRole::Admin), ask(PlaceRole::Member)), (Code::NotFound, Code::Forbidden));
    }
}
