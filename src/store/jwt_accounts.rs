//! Which account an identity provider's subject is.

use diesel::prelude::*;

use super::rows::UserRow;
use super::schema::{jwt_accounts, revoked_jwts, users};
use super::users::{self as accounts, NewUser};
use super::{Connection, StoreError, Transaction};
use crate::domain::{Code, DisplayName, JwtKey, PlaceRole, Refusal, User, Username};

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    Active(User),
    /// The account is not active, or this very token was ended.
    Closed,
    /// Nobody yet.
    Unknown,
}

/// Somebody whom a token names for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSight {
    pub issuer: String,
    pub subject: String,
    /// The account that the subject names by its username.
    pub username: Option<Username>,
    /// Names for a new account, the best first.
    pub candidates: Vec<Username>,
    pub display_name: Option<DisplayName>,
    pub link_existing: bool,
    /// The role of a new account; `None`: none is made.
    pub create: Option<PlaceRole>,
}

/// The account of this subject, for the bearer of this token. One statement.
///
/// # Errors
/// What the database answers.
pub fn find(conn: &mut Connection, issuer: &str, subject: &str, key: JwtKey) -> Result<Account, StoreError> {
    let row: Option<(UserRow, Option<i64>)> = jwt_accounts::table
        .inner_join(users::table)
        .left_join(revoked_jwts::table.on(revoked_jwts::jwt_key.eq(&key.0[..])))
        .filter(jwt_accounts::issuer.eq(issuer))
        .filter(jwt_accounts::subject.eq(subject))
        .select((UserRow::as_select(), revoked_jwts::expires_at.nullable()))
        .get_result(conn)
        .optional()?;
    Ok(match row {
        None => Account::Unknown,
        Some((_, Some(_))) => Account::Closed,
        Some((row, None)) => match row.into_user()? {
            user if user.active => Account::Active(user),
            _ => Account::Closed,
        },
    })
}

/// Finds or makes the account of somebody new. `None` where there is none and none is made.
///
/// # Errors
/// Refused where no name is free; what the database answers.
pub fn first_sight(tx: &mut Transaction<'_>, first: &FirstSight) -> Result<Option<User>, StoreError> {
    // Two requests with a first token may come at once: the second finds what the first has made.
    match find(tx, &first.issuer, &first.subject, JwtKey([0; 32]))? {
        Account::Active(user) => return Ok(Some(user)),
        Account::Closed => return Ok(None),
        Account::Unknown => {}
    }
    let named = match &first.username {
        Some(username) if first.link_existing => accounts::credentials(tx, username)?.map(|found| found.user),
        Some(_) | None => None,
    };
    let user = match (named, first.create) {
        (Some(user), _) if user.active => user,
        (Some(_), _) | (None, None) => return Ok(None),
        (None, Some(role)) => {
            let new = new_user(tx, first, role)?;
            accounts::create(tx, &new)?
        }
    };
    let now = tx.now().micros();
    diesel::insert_into(jwt_accounts::table)
        .values((
            jwt_accounts::issuer.eq(&first.issuer),
            jwt_accounts::subject.eq(&first.subject),
            jwt_accounts::user_id.eq(user.id.get()),
            jwt_accounts::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(Some(user))
}

fn new_user(conn: &mut Connection, first: &FirstSight, role: PlaceRole) -> Result<NewUser, StoreError> {
    let keys: Vec<String> = first.candidates.iter().map(Username::key).collect();
    let taken: Vec<String> = users::table.filter(users::username_key.eq_any(&keys)).select(users::username_key).load(conn)?;
    let free = first.candidates.iter().find(|name| !taken.contains(&name.key()));
    let username = free.cloned().ok_or_else(|| Refusal::of(Code::UsernameTaken, "Every name for the new account is taken."))?;
    let display_name = match &first.display_name {
        Some(name) => name.clone(),
        None => DisplayName::parse(username.as_str())?,
    };
    // No password: nobody signs in to it but by a token, until a reset link gives it one.
    Ok(NewUser { username, display_name, password_hash: String::new(), role })
}
