use super::*;
use crate::domain::{
    BanReason, ClientId, Content, DirectPeers, DisplayName, MessageBody, Number, PlaceName, RoomId, RoomName, SafeHtml, SecondFactorRule,
};
use crate::domain::{SignUpMode, Topic, Visibility};

const ROOM: RoomId = RoomId::new(7);
const BOB: UserId = UserId::new(2);
const MEMBER: PersonFacts = PersonFacts { role: PlaceRole::Member, other_owners: true, is_actor: false };

fn actor(role: PlaceRole) -> Actor {
    Actor { user: UserId::new(1), role, grant: Grant::FULL }
}

fn facts(kind: RoomKind, membership: Option<RoomRole>) -> RoomFacts {
    let subject = Some(RoomRole::Member);
    RoomFacts { kind, archived: false, is_default: false, membership, subject, other_owners: true, banned: false }
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
        Action::SetSecondFactorRule { rule: SecondFactorRule::Admins },
        Action::SetRole { user: BOB, role: PlaceRole::Guest },
        Action::Deactivate { user: BOB },
        Action::Reactivate { user: BOB },
        Action::Ban { user: BOB, until: None, reason: BanReason::parse("").unwrap() },
        Action::Unban { user: BOB },
        Action::DeleteAccount { user: BOB },
        Action::SetRoomRole { room: ROOM, user: BOB, role: RoomRole::Moderator },
        Action::BanMember { room: ROOM, user: BOB },
        Action::UnbanMember { room: ROOM, user: BOB },
    ]
}

/// `.` allowed, `n` not found, `j` join first, `f` forbidden, `a` archived, `d` default room, `t` the token does not reach that far, `b` banned, `o` the last owner.
fn row(role: PlaceRole, room: Option<RoomFacts>) -> String {
    row_of(actor(role), room)
}

fn row_of(actor: Actor, room: Option<RoomFacts>) -> String {
    let letter = |action: &Action| match authorize(actor, action, room, Some(MEMBER)).map_err(|refusal| refusal.code) {
        Ok(()) => '.',
        Err(Code::NotFound) => 'n',
        Err(Code::NotAMember) => 'j',
        Err(Code::Forbidden) => 'f',
        Err(Code::RoomArchived) => 'a',
        Err(Code::DefaultRoom) => 'd',
        Err(Code::TokenScope) => 't',
        Err(Code::RoomBanned) => 'b',
        Err(Code::LastOwner) => 'o',
        Err(other) => panic!("{other:?}"),
    };
    every_action().iter().map(letter).collect()
}

#[test]
fn who_may_do_what() {
    use PlaceRole::{Admin, Guest, Member, Owner};
    use RoomKind::{Direct, Person, Place, Private, Public};
    let seen = |kind, membership| Some(facts(kind, membership));
    // Columns: post, read, create, direct, join, leave, add, remove, rename, topic, visibility, archive, display name, place, sign-up,
    // second factor; role, deactivate, reactivate, ban, unban, delete; room role, ban and unban from the room.
    let table = [
        (Member, None, "nn..nnnnnnnn.fffffffffnnn"),
        (Member, seen(Private, None), "nn..nnnnnnnn.fffffffffnnn"),
        (Owner, seen(Private, None), "nn..nnnnnnnn..........nnn"),
        (Member, seen(Direct, None), "nn..nnnnnnnn.fffffffffnnn"),
        (Owner, seen(Place, Some(RoomRole::Member)), "nn..nnnnnnnn..........nnn"),
        (Owner, seen(Person, Some(RoomRole::Owner)), "nn..nnnnnnnn..........nnn"),
        (Member, seen(Public, None), "jj...jjjjjjj.fffffffffjjj"),
        (Guest, seen(Public, None), "nnffnnnnnnnn.fffffffffnnn"),
        (Admin, seen(Public, None), "jj...jj.................."),
        (Member, seen(Public, Some(RoomRole::Member)), ".......ff.ff.ffffffffffff"),
        (Member, seen(Public, Some(RoomRole::Moderator)), "..........ff.ffffffffff.."),
        (Member, seen(Public, Some(RoomRole::Owner)), ".............fffffffff..."),
        (Admin, seen(Public, Some(RoomRole::Member)), "........................."),
        (Guest, seen(Public, Some(RoomRole::Member)), "..fff.ffffff.ffffffffffff"),
        (Member, seen(Private, Some(RoomRole::Member)), "....f..ff.ff.ffffffffffff"),
        (Member, seen(Direct, Some(RoomRole::Owner)), "....ffffffff.ffffffffffff"),
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
        (by(PlaceRole::Owner, Access::Read, None), in_room(owner), "ttttttttttttttttttttttttt"),
        (by(PlaceRole::Owner, Access::Write, None), in_room(owner), ".............ttttttttt..."),
        (by(PlaceRole::Owner, Access::Write, None), in_room(member), ".......ff.ff.tttttttttfff"),
        (by(PlaceRole::Owner, Access::Write, None), in_room(None), "jj...jjjjjjj.tttttttttjjj"),
        (by(PlaceRole::Owner, Access::Admin, None), in_room(None), "jj...jj.................."),
        (by(PlaceRole::Member, Access::Admin, None), in_room(member), ".......ff.ff.ffffffffffff"),
        (by(PlaceRole::Member, Access::Write, Some(ROOM)), in_room(member), "..tt...ff.ffttttttttttfff"),
        (by(PlaceRole::Member, Access::Write, Some(RoomId::new(8))), in_room(owner), "nnttnnnnnnnnttttttttttnnn"),
    ] {
        assert_eq!(row_of(actor, room), expected, "{actor:?}");
    }
}

#[test]
fn an_archived_room_can_be_read_left_and_opened_again_only() {
    let room = RoomFacts { archived: true, ..facts(RoomKind::Public, Some(RoomRole::Owner)) };
    assert_eq!(row(PlaceRole::Member, Some(room)), "a...a.a.aaa..fffffffff...");
}

#[test]
fn the_room_of_newcomers_stays_public_and_open() {
    let room = RoomFacts { is_default: true, ..facts(RoomKind::Public, Some(RoomRole::Owner)) };
    assert_eq!(row(PlaceRole::Owner, Some(room)), "..........dd.............");
}

#[test]
fn a_moderator_does_not_remove_an_owner() {
    let action = Action::RemoveMember { room: ROOM, user: BOB };
    let room = RoomFacts { subject: Some(RoomRole::Owner), ..facts(RoomKind::Public, Some(RoomRole::Moderator)) };
    assert_eq!(authorize(actor(PlaceRole::Member), &action, Some(room), Some(MEMBER)).unwrap_err().code, Code::Forbidden);
    let gone = RoomFacts { subject: None, ..facts(RoomKind::Public, Some(RoomRole::Owner)) };
    assert_eq!(authorize(actor(PlaceRole::Member), &action, Some(gone), Some(MEMBER)).unwrap_err().code, Code::NotFound);
}

#[test]
fn who_was_banned_comes_in_by_nobody() {
    let room = RoomFacts { banned: true, ..facts(RoomKind::Public, None) };
    assert_eq!(authorize(actor(PlaceRole::Member), &Action::JoinRoom { room: ROOM }, Some(room), None).unwrap_err().code, Code::RoomBanned);
    let room = RoomFacts { membership: Some(RoomRole::Owner), ..room };
    let add = Action::AddMember { room: ROOM, user: BOB };
    assert_eq!(authorize(actor(PlaceRole::Owner), &add, Some(room), Some(MEMBER)).unwrap_err().code, Code::RoomBanned);
}

#[test]
fn a_guest_is_brought_in_by_one_who_looks_after_the_room() {
    let guest = Some(PersonFacts { role: PlaceRole::Guest, ..MEMBER });
    let add = Action::AddMember { room: ROOM, user: BOB };
    let by =
        |role| authorize(actor(PlaceRole::Member), &add, Some(facts(RoomKind::Private, Some(role))), guest).map_err(|refusal| refusal.code);
    assert_eq!(by(RoomRole::Member), Err(Code::Forbidden));
    assert_eq!((by(RoomRole::Moderator), by(RoomRole::Owner)), (Ok(()), Ok(())));
    let raise = Action::SetRoomRole { room: ROOM, user: BOB, role: RoomRole::Moderator };
    let room = Some(facts(RoomKind::Private, Some(RoomRole::Owner)));
    assert_eq!(authorize(actor(PlaceRole::Member), &raise, room, guest).unwrap_err().code, Code::Forbidden);
}

#[test]
fn a_room_keeps_an_owner() {
    let room = RoomFacts { subject: Some(RoomRole::Owner), other_owners: false, ..facts(RoomKind::Private, Some(RoomRole::Owner)) };
    let lower = Action::SetRoomRole { room: ROOM, user: BOB, role: RoomRole::Member };
    assert_eq!(authorize(actor(PlaceRole::Member), &lower, Some(room), Some(MEMBER)).unwrap_err().code, Code::LastOwner);
}
