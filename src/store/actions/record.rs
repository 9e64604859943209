//! Which actions leave a record in the audit log, and what it says.

use serde_json::{Value, json};

use crate::domain::{Action, AuditKind, By, RoomId};
use crate::store::audit::{self, Subject};
use crate::store::rows::RoomRow;
use crate::store::{Connection, StoreError, Transaction};

/// What is recorded of an action; `None` for what changes nobody's rights. The subject is read before the change, so that it has the
/// name that it had.
pub fn of(
    conn: &mut Connection,
    by: &By,
    action: &Action,
    room: Option<&RoomRow>,
) -> Result<Option<(AuditKind, Subject, Value)>, StoreError> {
    let in_room = |room: &RoomId| json!({"room": room});
    let here = || room.map_or_else(Subject::default, |room| Subject::of(room.id, room.name.clone().unwrap_or_default()));
    Ok(Some(match action {
        Action::SetRole { user, role } => (AuditKind::RoleSet, audit::account(conn, *user)?, json!({"role": role})),
        Action::Deactivate { user } => (AuditKind::Deactivated, audit::account(conn, *user)?, json!({})),
        Action::Reactivate { user } => (AuditKind::Reactivated, audit::account(conn, *user)?, json!({})),
        Action::Ban { user, until, reason } => {
            (AuditKind::Banned, audit::account(conn, *user)?, json!({"until": until, "reason": reason.as_str()}))
        }
        Action::Unban { user } => (AuditKind::Unbanned, audit::account(conn, *user)?, json!({})),
        Action::DeleteAccount { user } => (AuditKind::AccountDeleted, audit::account(conn, *user)?, json!({})),
        Action::SetRoomRole { room, user, role } => {
            (AuditKind::RoomRoleSet, audit::account(conn, *user)?, json!({"room": room, "role": role}))
        }
        // Who goes by themselves is no business of the log's.
        Action::RemoveMember { user, .. } if *user == by.user => return Ok(None),
        Action::RemoveMember { room, user } => (AuditKind::MemberRemoved, audit::account(conn, *user)?, in_room(room)),
        Action::BanMember { room, user } => (AuditKind::MemberBanned, audit::account(conn, *user)?, in_room(room)),
        Action::UnbanMember { room, user } => (AuditKind::MemberUnbanned, audit::account(conn, *user)?, in_room(room)),
        Action::RenameRoom { name, .. } => (AuditKind::RoomRenamed, here(), json!({"name": name})),
        Action::SetVisibility { visibility, .. } => (AuditKind::RoomVisibilitySet, here(), json!({"visibility": visibility})),
        Action::SetArchived { archived, .. } => (AuditKind::RoomArchived, here(), json!({"archived": archived})),
        Action::RenamePlace { name } => (AuditKind::PlaceRenamed, Subject::default(), json!({"name": name})),
        Action::SetSignUp { mode } => (AuditKind::SignUpSet, Subject::default(), json!({"mode": mode})),
        Action::SetSecondFactorRule { rule } => (AuditKind::SecondFactorRuleSet, Subject::default(), json!({"rule": rule})),
        Action::Post { .. }
        | Action::MarkRead { .. }
        | Action::CreateRoom { .. }
        | Action::OpenDirect { .. }
        | Action::JoinRoom { .. }
        | Action::LeaveRoom { .. }
        | Action::AddMember { .. }
        | Action::SetTopic { .. }
        | Action::SetDisplayName { .. } => return Ok(None),
    }))
}

/// Appends it.
pub fn append(tx: &mut Transaction<'_>, by: &By, recorded: Option<(AuditKind, Subject, Value)>) -> Result<(), StoreError> {
    match recorded {
        Some((kind, subject, details)) => audit::record(tx, by.into(), kind, subject, &details),
        None => Ok(()),
    }
}
