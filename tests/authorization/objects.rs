//! What is asked of: two rooms, and people to whom things are done. Made anew whenever something has been done to them.

use snug::auth::secret;
use snug::domain::{
    Access, Action, BanReason, Cause, ClientId, Content, Credential, LoginSessionId, MessageBody, Outcome, PlaceRole, RoomId, RoomName,
    RoomRole, SafeHtml, Scope, Timestamp, TokenId, Topic, UserId, Visibility,
};
use snug::store::invites::{self, NewInvite};
use snug::store::login_sessions::{self, NewLogin};
use snug::store::password_resets::{self, NewReset};
use snug::store::{StoreError, Transaction, actions, api_tokens, revocations, second_factors, users};

use crate::actor::{Actor, by, token_in};
use crate::table::Who;
use crate::world::{World, unheard_of};

/// Somebody to whom things are done. They have a second factor, a device and a token.
#[derive(Clone)]
pub struct Subject {
    pub id: UserId,
    pub session: LoginSessionId,
    pub token: TokenId,
    pub bearer: String,
}

pub struct Objects {
    /// Private.
    pub den: RoomId,
    /// Public.
    pub lobby: RoomId,
    /// A member of the place and of both rooms.
    pub victim: Subject,
    /// An owner of the place.
    pub boss: Subject,
    /// A member of the place who is in neither room.
    pub newbie: UserId,
    pub newbie_name: String,
    /// Banned from the place.
    pub exile: UserId,
    /// Banned from both rooms.
    pub shunned: UserId,
    pub invite: String,
    pub invite_id: i64,
    pub reset: String,
    /// The bearer of [`Who::Bound`].
    pub bound: String,
}

/// Who is what in both rooms.
struct Cast {
    keeper: UserId,
    members: Vec<UserId>,
    moderators: Vec<UserId>,
    owners: Vec<UserId>,
    shunned: UserId,
    bound: UserId,
    founder: UserId,
}

impl Cast {
    fn of(world: &World, actors: &[Actor]) -> Self {
        let find = |who: Who| actors.iter().find(|actor| actor.who == who).unwrap().user.unwrap();
        Self {
            keeper: find(Who::Keeper),
            members: [Who::Guest, Who::Member].map(find).to_vec(),
            moderators: vec![find(Who::Moderator)],
            owners: [Who::Reader, Who::Writer, Who::Bound].map(find).to_vec(),
            shunned: find(Who::Shunned),
            bound: find(Who::Bound),
            founder: world.founder,
        }
    }
}

impl Objects {
    pub async fn make(world: &World, actors: &[Actor]) -> Self {
        let cast = Cast::of(world, actors);
        let people = [PlaceRole::Member, PlaceRole::Owner, PlaceRole::Member, PlaceRole::Member].map(|role| world.newcomer(role));
        let (den, lobby) = (unheard_of("den"), unheard_of("lobby"));
        let newbie_name = people[2].username.to_string();
        let made = move |tx: &mut Transaction<'_>| {
            let [victim, boss, newbie, exile] = &people;
            let (victim, boss) = (users::create(tx, victim)?.id, users::create(tx, boss)?.id);
            let (victim, boss) = (subject(tx, victim)?, subject(tx, boss)?);
            let (newbie, exile) = (users::create(tx, newbie)?.id, users::create(tx, exile)?.id);
            let ban = Action::Ban { user: exile, until: None, reason: BanReason::parse("").unwrap() };
            actions::run(tx, &by(cast.founder), &ban)?;
            let den = room(tx, &cast, victim.id, &den, Visibility::Private)?;
            let lobby = room(tx, &cast, victim.id, &lobby, Visibility::Public)?;
            let ((invite, invite_hash), (reset, token_hash)) = (secret::generate().unwrap(), secret::generate().unwrap());
            let invite_id = invites::create(tx, &NewInvite::lasting(invite_hash, cast.founder))?.get();
            let expires_at = tx.now().after(password_resets::LASTS);
            password_resets::create(tx, &NewReset { user: victim.id, token_hash, by: None, expires_at })?;
            // The one for the den before this one: nobody has tokens without end.
            for before in api_tokens::list(tx, cast.bound)? {
                revocations::revoke(tx, Scope::Credential(Credential::Token(before.id)), Cause::TokenRevoked)?;
            }
            let bound = token_in(tx, cast.bound, Access::Write, Some(den))?;
            let newbie_name = newbie_name.clone();
            Ok::<_, StoreError>(Self {
                den,
                lobby,
                victim,
                boss,
                newbie,
                newbie_name,
                exile,
                shunned: cast.shunned,
                invite,
                invite_id,
                reset,
                bound,
            })
        };
        world.edge.store.write(made).await.unwrap()
    }

    /// Which room a row is about: what stands before the dot says it, what stands behind it is for the request.
    pub fn room(&self, of: &str) -> RoomId {
        match of.split('.').next() {
            Some("den") => self.den,
            Some("lobby") => self.lobby,
            other => panic!("there is no room {other:?}"),
        }
    }

    pub fn person(&self, of: &str) -> &Subject {
        if of == "boss" { &self.boss } else { &self.victim }
    }
}

fn subject(tx: &mut Transaction<'_>, id: UserId) -> Result<Subject, StoreError> {
    let new = NewLogin { user: id, address: String::new(), agent: String::new(), expires_at: Timestamp::from_micros(i64::MAX) };
    let session = login_sessions::create(tx, &new)?;
    let bearer = token_in(tx, id, Access::Admin, None)?;
    let token = api_tokens::list(tx, id)?[0].id;
    second_factors::begin(tx, id, &[7; 40])?;
    second_factors::confirm(tx, id, &[])?;
    Ok(Subject { id, session, token, bearer })
}

fn room(tx: &mut Transaction<'_>, cast: &Cast, victim: UserId, name: &str, visibility: Visibility) -> Result<RoomId, StoreError> {
    let keeper = by(cast.keeper);
    let create = Action::CreateRoom { name: RoomName::parse(name).unwrap(), topic: Topic::empty(), visibility };
    let Outcome::Entered { room } = actions::run(tx, &keeper, &create)? else { panic!("a room is entered when it is made") };
    let room = room.room.id;
    let insiders = cast.members.iter().chain(&cast.moderators).chain(&cast.owners).chain([&victim]);
    for user in insiders {
        actions::run(tx, &keeper, &Action::AddMember { room, user: *user })?;
    }
    let raised = cast.moderators.iter().map(|user| (user, RoomRole::Moderator));
    for (user, role) in raised.chain(cast.owners.iter().map(|user| (user, RoomRole::Owner))) {
        actions::run(tx, &keeper, &Action::SetRoomRole { room, user: *user, role })?;
    }
    actions::run(tx, &keeper, &Action::BanMember { room, user: cast.shunned })?;
    actions::run(tx, &keeper, &post(room, "hello"))?;
    Ok(room)
}

pub fn post(room: RoomId, text: &str) -> Action {
    let content = Content { body: MessageBody::parse(text, 1_000).unwrap(), html: SafeHtml::vouched_for(text.to_owned()), renderer: 1 };
    Action::Post { room, client_id: ClientId::from_uuid(uuid::Uuid::new_v4()), content }
}
