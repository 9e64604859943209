//! People as others see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DisplayName, PlaceRole, UserId, Username};

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
