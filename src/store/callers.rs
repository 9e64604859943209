//! Who is calling, by their cookie: what every request begins with, and every handshake.
//!
//! After a restart everybody comes at once. On Postgres those who wait together are looked up by one statement, with all their rooms;
//! requests that want no rooms, by another.

use diesel::connection::DefaultLoadingMode;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Nullable};

use super::login_sessions::{self, Login, LoginRow, LoginTypes, into_login};
use super::place::{PlaceRow, PlaceTypes, into_place};
use super::prepared::unnest;
use super::rooms::{self, MembershipRow, MembershipTypes, OwnRooms, into_membership};
use super::{Connection, StoreError, Trouble};
use crate::domain::{Membership, Timestamp};

/// Whose cookie has a handle with this hash?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub handle_hash: [u8; 32],
    /// Their rooms are wanted as well.
    pub rooms: bool,
}

/// Somebody with a live login session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub login: Login,
    /// Where they were asked for: all of one moment.
    pub rooms: Option<OwnRooms>,
}

/// What is found for one of those who ask; `None` for a stranger.
pub type Found = Result<Option<Caller>, StoreError>;

/// Looks each of them up, in order. On SQLite it is for whoever calls this to do so in a snapshot.
///
/// # Errors
/// What the database answers; for one alone, that what is stored of them cannot be read.
pub(super) fn find(conn: &mut Connection, asked: &[Asked]) -> Result<Vec<Found>, StoreError> {
    let Connection::Postgres(postgres) = conn else {
        return asked.iter().map(|asked| find_one(conn, *asked)).collect();
    };
    let mut found: Vec<Found> = asked.iter().map(|_| Ok(None)).collect();
    if let Some(these) = These::of(asked, false) {
        for (nth, row) in Alone(these).load::<(i64, LoginRow)>(postgres)? {
            *slot(&mut found, nth)? = into_login(row).map(|login| Some(Caller { login, rooms: None }));
        }
    }
    if let Some(these) = These::of(asked, true) {
        let mut gathered: Vec<Gathered> = asked.iter().map(|_| Gathered::default()).collect();
        for row in WithRooms(these).load_iter::<(i64, OneRoom), DefaultLoadingMode>(postgres)? {
            let (nth, row) = row?;
            slot(&mut gathered, nth)?.add(row);
        }
        for (found, gathered) in found.iter_mut().zip(gathered).filter(|(_, gathered)| gathered.is_any()) {
            *found = gathered.into_caller().map(Some);
        }
    }
    Ok(found)
}

fn find_one(conn: &mut Connection, asked: Asked) -> Result<Found, StoreError> {
    let find = |conn: &mut Connection| -> Found {
        let Some(login) = login_sessions::load(conn, asked.handle_hash)? else { return Ok(None) };
        let rooms = if asked.rooms { Some(rooms::and_place(conn, login.user.id)?) } else { None };
        Ok(Some(Caller { login, rooms }))
    };
    match find(conn) {
        // No snapshot is left for the next.
        Err(error) if error.trouble() == Some(Trouble::Disk) => Err(error),
        found => Ok(found),
    }
}

fn slot<T>(slots: &mut [T], nth: i64) -> Result<&mut T, StoreError> {
    let slot = usize::try_from(nth).ok().and_then(|nth| slots.get_mut(nth));
    slot.ok_or_else(|| StoreError::broken("an answer to no question"))
}

/// A room somebody is in. Beside their own: who they are, and the place.
type OneRoom = (MembershipRow, Option<(LoginRow, PlaceRow)>);

/// What has come of one caller.
#[derive(Default)]
struct Gathered {
    rooms: Vec<Membership>,
    themselves: Option<(LoginRow, PlaceRow)>,
    unreadable: Option<StoreError>,
}

impl Gathered {
    fn add(&mut self, (membership, beside_their_own): OneRoom) {
        match into_membership(membership) {
            Ok(membership) => self.rooms.push(membership),
            Err(error) => self.unreadable = Some(error),
        }
        if beside_their_own.is_some() {
            self.themselves = beside_their_own;
        }
    }

    /// Everybody has a room of their own, so who has none is a stranger.
    fn is_any(&self) -> bool {
        !self.rooms.is_empty() || self.unreadable.is_some()
    }

    fn into_caller(self) -> Result<Caller, StoreError> {
        let Self { mut rooms, themselves, unreadable } = self;
        if let Some(error) = unreadable {
            return Err(error);
        }
        let (login, place) = themselves.ok_or_else(|| StoreError::broken("there is a user without a room of their own"))?;
        rooms.sort_unstable_by_key(|membership| membership.room.id);
        Ok(Caller { login: into_login(login)?, rooms: Some(OwnRooms { rooms, place: into_place(place)? }) })
    }
}

/// Some of those who ask, each with their number among all.
struct These {
    nth: Vec<i64>,
    handle_hashes: Vec<[u8; 32]>,
    now: i64,
}

impl These {
    fn of(asked: &[Asked], rooms: bool) -> Option<Self> {
        let these = (0..).zip(asked).filter(|(_, asked)| asked.rooms == rooms);
        let (nth, handle_hashes): (Vec<_>, Vec<_>) = these.map(|(nth, asked)| (nth, asked.handle_hash)).unzip();
        (!nth.is_empty()).then(|| Self { nth, handle_hashes, now: Timestamp::now().micros() })
    }

    /// Whoever of them has a live login session: `a` with its number, `l` the login session, `u` the account.
    ///
    /// OFFSET 0 keeps the planner to this order: it would look the account up again with each of its rooms.
    fn walk<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" FROM ");
        unnest!(out, BigInt: &self.nth, Binary: &self.handle_hashes);
        out.push_sql(
            " AS a (nth, handle_hash) \
             JOIN LATERAL (SELECT id, user_id, expires_at FROM login_sessions \
             WHERE handle_hash = a.handle_hash AND revoked_at IS NULL AND expires_at > ",
        );
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(
            " OFFSET 0) l ON TRUE \
             JOIN LATERAL (SELECT id, username, display_name, role, deactivated_at FROM users \
             WHERE id = l.user_id AND deactivated_at IS NULL OFFSET 0) u ON TRUE",
        );
        Ok(())
    }
}

/// Who they are.
#[derive(QueryId)]
struct Alone(These);

impl Query for Alone {
    type SqlType = (BigInt, LoginTypes);
}

impl RunQueryDsl<PgConnection> for Alone {}

impl QueryFragment<Pg> for Alone {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT a.nth, l.id, l.expires_at, u.id, u.username, u.display_name, u.role, u.deactivated_at, f.confirmed_at, p.second_factor",
        );
        self.0.walk(&mut out)?;
        out.push_sql(
            " JOIN place p ON p.id = 1 LEFT JOIN LATERAL (SELECT confirmed_at FROM second_factors WHERE user_id = u.id OFFSET 0) f ON TRUE",
        );
        Ok(())
    }
}

/// Who they are, and every room they are in.
#[derive(QueryId)]
struct WithRooms(These);

impl Query for WithRooms {
    type SqlType = (BigInt, (MembershipTypes, Nullable<(LoginTypes, PlaceTypes)>));
}

impl RunQueryDsl<PgConnection> for WithRooms {}

impl QueryFragment<Pg> for WithRooms {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT a.nth, r.id, r.kind, r.name, r.topic, r.is_default, r.archived_at, r.created_at, \
             r.last_seq, r.last_tag, r.last_number, r.last_at, r.direct_key, m.role, m.read_number, t.*",
        );
        self.0.walk(&mut out)?;
        // What is of the caller and not of a room stands beside their own room only, so that it is not sent with each of them.
        out.push_sql(
            " JOIN memberships m ON m.user_id = u.id JOIN rooms r ON r.id = m.room_id \
             LEFT JOIN LATERAL (SELECT l.id, l.expires_at, u.id, u.username, u.display_name, u.role, u.deactivated_at, f.confirmed_at, \
             p.second_factor, p.name, p.sign_up, p.second_factor, p.epoch, p.room_id \
             FROM place p LEFT JOIN second_factors f ON f.user_id = u.id WHERE p.id = 1 AND r.kind = 'person' OFFSET 0) t ON TRUE",
        );
        Ok(())
    }
}
