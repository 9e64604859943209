//! The audit log: who changed what anyone may do, from where. A record stands in the transaction of its cause, so neither is there
//! without the other, and nothing but appending is possible (triggers hold that in both databases).

use diesel::prelude::*;
use serde_json::Value;

use super::rows::word;
use super::schema::{audit_log, users};
use super::{Connection, StoreError, Transaction};
use crate::domain::{AuditId, AuditKind, AuditRecord, Origin, Timestamp, UserId};

/// Most records of one page.
pub const MOST: i64 = 200;

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    pub id: Option<i64>,
    pub name: String,
}

impl Subject {
    /// Something with a number and a name.
    pub fn of(id: i64, name: impl Into<String>) -> Self {
        Self { id: Some(id), name: name.into() }
    }

    /// Something that has only a name, such as an account that may not be there.
    pub fn named(name: impl Into<String>) -> Self {
        Self { id: None, name: name.into() }
    }
}

/// Appends a record.
///
/// # Errors
/// What the database answers.
pub fn record(tx: &mut Transaction<'_>, origin: Origin, kind: AuditKind, subject: Subject, details: &Value) -> Result<(), StoreError> {
    let now = tx.now().micros();
    let actor = match origin.user {
        Some(user) => username(tx, user)?,
        None if origin.by_command => "command line".to_owned(),
        None => String::new(),
    };
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::at.eq(now),
            audit_log::kind.eq(kind.as_str()),
            audit_log::actor_id.eq(origin.user.map(UserId::get)),
            audit_log::actor.eq(actor),
            audit_log::subject_id.eq(subject.id),
            audit_log::subject.eq(subject.name),
            audit_log::address.eq(origin.address.map(|address| address.to_string())),
            audit_log::credential.eq(origin.credential.map(|credential| credential.to_string())),
            audit_log::details.eq(details.to_string()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// An account as the subject of a record.
///
/// # Errors
/// What the database answers.
pub fn account(conn: &mut Connection, user: UserId) -> Result<Subject, StoreError> {
    Ok(Subject::of(user.get(), username(conn, user)?))
}

fn username(conn: &mut Connection, user: UserId) -> Result<String, StoreError> {
    let name: Option<String> = users::table.find(user.get()).select(users::username).get_result(conn).optional()?;
    Ok(name.unwrap_or_default())
}

/// Which records are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Which {
    /// Only older ones than this.
    pub before: Option<AuditId>,
    pub kind: Option<AuditKind>,
    /// Only those that this person did, or that were done to their account.
    pub user: Option<UserId>,
}

/// Records, the newest first, at most [`MOST`].
///
/// # Errors
/// What the database answers.
pub fn page(conn: &mut Connection, which: Which, limit: i64) -> Result<Vec<AuditRecord>, StoreError> {
    let mut query = audit_log::table.order(audit_log::id.desc()).limit(limit.clamp(1, MOST)).select(AuditRow::as_select()).into_boxed();
    if let Some(before) = which.before {
        query = query.filter(audit_log::id.lt(before.get()));
    }
    if let Some(kind) = which.kind {
        query = query.filter(audit_log::kind.eq(kind.as_str()));
    }
    if let Some(user) = which.user {
        let of_accounts = audit_log::kind.eq_any(ABOUT_ACCOUNTS.map(AuditKind::as_str));
        query = query.filter(audit_log::actor_id.eq(user.get()).or(audit_log::subject_id.eq(user.get()).and(of_accounts)));
    }
    let rows: Vec<AuditRow> = query.load(conn)?;
    rows.into_iter().map(AuditRow::into_record).collect()
}

/// The kinds whose subject is an account.
const ABOUT_ACCOUNTS: [AuditKind; 23] = [
    AuditKind::SetUp,
    AuditKind::SignedUp,
    AuditKind::SignedIn,
    AuditKind::SignInFailed,
    AuditKind::SignedOut,
    AuditKind::PasswordChanged,
    AuditKind::PasswordResetMade,
    AuditKind::PasswordResetUsed,
    AuditKind::OtherSessionsEnded,
    AuditKind::SecondFactorOn,
    AuditKind::SecondFactorOff,
    AuditKind::SecondFactorReset,
    AuditKind::RecoveryCodesMade,
    AuditKind::RoleSet,
    AuditKind::Deactivated,
    AuditKind::Reactivated,
    AuditKind::Banned,
    AuditKind::Unbanned,
    AuditKind::AccountDeleted,
    AuditKind::RoomRoleSet,
    AuditKind::MemberRemoved,
    AuditKind::MemberBanned,
    AuditKind::MemberUnbanned,
];

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log)]
struct AuditRow {
    id: i64,
    at: i64,
    kind: String,
    actor_id: Option<i64>,
    actor: String,
    subject_id: Option<i64>,
    subject: String,
    address: Option<String>,
    credential: Option<String>,
    details: String,
}

impl AuditRow {
    fn into_record(self) -> Result<AuditRecord, StoreError> {
        Ok(AuditRecord {
            id: AuditId::new(self.id),
            at: Timestamp::from_micros(self.at),
            kind: word(&self.kind, AuditKind::from_word)?,
            actor_id: self.actor_id.map(UserId::new),
            actor: self.actor,
            subject_id: self.subject_id,
            subject: self.subject,
            address: self.address,
            credential: self.credential,
            details: serde_json::from_str(&self.details).map_err(|_| StoreError::broken("a record of the audit log is not JSON"))?,
        })
    }
}
