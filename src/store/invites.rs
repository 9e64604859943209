//! Invite links.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use diesel::prelude::*;
use serde_json::json;

use super::actions::may_bring;
use super::audit::{self, Subject};
use super::rows::{UserRow, word};
use super::schema::{invite_rooms, invites, users};
use super::users::{self as accounts, NewUser};
use super::{Connection, StoreError, Transaction, memberships};
use crate::domain::{
    AuditKind, Code, DisplayName, InviteId, Origin, PlaceRole, Refusal, RoomId, RoomRole, Timestamp, User, UserId, policy,
};

/// Most rooms that a link leads into.
pub const MOST_ROOMS: usize = 50;

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    pub token_hash: [u8; 32],
    pub by: UserId,
    pub role: PlaceRole,
    /// Where newcomers land, beside the default rooms; guests land nowhere else.
    pub rooms: BTreeSet<RoomId>,
    pub expires_at: Option<Timestamp>,
    /// `None`: as many as come.
    pub uses_left: Option<i32>,
}

impl NewInvite {
    /// For members, into the default rooms, as often and for as long as it is not ended.
    pub const fn lasting(token_hash: [u8; 32], by: UserId) -> Self {
        Self { token_hash, by, role: PlaceRole::Member, rooms: BTreeSet::new(), expires_at: None, uses_left: None }
    }
}

/// What a link that works opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub id: InviteId,
    pub by: UserId,
    pub invited_by: DisplayName,
    pub role: PlaceRole,
    /// Those of its rooms that its maker may bring people into now.
    pub rooms: Vec<RoomId>,
}

/// A link as admins see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub id: InviteId,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub uses_left: Option<i32>,
    pub used: i32,
    pub role: PlaceRole,
    pub rooms: Vec<RoomId>,
}

/// Stores a link.
///
/// # Errors
/// Refused where its maker may not let anyone in as that, or may not bring people into one of the rooms; with [`Code::Malformed`]
/// where there are too many rooms, or none for guests.
pub fn create(tx: &mut Transaction<'_>, new: &NewInvite) -> Result<InviteId, StoreError> {
    let maker = accounts::find(tx, new.by)?.filter(|maker| maker.active && policy::may_invite(maker.role, new.role));
    maker.ok_or_else(|| Refusal::forbidden().field("role"))?;
    if new.role == PlaceRole::Guest && new.rooms.is_empty() {
        return Err(Refusal::of(Code::Malformed, "Guests see only the rooms they were added to: name at least one.").field("rooms").into());
    }
    if new.rooms.len() > MOST_ROOMS {
        return Err(Refusal::of(Code::Malformed, format!("A link leads into {MOST_ROOMS} rooms at most.")).field("rooms").into());
    }
    for room in &new.rooms {
        may_bring(tx, new.by, *room, new.role).map_err(|error| match error {
            StoreError::Refused(refusal) => refusal.field("rooms").into(),
            other => other,
        })?;
    }
    let now = tx.now().micros();
    let id: i64 = diesel::insert_into(invites::table)
        .values((
            invites::token_hash.eq(&new.token_hash[..]),
            invites::created_by.eq(new.by.get()),
            invites::created_at.eq(now),
            invites::expires_at.eq(new.expires_at.map(Timestamp::micros)),
            invites::uses_left.eq(new.uses_left),
            invites::role.eq(new.role.as_str()),
        ))
        .returning(invites::id)
        .get_result(&mut **tx)?;
    for room in &new.rooms {
        diesel::insert_into(invite_rooms::table)
            .values((invite_rooms::invite_id.eq(id), invite_rooms::room_id.eq(room.get())))
            .execute(&mut **tx)?;
    }
    Ok(InviteId::new(id))
}

/// The condition under which a link opens something: not ended, not expired, not used up. What its maker may is asked beside it.
macro_rules! open {
    ($now:expr) => {
        invites::revoked_at
            .is_null()
            .and(invites::expires_at.is_null().or(invites::expires_at.gt($now)))
            .and(invites::uses_left.is_null().or(invites::uses_left.gt(0)))
    };
}

/// What a link opens; `None` for one that opens nothing. It opens no more than its maker could give at this moment: where they are not
/// active any more, or may not let anyone in as that, it is nothing. A room they may bring nobody into is left out, and a guest
/// who has none left stays outside.
///
/// # Errors
/// What the database answers.
pub fn opens(conn: &mut Connection, token_hash: [u8; 32]) -> Result<Option<Opening>, StoreError> {
    let found: Option<(i64, String, UserRow)> = invites::table
        .inner_join(users::table)
        .filter(invites::token_hash.eq(&token_hash[..]))
        .filter(open!(Timestamp::now().micros()))
        .select((invites::id, invites::role, UserRow::as_select()))
        .get_result(conn)
        .optional()?;
    let Some((id, role, maker)) = found else { return Ok(None) };
    let (role, maker) = (word(&role, PlaceRole::from_word)?, maker.into_user()?);
    if !still_stands(&maker, role) {
        return Ok(None);
    }
    let named: Vec<i64> =
        invite_rooms::table.filter(invite_rooms::invite_id.eq(id)).order(invite_rooms::room_id).select(invite_rooms::room_id).load(conn)?;
    let mut rooms = Vec::with_capacity(named.len());
    for room in named.into_iter().map(RoomId::new) {
        match may_bring(conn, maker.id, room, role) {
            Ok(()) => rooms.push(room),
            Err(StoreError::Refused(_)) => {}
            Err(other) => return Err(other),
        }
    }
    if role == PlaceRole::Guest && rooms.is_empty() {
        return Ok(None);
    }
    Ok(Some(Opening { id: InviteId::new(id), by: maker.id, invited_by: maker.display_name, role, rooms }))
}

fn still_stands(maker: &User, role: PlaceRole) -> bool {
    maker.active && policy::may_invite(maker.role, role)
}

/// Uses a link once: makes the account with the link's role, whatever `new` says, and lets it into the link's rooms.
///
/// # Errors
/// Refused with [`Code::InviteInvalid`] where it opens nothing; as [`users::create`](accounts::create) refuses.
pub fn accept(tx: &mut Transaction<'_>, token_hash: [u8; 32], new: &NewUser, from: IpAddr) -> Result<User, StoreError> {
    let ended = || Refusal::of(Code::InviteInvalid, "This invite link has ended; ask for a new one.").field("invite");
    let opening = opens(tx, token_hash)?.ok_or_else(ended)?;
    let now = tx.now().micros();
    // Two may come at once on different nodes: the one who waits for the other's row sees what is left of it. NULL - 1 is NULL: a link
    // without a limit stays without one.
    let spent = diesel::update(invites::table.filter(invites::id.eq(opening.id.get())).filter(open!(now)))
        .set((invites::uses_left.eq(invites::uses_left - 1), invites::used.eq(invites::used + 1)))
        .execute(&mut **tx)?;
    if spent == 0 {
        return Err(ended().into());
    }
    let me = accounts::create(tx, &NewUser { role: opening.role, ..new.clone() })?;
    for room in opening.rooms {
        if memberships::role(tx, room, me.id)?.is_none() {
            memberships::admit(tx, room, &me, RoomRole::Member, opening.by)?;
            memberships::announce(tx, room, me.id, opening.by)?;
        }
    }
    let details = json!({"user": me.id, "role": me.role});
    audit::record(tx, Origin::newcomer(me.id, from), AuditKind::InviteUsed, Subject::of(opening.id.get(), ""), &details)?;
    Ok(me)
}

/// The links that work, newest first.
///
/// # Errors
/// What the database answers.
pub fn list(conn: &mut Connection) -> Result<Vec<Invite>, StoreError> {
    let rows: Vec<(InviteRow, UserRow)> = invites::table
        .inner_join(users::table)
        .filter(open!(Timestamp::now().micros()))
        .order(invites::id.desc())
        .select((InviteRow::as_select(), UserRow::as_select()))
        .load(conn)?;
    let into: Vec<(i64, i64)> = invite_rooms::table
        .inner_join(invites::table)
        .filter(open!(Timestamp::now().micros()))
        .order((invite_rooms::invite_id, invite_rooms::room_id))
        .select((invite_rooms::invite_id, invite_rooms::room_id))
        .load(conn)?;
    let mut rooms: HashMap<i64, Vec<RoomId>> = HashMap::new();
    for (invite, room) in into {
        rooms.entry(invite).or_default().push(RoomId::new(room));
    }
    let mut links = Vec::with_capacity(rows.len());
    for (row, maker) in rows {
        let role = word(&row.role, PlaceRole::from_word)?;
        if still_stands(&maker.into_user()?, role) {
            let rooms = rooms.remove(&row.id).unwrap_or_default();
            links.push(row.into_invite(role, rooms));
        }
    }
    Ok(links)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = invites)]
struct InviteRow {
    id: i64,
    created_by: i64,
    created_at: i64,
    expires_at: Option<i64>,
    uses_left: Option<i32>,
    used: i32,
    role: String,
}

impl InviteRow {
    fn into_invite(self, role: PlaceRole, rooms: Vec<RoomId>) -> Invite {
        Invite {
            id: InviteId::new(self.id),
            created_by: UserId::new(self.created_by),
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_micros),
            uses_left: self.uses_left,
            used: self.used,
            role,
            rooms,
        }
    }
}

/// Ends a link.
///
/// # Errors
/// Refused with [`Code::NotFound`] where there is none, or it has been ended already.
pub fn revoke(tx: &mut Transaction<'_>, invite: InviteId) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let ended = diesel::update(invites::table.find(invite.get()).filter(invites::revoked_at.is_null()))
        .set(invites::revoked_at.eq(now))
        .execute(&mut **tx)?;
    if ended == 0 { Err(Refusal::not_found().into()) } else { Ok(()) }
}
