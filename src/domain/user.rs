//! People as others see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::roles::stored_words;
use super::{DisplayName, PlaceRole, UserId, Username};

/// Why an account is not active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Inactive {
    Deactivated,
    Banned,
    Deleted,
}

stored_words!(Inactive { Deactivated = "deactivated", Banned = "banned", Deleted = "deleted" });

/// What everyone may know of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    pub display_name: DisplayName,
    pub role: PlaceRole,
    /// False once an admin has deactivated the account; what it said stays.
    pub active: bool,
}
