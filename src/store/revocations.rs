//! Stored revocations, read by every node.

use diesel::prelude::*;

use super::rows::word;
use super::schema::revocations;
use super::{Connection, Effect, StoreError, Transaction, api_tokens, login_sessions, memberships, users};
use crate::domain::{Cause, Credential, Revocation, RevocationId, RoomId, Scope, Timestamp, UserId};

/// A revocation as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = revocations)]
struct RevocationRow {
    id: i64,
    scope: String,
    user_id: Option<i64>,
    credential: Option<String>,
    room_id: Option<i64>,
    cause: String,
}

impl RevocationRow {
    fn scope(&self) -> Option<Scope> {
        let (user, room) = (self.user_id.map(UserId::new), self.room_id.map(RoomId::new));
        let credential = self.credential.as_deref().and_then(Credential::from_word);
        match (self.scope.as_str(), credential) {
            ("credential", Some(credential)) => Some(Scope::Credential(credential)),
            ("other_logins", Some(Credential::Login(keep))) => Some(Scope::OtherLogins { user: user?, keep }),
            ("others", Some(keep)) => Some(Scope::Others { user: user?, keep }),
            ("user", None) => Some(Scope::User(user?)),
            ("user_sockets", None) => Some(Scope::UserSockets(user?)),
            ("room_member", None) => Some(Scope::RoomMember { user: user?, room: room? }),
            _ => None,
        }
    }

    fn into_revocation(self) -> Result<(RevocationId, Revocation), StoreError> {
        let scope = word(&self.scope, |_| self.scope())?;
        Ok((RevocationId::new(self.id), Revocation { scope, cause: word(&self.cause, Cause::from_word)? }))
    }
}

/// The scope's word, its user, its credential and its room.
const fn columns(scope: Scope) -> (&'static str, Option<UserId>, Option<Credential>, Option<RoomId>) {
    match scope {
        Scope::Credential(credential) => ("credential", None, Some(credential), None),
        Scope::OtherLogins { user, keep } => ("other_logins", Some(user), Some(Credential::Login(keep)), None),
        Scope::Others { user, keep } => ("others", Some(user), Some(keep), None),
        Scope::User(user) => ("user", Some(user), None, None),
        Scope::UserSockets(user) => ("user_sockets", Some(user), None, None),
        Scope::RoomMember { user, room } => ("room_member", Some(user), None, Some(room)),
    }
}

/// Ends everything that the scope names: the rows now, and by the stored revocation what is open on every node. A JWT has no row
/// here; [`revoked_jwts::revoke`](super::revoked_jwts::revoke) ends one.
///
/// # Errors
/// What the database answers.
pub fn revoke(tx: &mut Transaction<'_>, scope: Scope, cause: Cause) -> Result<(), StoreError> {
    match scope {
        Scope::Credential(Credential::Login(login)) => login_sessions::end(tx, login)?,
        Scope::Credential(Credential::Token(token)) => api_tokens::end(tx, token)?,
        Scope::OtherLogins { user, keep } => login_sessions::end_all(tx, user, Some(keep))?,
        Scope::Others { user, keep } => {
            let (login, token) = match keep {
                Credential::Login(login) => (Some(login), None),
                Credential::Token(token) => (None, Some(token)),
                Credential::Jwt(_) => (None, None),
            };
            login_sessions::end_all(tx, user, login)?;
            api_tokens::end_all(tx, user, token)?;
        }
        Scope::User(user) => {
            login_sessions::end_all(tx, user, None)?;
            api_tokens::end_all(tx, user, None)?;
        }
        Scope::Credential(Credential::Jwt(_)) | Scope::UserSockets(_) | Scope::RoomMember { .. } => {}
    }
    store(tx, Revocation { scope, cause })
}

/// Stores a revocation for the other nodes and leaves it for this one.
pub(super) fn store(tx: &mut Transaction<'_>, revocation: Revocation) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let (word, user, credential, room) = columns(revocation.scope);
    let id: i64 = diesel::insert_into(revocations::table)
        .values((
            revocations::scope.eq(word),
            revocations::user_id.eq(user.map(UserId::get)),
            revocations::credential.eq(credential.map(|credential| credential.to_string())),
            revocations::room_id.eq(room.map(RoomId::get)),
            revocations::cause.eq(revocation.cause.as_str()),
            revocations::at.eq(now),
        ))
        .returning(revocations::id)
        .get_result(&mut **tx)?;
    tx.effect(Effect::Revoked { id: RevocationId::new(id), revocation });
    Ok(())
}

/// A revocation as another process has stored it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub id: RevocationId,
    pub revocation: Revocation,
    /// The credentials of its user that were live when this was read. They are newer than the revocation, whatever its scope says of
    /// them: somebody may have signed in since.
    pub spared: Vec<Credential>,
}

/// The id of the newest revocation; 0 where there is none.
///
/// # Errors
/// What the database answers.
pub fn newest(conn: &mut Connection) -> Result<RevocationId, StoreError> {
    let newest: Option<i64> = revocations::table.select(diesel::dsl::max(revocations::id)).get_result(conn)?;
    Ok(RevocationId::new(newest.unwrap_or(0)))
}

/// The revocations above this id, in the order of their ids, without those that have been undone: somebody who is in a room again.
///
/// # Errors
/// What the database answers.
pub fn after(conn: &mut Connection, floor: RevocationId) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<RevocationRow> =
        revocations::table.filter(revocations::id.gt(floor.get())).order(revocations::id).select(RevocationRow::as_select()).load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, revocation) = row.into_revocation()?;
        let spared = match revocation.scope {
            Scope::RoomMember { user, room } if memberships::role(conn, room, user)?.is_some() => continue,
            Scope::OtherLogins { user, .. } | Scope::Others { user, .. } | Scope::User(user) => live_credentials(conn, user)?,
            Scope::Credential(_) | Scope::UserSockets(_) | Scope::RoomMember { .. } => Vec::new(),
        };
        found.push(Stored { id, revocation, spared });
    }
    Ok(found)
}

fn live_credentials(conn: &mut Connection, user: UserId) -> Result<Vec<Credential>, StoreError> {
    if users::find(conn, user)?.is_none_or(|user| !user.active) {
        return Ok(Vec::new());
    }
    let logins = login_sessions::list(conn, user)?.into_iter().map(|login| Credential::Login(login.id));
    let tokens = api_tokens::list(conn, user)?.into_iter().map(|token| Credential::Token(token.id));
    Ok(logins.chain(tokens).collect())
}

/// Forgets those stored before a moment.
///
/// # Errors
/// What the database answers.
pub fn prune(tx: &mut Transaction<'_>, before: Timestamp) -> Result<(), StoreError> {
    diesel::delete(revocations::table.filter(revocations::at.lt(before.micros()))).execute(&mut **tx)?;
    Ok(())
}
