//! API tokens: what a program signs in with.

use diesel::prelude::*;

use super::rows::{UserRow, word};
use super::schema::{api_tokens, memberships, place, second_factors, users};
use super::second_factors::{CallerRow, caller, read_caller, with_caller};
use super::{Connection, StoreError, Transaction};
use crate::domain::{Access, Code, Grant, Refusal, RoomId, Timestamp, TokenId, TokenName, User, UserId};

/// Live tokens of one person at most.
pub const MOST_OF_A_USER: i64 = 50;

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub user: UserId,
    pub name: TokenName,
    pub token_hash: [u8; 32],
    pub grant: Grant,
    /// `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// A live token with its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub id: TokenId,
    pub user: User,
    /// Whether its user must have a second factor and has none.
    pub second_factor_missing: bool,
    pub grant: Grant,
    pub expires_at: Option<Timestamp>,
}

/// A live token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub grant: Grant,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub last_used_from: Option<String>,
    pub last_agent: Option<String>,
}

/// A use of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub at: Timestamp,
    pub from: String,
    /// `None` leaves what is known.
    pub agent: Option<String>,
}

/// The condition under which a token opens something, its user's state aside.
macro_rules! live {
    () => {
        api_tokens::revoked_at.is_null().and(api_tokens::expires_at.is_null().or(api_tokens::expires_at.gt(Timestamp::now().micros())))
    };
}

/// Stores a token. One for a single room needs its user to be in it.
///
/// # Errors
/// Refused with [`Code::TooManyTokens`], or as not found where the user is not in the room.
pub fn create(tx: &mut Transaction<'_>, new: &NewToken) -> Result<TokenId, StoreError> {
    let now = tx.now().micros();
    let live: i64 = api_tokens::table.filter(api_tokens::user_id.eq(new.user.get())).filter(live!()).count().get_result(&mut **tx)?;
    if live >= MOST_OF_A_USER {
        return Err(Refusal::of(Code::TooManyTokens, format!("You have {MOST_OF_A_USER} tokens; revoke one first.")).into());
    }
    if let Some(room) = new.grant.room {
        let within = memberships::table.find((room.get(), new.user.get())).select(memberships::role);
        within.get_result::<String>(&mut **tx).optional()?.ok_or_else(|| Refusal::not_found().field("room"))?;
    }
    let id: i64 = diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::user_id.eq(new.user.get()),
            api_tokens::name.eq(new.name.as_str()),
            api_tokens::token_hash.eq(&new.token_hash[..]),
            api_tokens::access.eq(new.grant.access.as_str()),
            api_tokens::room_id.eq(new.grant.room.map(RoomId::get)),
            api_tokens::created_at.eq(now),
            api_tokens::expires_at.eq(new.expires_at.map(Timestamp::micros)),
        ))
        .returning(api_tokens::id)
        .get_result(&mut **tx)?;
    Ok(TokenId::new(id))
}

/// The live token with this hash. One statement.
///
/// # Errors
/// What the database answers.
pub fn by_hash(conn: &mut Connection, token_hash: [u8; 32]) -> Result<Option<Holder>, StoreError> {
    let row: Option<(HolderRow, CallerRow)> = with_caller!(api_tokens::table)
        .filter(api_tokens::token_hash.eq(&token_hash[..]))
        .filter(live!())
        .filter(users::deactivated_at.is_null())
        .select((HolderRow::as_select(), caller!()))
        .get_result(conn)
        .optional()?;
    row.map(into_holder).transpose()
}

/// The live token with this id.
///
/// # Errors
/// What the database answers.
pub fn by_id(conn: &mut Connection, token: TokenId) -> Result<Option<Holder>, StoreError> {
    let row: Option<(HolderRow, CallerRow)> = with_caller!(api_tokens::table)
        .filter(api_tokens::id.eq(token.get()))
        .filter(live!())
        .filter(users::deactivated_at.is_null())
        .select((HolderRow::as_select(), caller!()))
        .get_result(conn)
        .optional()?;
    row.map(into_holder).transpose()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct HolderRow {
    id: i64,
    access: String,
    room_id: Option<i64>,
    expires_at: Option<i64>,
}

fn grant(access: &str, room: Option<i64>) -> Result<Grant, StoreError> {
    Ok(Grant { access: word(access, Access::from_word)?, room: room.map(RoomId::new) })
}

fn into_holder((row, caller): (HolderRow, CallerRow)) -> Result<Holder, StoreError> {
    let (user, second_factor_missing) = read_caller(caller)?;
    let (grant, expires_at) = (grant(&row.access, row.room_id)?, row.expires_at.map(Timestamp::from_micros));
    Ok(Holder { id: TokenId::new(row.id), user, second_factor_missing, grant, expires_at })
}

/// A person's live tokens, the newest first.
///
/// # Errors
/// What the database answers.
pub fn list(conn: &mut Connection, user: UserId) -> Result<Vec<Token>, StoreError> {
    let rows: Vec<TokenRow> = api_tokens::table
        .filter(api_tokens::user_id.eq(user.get()))
        .filter(live!())
        .order(api_tokens::id.desc())
        .select(TokenRow::as_select())
        .load(conn)?;
    rows.into_iter().map(TokenRow::into_token).collect()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct TokenRow {
    id: i64,
    name: String,
    access: String,
    room_id: Option<i64>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    last_used_from: Option<String>,
    last_agent: Option<String>,
}

impl TokenRow {
    fn into_token(self) -> Result<Token, StoreError> {
        Ok(Token {
            id: TokenId::new(self.id),
            grant: grant(&self.access, self.room_id)?,
            name: self.name,
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_micros),
            last_used_at: self.last_used_at.map(Timestamp::from_micros),
            last_used_from: self.last_used_from,
            last_agent: self.last_agent,
        })
    }
}

/// Notes when tokens were last used, from where and by what. Nothing moves back.
///
/// # Errors
/// What the database answers.
pub fn touch(tx: &mut Transaction<'_>, used: &[(TokenId, Use)]) -> Result<(), StoreError> {
    for (token, Use { at, from, agent }) in used {
        let older = api_tokens::last_used_at.is_null().or(api_tokens::last_used_at.lt(at.micros()));
        diesel::update(api_tokens::table.find(token.get()).filter(older))
            .set((
                api_tokens::last_used_at.eq(at.micros()),
                api_tokens::last_used_from.eq(from),
                agent.as_ref().map(|agent| api_tokens::last_agent.eq(agent)),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Ends one token.
pub(super) fn end(tx: &mut Transaction<'_>, token: TokenId) -> Result<(), StoreError> {
    let now = tx.now().micros();
    diesel::update(api_tokens::table.find(token.get()).filter(api_tokens::revoked_at.is_null()))
        .set(api_tokens::revoked_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends all tokens of a person, but perhaps one.
pub(super) fn end_all(tx: &mut Transaction<'_>, user: UserId, keep: Option<TokenId>) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let theirs = api_tokens::table.filter(api_tokens::user_id.eq(user.get())).filter(api_tokens::revoked_at.is_null());
    // No row has the id 0.
    diesel::update(theirs.filter(api_tokens::id.ne(keep.map_or(0, TokenId::get))))
        .set(api_tokens::revoked_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}
